#include "moments/problem.h"

#include <cmath>
#include <numeric>
#include <string>

#include "error.h"

namespace interlatent::moments {
namespace {

constexpr uint32_t kMaxLatents = 256;

[[noreturn]] void refuse(const std::string& what) {
  throw Error("invalid-argument", "Moments: " + what + ".");
}

void check_size(size_t size, size_t expected, const char* name) {
  if (size == expected) return;
  refuse(std::string(name) + " must have " + std::to_string(expected) +
         " elements, not " + std::to_string(size));
}

void check_finite(const std::vector<double>& values, const char* name) {
  for (const double value : values) {
    if (!std::isfinite(value)) refuse(std::string(name) + " must be finite");
  }
}

void check_environment(const Environment& environment, size_t size) {
  check_size(environment.mean.size(), size, "the mean of an environment");
  check_size(environment.covariance.size(), size * size,
             "the covariance of an environment");
  check_finite(environment.mean, "means");
  check_finite(environment.covariance, "covariances");
  if (!(environment.weight > 0)) refuse("weights must be positive");
}

void check_gates(const Problem& problem) {
  for (const Gate& gate : problem.gates) {
    const size_t count = gate.effect == Effect::kShift
                             ? problem.terms
                             : problem.environments.size();
    for (const uint32_t member : gate.members) {
      if (member < count) continue;
      refuse("a gate names member " + std::to_string(member) + " of " +
             std::to_string(count));
    }
  }
  const size_t latents = problem.latents();
  for (size_t i = 0; i < problem.gates.size() * latents; i++) {
    if (problem.known_gates[i] != 0 && problem.allowed_gates[i] == 0) {
      refuse("a known gate must be allowed");
    }
  }
}

}  // namespace

uint32_t Problem::latents() const {
  return std::accumulate(blocks.begin(), blocks.end(), 0u);
}

void check(const Problem& problem) {
  uint64_t latents = 0;
  for (const uint32_t block : problem.blocks) {
    latents += block;
    if (block == 0 || latents > kMaxLatents) {
      refuse("every modality needs a latent, and all together at most " +
             std::to_string(kMaxLatents));
    }
  }
  if (latents == 0) refuse("there is no modality");
  if (problem.environments.empty()) refuse("there is no environment");
  double sum = 0;
  for (const Environment& environment : problem.environments) {
    check_environment(environment, problem.size());
    sum += environment.weight;
  }
  if (std::abs(sum - 1) > 1e-9) refuse("weights must sum to 1");
  const size_t gates = problem.gates.size();
  check_size(problem.allowed_edges.size(), latents * latents, "allowedEdges");
  check_size(problem.edge_prices.size(), latents * latents, "edgePrices");
  check_size(problem.allowed_gates.size(), gates * latents, "allowedGates");
  check_size(problem.known_gates.size(), gates * latents, "known");
  check_size(problem.gate_prices.size(), gates, "gatePrices");
  check_finite(problem.edge_prices, "edgePrices");
  check_finite(problem.gate_prices, "gatePrices");
  for (const std::vector<double>& start : problem.starts) {
    check_size(start.size(), latents * latents, "a start");
    check_finite(start, "starts");
  }
  check_gates(problem);
}

std::vector<Block> blocks_of(const Problem& problem) {
  std::vector<Block> blocks;
  uint32_t first = 0, start = 0;
  for (const uint32_t size : problem.blocks) {
    blocks.push_back({first, size, start});
    first += size;
    start += size * size;
  }
  return blocks;
}

std::vector<uint32_t> block_of_latent(const std::vector<Block>& blocks) {
  std::vector<uint32_t> positions;
  for (uint32_t b = 0; b < blocks.size(); b++) {
    positions.insert(positions.end(), blocks[b].size, b);
  }
  return positions;
}

std::vector<double> free_numbers(const std::vector<Block>& blocks,
                                 const std::vector<double>& maps) {
  const size_t latents = blocks.back().first + blocks.back().size;
  std::vector<double> numbers;
  for (const Block& block : blocks) {
    for (uint32_t row = 0; row < block.size; row++) {
      const auto from =
          maps.begin() + (block.first + row) * latents + block.first;
      numbers.insert(numbers.end(), from, from + block.size);
    }
  }
  return numbers;
}

std::vector<double> maps_of(const std::vector<Block>& blocks,
                            const std::vector<double>& numbers) {
  const size_t latents = blocks.back().first + blocks.back().size;
  std::vector<double> maps(latents * latents);
  for (const Block& block : blocks) {
    for (uint32_t row = 0; row < block.size; row++) {
      const auto from = numbers.begin() + block.start + row * block.size;
      std::copy(from, from + block.size,
                maps.begin() + (block.first + row) * latents + block.first);
    }
  }
  return maps;
}

double price(const Problem& problem, const Structure& structure) {
  double sum = 0;
  for (size_t i = 0; i < structure.edges.size(); i++) {
    if (structure.edges[i] != 0) sum += problem.edge_prices[i];
  }
  const size_t latents = problem.latents();
  for (size_t i = 0; i < structure.gates.size(); i++) {
    if (structure.gates[i] != 0) sum += problem.gate_prices[i / latents];
  }
  return sum;
}

}  // namespace interlatent::moments
