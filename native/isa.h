// Which build of the loops this machine runs.
#pragma once

#include "loops/loops.h"

namespace interlatent {

// The best instruction set of this machine that was compiled in, or the one the
// environment variable INTERLATENT_ISA names ("avx512", "avx2", "generic").
// Throws Error "device" when that is unknown or the machine lacks it.
const Loops& select_loops();

}  // namespace interlatent
