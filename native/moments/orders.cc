#include "moments/orders.h"

#include <algorithm>
#include <numeric>

namespace interlatent::moments {

Positions ascending(uint32_t count) {
  Positions positions(count);
  std::iota(positions.begin(), positions.end(), 0u);
  return positions;
}

std::vector<uint8_t> ordered_edges(const Problem& problem,
                                   const Positions& positions) {
  const uint32_t latents = problem.latents();
  std::vector<uint8_t> edges(latents * latents);
  for (uint32_t i = 0; i < latents; i++) {
    for (uint32_t j = 0; j < latents; j++) {
      const bool is_later = positions[i] > positions[j];
      edges[i * latents + j] =
          is_later && problem.allowed_edges[i * latents + j] != 0;
    }
  }
  return edges;
}

std::vector<uint32_t> order_of(const std::vector<uint8_t>& edges,
                               uint32_t latents) {
  std::vector<uint32_t> order;
  std::vector<bool> is_placed(latents);
  const auto is_ready = [&](uint32_t latent) {
    for (uint32_t j = 0; j < latents; j++) {
      if (edges[latent * latents + j] != 0 && !is_placed[j]) return false;
    }
    return true;
  };
  while (order.size() < latents) {
    uint32_t next = 0;
    while (is_placed[next] || !is_ready(next)) next++;
    is_placed[next] = true;
    order.push_back(next);
  }
  return order;
}

std::optional<Exchange> exchanged(const Problem& problem,
                                  const std::vector<double>& numbers,
                                  const std::vector<uint8_t>& gates,
                                  const Positions& from) {
  const uint32_t latents = problem.latents();
  const std::vector<Block> blocks = blocks_of(problem);
  const std::vector<double> maps = maps_of(blocks, numbers);
  std::vector<double> exchanged_maps(maps.size());
  Exchange exchange{{}, std::vector<uint8_t>(gates.size())};
  for (uint32_t i = 0; i < latents; i++) {
    std::copy_n(maps.begin() + from[i] * latents, latents,
                exchanged_maps.begin() + i * latents);
    for (uint32_t g = 0; g < problem.gates.size(); g++) {
      const uint8_t gate = gates[g * latents + from[i]];
      if (gate < problem.known_gates[g * latents + i] ||
          gate > problem.allowed_gates[g * latents + i]) {
        return std::nullopt;
      }
      exchange.gates[g * latents + i] = gate;
    }
  }
  exchange.numbers = free_numbers(blocks, exchanged_maps);
  return exchange;
}

}  // namespace interlatent::moments
