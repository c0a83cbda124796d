#include <algorithm>

#include "cuda/end_step.h"

namespace interlatent::cuda {
namespace {

constexpr unsigned kThreads = 256;

__global__ void outputs_kernel(OutputsLaunch launch, StepState* state) {
  await_predecessors();
  end_step(launch, state);
}

__global__ void begin_steps_kernel(StepState* state, uint64_t first_step) {
  await_predecessors();
  state->step = first_step;
  state->first_step = first_step;
  state->failed_step = kNoStep;
  state->lost = 0;
}

__global__ void set_step_kernel(StepState* state, uint64_t step) {
  await_predecessors();
  state->step = step;
}

}  // namespace

void record_outputs(const OutputsLaunch& launch, StepState* state,
                    cudaStream_t stream) {
  const uint64_t blocks = (launch.row + kThreads - 1) / kThreads;
  const auto grid =
      static_cast<unsigned>(std::clamp<uint64_t>(blocks, 1, 1024));
  IL_LAUNCH(outputs_kernel, grid, kThreads, 0, stream, launch, state);
}

void begin_steps(StepState* state, uint64_t first_step, cudaStream_t stream) {
  IL_LAUNCH(begin_steps_kernel, 1, 1, 0, stream, state, first_step);
}

void set_step(StepState* state, uint64_t step, cudaStream_t stream) {
  IL_LAUNCH(set_step_kernel, 1, 1, 0, stream, state, step);
}

}  // namespace interlatent::cuda
