// These functions visit a tensor element by element. They run only after a run
// was lost.
#include "finite.h"

#include "math/host_device.h"

namespace interlatent {
namespace {

// `selects(offset)`: true if the element is examined.
template <class Selects>
bool is_finite_where(const WrittenTensor& tensor, const float* first,
                     const Selects& selects) {
  std::vector<int64_t> position(tensor.dims.size(), 0);
  int64_t offset = 0;
  for (;;) {
    if (selects(offset) && !is_finite(first[offset])) return false;
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

int64_t WrittenTensor::reach() const {
  int64_t last = 0;
  for (size_t i = 0; i < dims.size(); i++) last += (dims[i] - 1) * strides[i];
  return last + 1;
}

bool is_finite(const WrittenTensor& tensor, const float* first) {
  return is_finite_where(tensor, first, [](int64_t) { return true; });
}

bool is_finite_for(const WrittenTensor& tensor, const float* first,
                   uint32_t run) {
  const auto stride = static_cast<int64_t>(tensor.run_stride);
  return is_finite_where(tensor, first, [&](int64_t offset) {
    return stride == 0 || offset / stride == run;
  });
}

}  // namespace interlatent
