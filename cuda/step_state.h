// What changes from step to step. It lies on the device, so that a captured
// step can be replayed as it is.
#pragma once

#include <cstdint>

#include "cuda/runtime.h"

namespace interlatent::cuda {

// Steps of one graph, where they are short and so many are left.
inline constexpr uint32_t kStepsPerGraph = 4;
// Steps that may be under way before the host has looked at the first.
inline constexpr uint32_t kStepsAhead = 2 * kStepsPerGraph;

// No step has failed.
inline constexpr unsigned long long kNoStep = ~0ull;

struct StepState {
  unsigned long long step;
  unsigned long long first_step;  // of the run call
  // The first step that failed: nothing is learned from it on.
  unsigned long long failed_step;
  uint32_t lost;     // whether a run was lost in this step
  unsigned arrived;  // thread blocks that are done with recording the step
};

// What the host sees of a step.
struct StepReport {
  uint32_t lost;
  uint32_t failed;
};

// When, where and from what a run was taken out of training.
struct LostRun {
  unsigned long long step;
  uint32_t guard;  // 1 + index of the kernel; 0: the run was not lost
};

}  // namespace interlatent::cuda
