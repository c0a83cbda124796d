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

// Returns about `count` starts with the targets of a fit, in all orders, or,
// if the order is given, with all exchanges of latents within modalities.
std::vector<Start> second_starts(const Problem& problem,
                                 const std::vector<double>& numbers,
                                 const Structure& structure, uint32_t count);

// Returns all edges from latents with a lower position to those with a higher
// one, as far as they are allowed.
std::vector<uint8_t> ordered_edges(const Problem& problem,
                                   const std::vector<uint32_t>& positions);

}  // namespace interlatent::moments
