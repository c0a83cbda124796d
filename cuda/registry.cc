// Lists and constructs the kernels that kernels.def assigns to CUDA.
#include "cuda/kernel.h"

#define IL_ON_ALL(...) IL_ROW(__VA_ARGS__)
#define IL_ON_CPU(...)
#define IL_ON_CUDA(...) IL_ROW(__VA_ARGS__)
#define IL_KERNEL(backends, ...) IL_ON_##backends(__VA_ARGS__)

namespace interlatent::cuda {

// clang-format off
#define IL_ROW(row, family) \
  extern const KernelFactory make_##family;
#include "generated/kernels.def"
#undef IL_ROW

#define IL_ROW(row, family) \
  if (name == #row) return make_##family;
KernelFactory find_kernel(std::string_view name) {
#include "generated/kernels.def"
  throw Error("unknown-kernel",
              "[load] the CUDA backend has no kernel \"" + std::string(name) + "\"");
}
#undef IL_ROW

#define IL_ROW(row, family) #row,
std::vector<std::string> kernel_names() {
  return {
#include "generated/kernels.def"
  };
}
// clang-format on

}  // namespace interlatent::cuda
