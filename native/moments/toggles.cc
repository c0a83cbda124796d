#include "moments/toggles.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace interlatent::moments {
namespace {

// Returns W x for the values of all modalities; terms are kept.
std::vector<double> mapped(const std::vector<Block>& blocks, uint32_t size,
                           const std::vector<double>& numbers,
                           const std::vector<double>& values) {
  std::vector<double> result = values;
  for (const Block& block : blocks) {
    for (uint32_t i = 0; i < block.size; i++) {
      double* target = &result[(block.first + i) * size];
      std::fill(target, target + size, 0.0);
      for (uint32_t k = 0; k < block.size; k++) {
        const double factor = numbers[block.start + i * block.size + k];
        const double* from = &values[(block.first + k) * size];
        for (uint32_t j = 0; j < size; j++) target[j] += factor * from[j];
      }
    }
  }
  return result;
}

void transpose(std::vector<double>& matrix, uint32_t size) {
  for (uint32_t i = 0; i < size; i++) {
    for (uint32_t j = 0; j < i; j++) {
      std::swap(matrix[i * size + j], matrix[j * size + i]);
    }
  }
}

}  // namespace

Toggles::Toggles(const Problem& problem, const Grouping& grouping,
                 const std::vector<double>& numbers, Structure structure)
    : problem_(problem),
      grouping_(grouping),
      latents_(problem.latents()),
      size_(problem.size()),
      structure_(std::move(structure)),
      edges_(latents_ * latents_),
      gates_(problem.gates.size() * latents_) {
  std::vector<double> centre(size_);
  for (const Environment& environment : problem.environments) {
    for (uint32_t i = 0; i < size_; i++) {
      centre[i] += environment.weight * environment.mean[i];
    }
  }
  const std::vector<Block> blocks = blocks_of(problem);
  for (const Environment& environment : problem.environments) {
    const double weight = environment.weight;
    std::vector<double> mean(size_), squares(size_ * size_);
    for (uint32_t i = 0; i < size_; i++) {
      mean[i] = environment.mean[i] - centre[i];
    }
    for (uint32_t i = 0; i < size_ * size_; i++) {
      squares[i] = weight * (environment.covariance[i] +
                             mean[i / size_] * mean[i % size_]);
    }
    squares = mapped(blocks, size_, numbers, squares);
    transpose(squares, size_);
    squares_.push_back(mapped(blocks, size_, numbers, squares));
    // The mean as the first column of a matrix.
    std::vector<double> column(size_ * size_);
    for (uint32_t i = 0; i < size_; i++) column[i * size_] = weight * mean[i];
    column = mapped(blocks, size_, numbers, column);
    for (uint32_t i = 0; i < size_; i++) mean[i] = column[i * size_];
    means_.push_back(std::move(mean));
  }
  for (uint32_t i = 0; i < latents_; i++) update(i);
}

double Toggles::replace_parent(uint32_t child, uint32_t parent, uint32_t by) {
  const uint32_t row = child * latents_;
  const double before = cost(child);
  structure_.edges[row + parent] ^= 1;
  structure_.edges[row + by] ^= 1;
  const double after = cost(child);
  structure_.edges[row + parent] ^= 1;
  structure_.edges[row + by] ^= 1;
  return after - before + problem_.edge_prices[row + by] -
         problem_.edge_prices[row + parent];
}

void Toggles::toggle_edge(uint32_t child, uint32_t parent) {
  structure_.edges[child * latents_ + parent] ^= 1;
  update(child);
}

void Toggles::toggle_gate(uint32_t gate, uint32_t latent) {
  structure_.gates[gate * latents_ + latent] ^= 1;
  update(latent);
}

void Toggles::update(uint32_t latent) {
  const double now = cost(latent);
  for (uint32_t j = 0; j < latents_; j++) {
    const uint32_t at = latent * latents_ + j;
    uint8_t& edge = structure_.edges[at];
    if (edge == 0 && problem_.allowed_edges[at] == 0) continue;
    const double price = problem_.edge_prices[at];
    const double change = edge != 0 ? -price : price;
    edge ^= 1;
    edges_[at] = cost(latent) - now + change;
    edge ^= 1;
  }
  for (uint32_t g = 0; g < problem_.gates.size(); g++) {
    const uint32_t at = g * latents_ + latent;
    uint8_t& gate = structure_.gates[at];
    if (problem_.allowed_gates[at] == 0 || problem_.known_gates[at] != 0) {
      continue;
    }
    const double price = problem_.gate_prices[g];
    const double change = gate != 0 ? -price : price;
    gate ^= 1;
    gates_[at] = cost(latent) - now + change;
    gate ^= 1;
  }
}

double Toggles::cost(uint32_t latent) {
  std::vector<uint32_t> parents;
  for (uint32_t j = 0; j < latents_; j++) {
    if (structure_.edges[latent * latents_ + j] != 0) parents.push_back(j);
  }
  const auto terms = grouping_.open_terms(structure_.gates, latent);
  parents.insert(parents.end(), terms.begin(), terms.end());
  double sum = 0;
  for (const Group& group : grouping_.groups(structure_.gates, latent)) {
    std::vector<uint32_t> used;
    if (!group.is_perfect) used = parents;
    used.push_back(latent);
    const size_t count = used.size();
    pooled_.assign(size_ * size_, 0);
    sums_.assign(size_, 0);
    double weight = 0;
    for (size_t e = 0; e < group.environments.size(); e++) {
      if (!group.environments[e]) continue;
      weight += problem_.environments[e].weight;
      for (size_t a = 0; a < count; a++) {
        const uint32_t p = used[a];
        sums_[p] += means_[e][p];
        for (size_t b = 0; b < count; b++) {
          const uint32_t at = p * size_ + used[b];
          pooled_[at] += squares_[e][at];
        }
      }
    }
    used.pop_back();
    const auto entry = [&](uint32_t p, uint32_t q) {
      return (pooled_[p * size_ + q] - sums_[p] * sums_[q] / weight) / weight;
    };
    regression_.fit(latent, used, entry);
    sum += 0.5 * weight * std::log(regression_.variance);
  }
  return sum;
}

}  // namespace interlatent::moments
