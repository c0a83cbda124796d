// Finds the function that prepares a kernel, by name.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kernel.h"
#include "loops/loops.h"
#include "products.h"
#include "records/records.h"

namespace interlatent {

// What the preparation of a kernel may use in addition to its record.
struct Preparation {
  const Loops& loops;
  uint32_t runs;
  uint32_t copies;  // of the block slab
  uint32_t tiles;   // for which the kernel runs
  ProductCache& products;
};

using KernelFactory = std::unique_ptr<Kernel> (*)(RecordReader&,
                                                  const Preparation&);

// Returns the factory of a kernel. Throws Error "unknown-kernel" if kernels.def
// lists no such kernel for the CPU.
KernelFactory find_kernel(std::string_view name);

// Returns all names that find_kernel knows.
std::vector<std::string> kernel_names();

}  // namespace interlatent
