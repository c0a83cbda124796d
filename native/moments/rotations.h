// Maps to start from.
#pragma once

#include <vector>

#include "moments/problem.h"
#include "moments/random.h"

namespace interlatent::moments {

// Returns the free numbers of maps that are random rotations.
std::vector<double> random_rotations(const std::vector<Block>& blocks,
                                     Random& random);

// Returns the free numbers of rotations after which few gates move few latents:
// varimax (Kaiser 1958) of the standardised effects of all gates. An effect is
// the difference of means (soft, perfect) or the slope of a term (shift).
std::vector<double> sparse_rotations(const Problem& problem);

}  // namespace interlatent::moments
