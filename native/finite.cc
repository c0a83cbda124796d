// Walks a written tensor element by element; only runs when a run was lost.
#include "finite.h"

#include "math/host_device.h"

namespace interlatent {
namespace {

// `wanted(offset)`: whether the element counts.
template <class Wanted>
bool is_finite_where(const WrittenTensor& tensor, int64_t shift,
                     const Wanted& wanted) {
  std::vector<int64_t> position(tensor.dims.size(), 0);
  int64_t offset = 0;
  for (;;) {
    if (wanted(offset) && !is_finite(tensor.data[shift + offset])) return false;
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

bool is_finite_at(const Kernel& kernel, const Place& place) {
  for (const WrittenTensor& tensor : kernel.written()) {
    const auto all = [](int64_t) { return true; };
    if (!is_finite_where(tensor, kernel.shift(tensor.operand, place), all)) {
      return false;
    }
  }
  return true;
}

bool is_finite_for(const Kernel& kernel, uint32_t run) {
  for (const WrittenTensor& tensor : kernel.written()) {
    const auto stride = static_cast<int64_t>(tensor.run_stride);
    const auto ours = [&](int64_t offset) {
      return stride == 0 || offset / stride == run;
    };
    if (!is_finite_where(tensor, 0, ours)) return false;
  }
  return true;
}

}  // namespace interlatent
