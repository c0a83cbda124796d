// Which of a kernel's results are to blame for a run that is no longer finite.
#pragma once

#include <cstdint>
#include <span>

#include "kernel.h"

namespace interlatent {

// False when an element that the kernel wrote for the block at `place` is NaN
// or infinite.
bool is_finite_at(const Kernel& kernel, const Place& place);

// False when an element that belongs to `run` (or is shared by all runs) is NaN
// or infinite. For kernels that are run once for all runs.
bool is_finite_for(const Kernel& kernel, uint32_t run);

}  // namespace interlatent
