// Reads, writes, and copies floats: vectors, whose addresses are aligned, and
// parts of sums.
#pragma once

#include <cstdint>

#include "cuda/runtime.h"

namespace interlatent::cuda {

__device__ inline void load_four(float* values, const float* from) {
  const float4 four = *reinterpret_cast<const float4*>(from);
  values[0] = four.x;
  values[1] = four.y;
  values[2] = four.z;
  values[3] = four.w;
}

// Loads and stores two or four floats.
template <int kCount>
__device__ void load_vector(float* values, const float* from) {
  if constexpr (kCount == 4) {
    load_four(values, from);
  } else {
    static_assert(kCount == 2);
    const float2 two = *reinterpret_cast<const float2*>(from);
    values[0] = two.x;
    values[1] = two.y;
  }
}
template <int kCount>
__device__ void store_vector(float* to, const float* values) {
  if constexpr (kCount == 4) {
    *reinterpret_cast<float4*>(to) =
        float4{values[0], values[1], values[2], values[3]};
  } else {
    static_assert(kCount == 2);
    *reinterpret_cast<float2*>(to) = float2{values[0], values[1]};
  }
}

// Starts to copy 1 or 4 floats to shared memory without passing registers, so
// that a thread waits once for all its copies. Other threads see them after a
// barrier that follows await_copies. The emulation copies at once.
template <int kCount>
__device__ void copy_async(float* to, const float* from) {
#ifdef __CUDACC__
  const auto address = static_cast<unsigned>(__cvta_generic_to_shared(to));
  if constexpr (kCount == 4) {
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(address),
                 "l"(from)
                 : "memory");
  } else {
    asm volatile("cp.async.ca.shared.global [%0], [%1], 4;" ::"r"(address),
                 "l"(from)
                 : "memory");
  }
#else
  for (int i = 0; i < kCount; i++) to[i] = from[i];
#endif
}

__device__ inline void await_copies() {
#ifdef __CUDACC__
  asm volatile("cp.async.wait_all;" ::: "memory");
#endif
}

// Returns the sum of an element over its parts, in order.
__device__ inline float sum_of_parts(const float* first, int64_t stride,
                                     uint32_t count) {
  float sum = 0;
#pragma unroll 16
  for (uint32_t i = 0; i < count; i++) sum += __ldcg(first + i * stride);
  return sum;
}

}  // namespace interlatent::cuda
