// Kernel names and how each is prepared.
#pragma once

#include <memory>
#include <string_view>

#include "kernel.h"
#include "kernels/loops.h"
#include "products.h"
#include "records/records.h"

namespace interlatent {

// What preparing a kernel may use beside its record.
struct Preparation {
  const Loops& loops;
  uint32_t runs;
  uint32_t copies;  // of the block slab
  uint32_t tiles;   // that the kernel is run for
  ProductCache& products;
};

using KernelFactory = std::unique_ptr<Kernel> (*)(RecordReader&,
                                                  const Preparation&);

// Null for an unknown name.
KernelFactory find_kernel(std::string_view name);

// One factory per kernel family, in native/operations.
std::unique_ptr<Kernel> make_adam(RecordReader&, const Preparation&);
std::unique_ptr<Kernel> make_determinant(RecordReader&, const Preparation&,
                                         DeterminantResult);
std::unique_ptr<Kernel> make_average(RecordReader&, const Preparation&);
std::unique_ptr<Kernel> make_gather(RecordReader&, const Preparation&);
std::unique_ptr<Kernel> make_guard(RecordReader&, const Preparation&);
std::unique_ptr<Kernel> make_jacobian(RecordReader&, const Preparation&,
                                      JacobianResult);
std::unique_ptr<Kernel> make_map(RecordReader&, const Preparation&);
std::unique_ptr<Kernel> make_matmul(RecordReader&, const Preparation&);
std::unique_ptr<Kernel> make_mixture(RecordReader&, const Preparation&,
                                     MixtureResult);
std::unique_ptr<Kernel> make_random(RecordReader&, const Preparation&);
std::unique_ptr<Kernel> make_reduce(RecordReader&, const Preparation&);

}  // namespace interlatent
