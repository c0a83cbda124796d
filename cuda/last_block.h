// The thread block that finishes last does what follows from the work of all:
// a second launch saved, with the order of all sums fixed.
#pragma once

#include "cuda/runtime.h"

namespace interlatent::cuda {

// True for every thread of the last of `blocks` thread blocks that come here
// with this counter, which is 0 again afterwards. What the others wrote before
// is visible then, through __ldcg.
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
