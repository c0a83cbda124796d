// Which of a kernel's results are to blame for a run that is no longer finite.
#pragma once

#include <cstdint>
#include <span>

#include "kernel.h"

namespace interlatent {

// False when an element that belongs to `run` (or is shared by all runs) is NaN
// or infinite.
bool is_finite_for(std::span<const WrittenTensor> tensors, uint32_t run);

}  // namespace interlatent
