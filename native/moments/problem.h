// The Gaussian start of a fit with observed causes: linear maps of each
// modality, a graph of latents, and gates from causes to latents, searched on
// the mean and covariance of each environment. Environments are combinations
// of levels. No step reads a row.
//
// Given the maps W, latents are z = W v, and each latent has a linear Gaussian
// mechanism with parents and open terms as regressors. Profile likelihood in
// nats per subject: each mechanism is a regression on moments.
#pragma once

#include <cstdint>
#include <vector>

namespace interlatent::moments {

enum class Effect : uint8_t { kSoft, kPerfect, kShift };

// A gate opens for each latent separately. Members of effect soft are the
// environments in which a level holds: there, the latent has another
// regression. Perfect: there, it has a mean and a variance, and no parents.
// Members of effect shift are terms, which become regressors together.
struct Gate {
  Effect effect;
  std::vector<uint32_t> members;
};

// Moments of D values (the encodings of all modalities) and T terms.
struct Environment {
  double weight;
  std::vector<double> mean;        // D + T
  std::vector<double> covariance;  // (D + T)², within the environment
};

struct Problem {
  std::vector<uint32_t> blocks;  // latents of each modality; their sum is D
  uint32_t terms = 0;
  std::vector<Environment> environments;  // weights sum to 1
  std::vector<Gate> gates;                // G
  std::vector<uint8_t> allowed_edges;     // D × D, row child, column parent
  // False: parents have lower indices than their children.
  bool order_is_free = false;
  std::vector<uint8_t> allowed_gates;       // G × D
  std::vector<uint8_t> known_gates;         // G × D, open in every fit
  std::vector<double> edge_prices;          // D × D, nats
  std::vector<double> gate_prices;          // G, nats of each open gate
  std::vector<std::vector<double>> starts;  // maps, D × D
  uint64_t seed = 0;

  uint32_t latents() const;
  uint32_t size() const { return latents() + terms; }
};

// Throws Error "invalid-argument", which names the array and its correct size.
void check(const Problem& problem);

struct Structure {
  std::vector<uint8_t> edges;  // D × D, row child, column parent
  std::vector<uint8_t> gates;  // G × D

  bool operator==(const Structure&) const = default;
};

struct Fit {
  std::vector<double> maps;  // D × D, block-diagonal
  Structure structure;
  // Log likelihood in nats per subject, and minus it plus all prices.
  double likelihood, objective;
};

// Ranges of the latents of each modality in the list of all latents.
struct Block {
  uint32_t first, size;
  // Position of its map in the list of free numbers of all maps.
  uint32_t start;
};

std::vector<Block> blocks_of(const Problem& problem);
// Returns the position in `blocks` by latent.
std::vector<uint32_t> block_of_latent(const std::vector<Block>& blocks);
// Convert between block-diagonal maps and the list of their free numbers.
std::vector<double> free_numbers(const std::vector<Block>& blocks,
                                 const std::vector<double>& maps);
std::vector<double> maps_of(const std::vector<Block>& blocks,
                            const std::vector<double>& numbers);

// Returns the sum of the prices of edges and open gates.
double price(const Problem& problem, const Structure& structure);

}  // namespace interlatent::moments
