// Detects the last thread block of a launch. It combines the results of all
// blocks in a fixed order, which saves a second launch.
#pragma once

#include "cuda/runtime.h"

namespace interlatent::cuda {

// Returns true for every thread of the last of `blocks` thread blocks that call
// it with this counter. The counter is 0 again afterwards. The last block sees
// all earlier writes of the other blocks if it reads with __ldcg.
__device__ inline bool is_last_block(unsigned* counter, unsigned blocks) {
  IL_SHARED(unsigned, ticket);
  __threadfence();
  __syncthreads();
  if (threadIdx.x == 0) ticket = atomicAdd(counter, 1u);
  __syncthreads();
  const bool last = ticket == blocks - 1;
  if (last) {
    if (threadIdx.x == 0) *counter = 0;
    __threadfence();
  }
  return last;
}

}  // namespace interlatent::cuda
