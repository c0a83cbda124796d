// Copies the outputs and the report of a step to the host.
#pragma once

#include <cstdint>

#include "cuda/memory.h"
#include "cuda/step_state.h"

namespace interlatent::cuda {

struct OutputRange {
  const float* source;
  uint64_t first, count;  // elements in the row of results
};

// Arguments of record_outputs. There are kStepsAhead rows of `results` and as
// many reports; consecutive steps use them cyclically.
struct OutputsLaunch {
  const OutputRange* ranges;
  uint32_t range_count;
  uint64_t row;  // elements of a row
  float* results;
  StepReport* reports;
};

// Copies a step's outputs to its row of `results`, writes its report, and
// advances the step in `state`.
void record_outputs(const OutputsLaunch& launch, StepState* state,
                    cudaStream_t stream);

// Initialises the state for a run call that begins with this step.
void begin_steps(StepState* state, uint64_t first_step, cudaStream_t stream);
// Sets the current step within the same run call.
void set_step(StepState* state, uint64_t step, cudaStream_t stream);

}  // namespace interlatent::cuda
