// Chooses the build of the loops.
#pragma once

#include "loops/loops.h"

namespace interlatent {

// Returns the loops of the best instruction set that this machine supports and
// that was compiled in. The environment variable INTERLATENT_ISA ("avx512",
// "avx2", "generic") names another. Throws Error "device" if the name is
// unknown or the machine lacks the instruction set.
const Loops& select_loops();

}  // namespace interlatent
