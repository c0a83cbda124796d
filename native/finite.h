// Which of a kernel's results are to blame for a run that is no longer finite.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace interlatent {

// The elements a kernel writes, for blaming the first one that is not finite.
struct WrittenTensor {
  size_t operand;
  const float* data;    // of the first block
  uint64_t run_stride;  // 0: shared by all runs
  std::vector<int64_t> dims;
  std::vector<int64_t> strides;

  // Elements from the first to the last, included.
  int64_t reach() const;
};

// False when an element of the tensor is NaN or infinite. `first`: where its
// first element lies, for the block in question.
bool is_finite(const WrittenTensor& tensor, const float* first);

// False when an element that belongs to `run` (or is shared by all runs) is NaN
// or infinite. For kernels that are run once for all runs.
bool is_finite_for(const WrittenTensor& tensor, const float* first,
                   uint32_t run);

}  // namespace interlatent
