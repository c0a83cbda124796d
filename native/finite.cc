// Walks a written tensor element by element; only runs when a run was lost.
#include "finite.h"

#include "math/host_device.h"

namespace interlatent {
namespace {

bool is_finite_for(const WrittenTensor& tensor, uint32_t run) {
  std::vector<int64_t> position(tensor.dims.size(), 0);
  int64_t offset = 0;
  const auto run_stride = static_cast<int64_t>(tensor.run_stride);
  for (;;) {
    const bool ours = run_stride == 0 || offset / run_stride == run;
    if (ours && !is_finite(tensor.data[offset])) return false;
    size_t dim = tensor.dims.size();
    for (;; dim--) {
      if (dim == 0) return true;
      offset += tensor.strides[dim - 1];
      if (++position[dim - 1] < tensor.dims[dim - 1]) break;
      offset -= tensor.strides[dim - 1] * tensor.dims[dim - 1];
      position[dim - 1] = 0;
    }
  }
}

}  // namespace

bool is_finite_for(std::span<const WrittenTensor> tensors, uint32_t run) {
  for (const WrittenTensor& tensor : tensors) {
    if (!is_finite_for(tensor, run)) return false;
  }
  return true;
}

}  // namespace interlatent
