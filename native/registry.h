// Kernel names and how each is prepared.
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

// Throws Error "unknown-kernel" for a name that kernels.def has no row of for
// the CPU.
KernelFactory find_kernel(std::string_view name);

// All that find_kernel finds.
std::vector<std::string> kernel_names();

}  // namespace interlatent
