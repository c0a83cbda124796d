// Orders of latents, in which parents come before their children.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "moments/problem.h"

namespace interlatent::moments {

// Position of each latent in an order.
using Positions = std::vector<uint32_t>;

Positions ascending(uint32_t count);

// Returns all edges from latents with a lower position to those with a higher
// one, as far as they are allowed.
std::vector<uint8_t> ordered_edges(const Problem& problem,
                                   const Positions& positions);

// Returns the latents of a graph without cycles in an order.
std::vector<uint32_t> order_of(const std::vector<uint8_t>& edges,
                               uint32_t latents);

struct Exchange {
  std::vector<double> numbers;  // free numbers of the maps
  std::vector<uint8_t> gates;   // G × D
};

// Exchanges latents of the same modality: latent i takes the map and the gates
// of latent from[i]. Returns nothing if the gates would not be allowed.
std::optional<Exchange> exchanged(const Problem& problem,
                                  const std::vector<double>& numbers,
                                  const std::vector<uint8_t>& gates,
                                  const Positions& from);

}  // namespace interlatent::moments
