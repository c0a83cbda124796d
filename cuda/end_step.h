// The end of a step within a kernel.
#pragma once

#include "cuda/last_block.h"
#include "cuda/outputs.h"

namespace interlatent::cuda {

// Copies a step's outputs to its row of `results`, writes its report, and
// advances the step in `state`. All threads of a launch call it at the end.
__device__ inline void end_step(const OutputsLaunch& launch, StepState* state) {
  const uint64_t step = state->step;
  const uint64_t turn = (step - state->first_step) % kStepsAhead;
  float* results = launch.results + turn * launch.row;
  for (uint32_t i = 0; i < launch.range_count; i++) {
    const OutputRange range = launch.ranges[i];
    for (uint64_t k = uint64_t{blockIdx.x} * blockDim.x + threadIdx.x;
         k < range.count; k += uint64_t{gridDim.x} * blockDim.x) {
      results[range.first + k] = range.source[k];
    }
  }
  // All thread blocks must have read the step before it is advanced.
  if (!is_last_block(&state->arrived, gridDim.x)) return;
  if (threadIdx.x != 0) return;
  launch.reports[turn] = {state->lost,
                          __ldcg(&state->failed_step) <= step ? 1u : 0u};
  state->lost = 0;
  state->step = step + 1;
}

}  // namespace interlatent::cuda
