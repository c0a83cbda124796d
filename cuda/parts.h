// Sums that thread blocks share: each stores a part, and the parts are added in
// order.
#pragma once

#include "cuda/runtime.h"

namespace interlatent::cuda {

// Returns the sum of an element over its parts, which lie `stride` apart.
__device__ inline float sum_of_parts(const float* first, int64_t stride,
                                     uint32_t count) {
  float sum = 0;
#pragma unroll 8
  for (uint32_t i = 0; i < count; i++) sum += __ldcg(first + i * stride);
  return sum;
}

}  // namespace interlatent::cuda
