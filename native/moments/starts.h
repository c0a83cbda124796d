// Candidates from which the search starts.
#pragma once

#include <cstdint>
#include <vector>

#include "moments/problem.h"

namespace interlatent::moments {

struct Start {
  std::vector<double> numbers;  // free numbers of the maps
  Structure structure;          // all edges that an order allows
  // True to open and close gates before the maps are optimised.
  bool chooses_gates = false;
};

// Returns about `count` starts of the first search. Unknown targets: one latent
// per gate, in all ways if they are few. Known targets: all orders. In
// addition, the starts of the problem, and rotations after which gates move few
// latents.
std::vector<Start> first_starts(const Problem& problem, uint32_t count);

// Returns starts with the targets of a fit, in all orders, or in `count` random
// ones if there are more. If the order is given, latents are exchanged within
// modalities instead. Each order has the maps of the fit. Further starts, about
// `count`, have other maps. `round` chooses random numbers.
std::vector<Start> second_starts(const Problem& problem,
                                 const std::vector<double>& numbers,
                                 const Structure& structure, uint32_t count,
                                 uint32_t round);

}  // namespace interlatent::moments
