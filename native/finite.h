// Finds the result of a kernel that made a run non-finite.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace interlatent {

// A tensor that a kernel writes. If a run is lost, the first non-finite tensor
// is reported.
struct WrittenTensor {
  size_t operand;
  const float* data;    // in the first block
  uint64_t run_stride;  // 0: all runs share the tensor
  std::vector<int64_t> dims;
  std::vector<int64_t> strides;

  // Returns the number of elements from the first to the last, inclusive.
  int64_t reach() const;
};

// True if no element of the tensor is NaN or infinite. `first` points to its
// first element in the block.
bool is_finite(const WrittenTensor& tensor, const float* first);

// True if no element that belongs to `run` (or that all runs share) is NaN or
// infinite. For kernels that run once for all runs.
bool is_finite_for(const WrittenTensor& tensor, const float* first,
                   uint32_t run);

}  // namespace interlatent
