// What a step leaves for the host.
#pragma once

#include <cstdint>

#include "cuda/memory.h"
#include "cuda/step_state.h"

namespace interlatent::cuda {

struct OutputRange {
  const float* source;
  uint64_t first, count;  // in the row of results
};

// Copies a step's outputs to its row of `results` and says what happened in its
// report; rows and reports are kStepsAhead, used in turns. Then the step counts
// as done.
struct OutputsLaunch {
  const OutputRange* ranges;
  uint32_t range_count;
  uint64_t row;  // elements of a row
  float* results;
  StepReport* reports;
};

void record_outputs(const OutputsLaunch& launch, StepState* state,
                    cudaStream_t stream);

// A run call begins with this step.
void begin_steps(StepState* state, uint64_t first_step, cudaStream_t stream);
// Goes on with this step of the same call.
void set_step(StepState* state, uint64_t step, cudaStream_t stream);

}  // namespace interlatent::cuda
