// Values that change from step to step. They lie on the device, so that a
// captured step is replayed without changes.
#pragma once

#include <cstdint>

#include "cuda/runtime.h"

namespace interlatent::cuda {

// Number of steps in one graph if steps are short and enough of them remain.
inline constexpr uint32_t kStepsPerGraph = 4;
// Maximum number of enqueued steps whose report the host has not read yet.
inline constexpr uint32_t kStepsAhead = 2 * kStepsPerGraph;

// Value of `failed_step` while no step has failed.
inline constexpr unsigned long long kNoStep = ~0ull;

struct StepState {
  unsigned long long step;
  unsigned long long first_step;  // of the run call
  // The first step that failed. Parameters do not change from this step on.
  unsigned long long failed_step;
  uint32_t lost;     // 1 if a run was lost in this step
  unsigned arrived;  // thread blocks that have copied their outputs
};

// Flags of a finished step that the host reads.
struct StepReport {
  uint32_t lost;
  uint32_t failed;
};

// Step and guard that took a run out of training, because a value of the run
// was NaN or infinite.
struct LostRun {
  unsigned long long step;
  uint32_t guard;  // 1 + index of the guard kernel; 0: the run is not lost
};

}  // namespace interlatent::cuda
