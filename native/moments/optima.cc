#include "moments/optima.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "moments/pooled.h"

namespace interlatent::moments {
namespace {

// Latents with a larger correlation are the same.
constexpr double kSame = 0.9995;
constexpr double kSameObjective = 1e-4;
constexpr uint32_t kMaxSteps = 100'000;

// Scales the rows of the maps so that latents have variance 1 over all
// environments and the largest number of each row is positive.
std::vector<double> scaled_maps(const Problem& problem, const Pooled& all,
                                const std::vector<double>& numbers) {
  const uint32_t latents = problem.latents(), size = problem.size();
  const std::vector<Block> blocks = blocks_of(problem);
  std::vector<double> maps = maps_of(blocks, numbers);
  for (const Block& block : blocks) {
    for (uint32_t i = block.first; i < block.first + block.size; i++) {
      double* row = &maps[i * latents];
      double variance = 0, largest = 0;
      for (uint32_t j = block.first; j < block.first + block.size; j++) {
        if (std::abs(row[j]) > std::abs(largest)) largest = row[j];
        for (uint32_t k = block.first; k < block.first + block.size; k++) {
          variance += row[j] * row[k] * all.squares[j * size + k];
        }
      }
      const double scale = std::copysign(std::sqrt(variance), largest);
      for (uint32_t j = 0; j < latents; j++) row[j] /= scale;
    }
  }
  return maps;
}

class Optima {
 public:
  explicit Optima(const Problem& problem)
      : problem_(problem), latents_(problem.latents()) {
    PooledMoments moments(problem);
    all_ = moments.of(EnvironmentSet(problem.environments.size(), true));
  }

  // True if this optimum was not seen before.
  bool is_new(const Candidate& candidate) {
    std::vector<double> maps = scaled_maps(problem_, *all_, candidate.numbers);
    for (const Seen& seen : seen_) {
      if (candidate.objective < seen.candidate->objective + kSameObjective &&
          is_same(maps, candidate.structure, seen)) {
        return false;
      }
    }
    seen_.push_back({&candidate, std::move(maps)});
    return true;
  }

  // True if a better optimum has some of the edges and gates, and no others,
  // whatever its latents are.
  bool is_extension(const Structure& structure) const {
    return std::any_of(seen_.begin(), seen_.end(), [&](const Seen& seen) {
      const Structure& smaller = seen.candidate->structure;
      std::vector<uint32_t> partner;
      uint32_t steps = kMaxSteps;
      return count(smaller) < count(structure) &&
             contains(structure, smaller, partner, steps);
    });
  }

  const std::vector<double>& last_maps() const { return seen_.back().maps; }

 private:
  struct Seen {
    const Candidate* candidate;
    std::vector<double> maps;
  };

  double correlation(const double* a, const double* b) const {
    const uint32_t size = problem_.size();
    double sum = 0;
    for (uint32_t i = 0; i < latents_; i++) {
      for (uint32_t j = 0; j < latents_; j++) {
        sum += a[i] * b[j] * all_->squares[i * size + j];
      }
    }
    return std::abs(sum);
  }

  bool is_same(const std::vector<double>& maps, const Structure& structure,
               const Seen& seen) const {
    std::vector<uint32_t> partner(latents_);
    std::vector<bool> is_taken(latents_);
    uint32_t first = 0;
    for (const uint32_t block : problem_.blocks) {
      for (uint32_t i = first; i < first + block; i++) {
        partner[i] = latents_;
        for (uint32_t j = first; j < first + block; j++) {
          if (!is_taken[j] && correlation(&maps[i * latents_],
                                          &seen.maps[j * latents_]) > kSame) {
            partner[i] = j;
          }
        }
        if (partner[i] == latents_) return false;
        is_taken[partner[i]] = true;
      }
      first += block;
    }
    const Structure& other = seen.candidate->structure;
    for (uint32_t i = 0; i < latents_; i++) {
      for (uint32_t j = 0; j < latents_; j++) {
        if (structure.edges[i * latents_ + j] !=
            other.edges[partner[i] * latents_ + partner[j]]) {
          return false;
        }
      }
      for (size_t g = 0; g < problem_.gates.size(); g++) {
        if (structure.gates[g * latents_ + i] !=
            other.gates[g * latents_ + partner[i]]) {
          return false;
        }
      }
    }
    return true;
  }

  static std::ptrdiff_t count(const Structure& structure) {
    return std::ranges::count(structure.edges, 1) +
           std::ranges::count(structure.gates, 1);
  }

  // True if latents of the smaller structure can take places of latents of
  // their modalities so that all its edges and gates are there. `partner`:
  // places of its first latents. False, too, after too many steps.
  bool contains(const Structure& structure, const Structure& smaller,
                std::vector<uint32_t>& partner, uint32_t& steps) const {
    const auto latent = static_cast<uint32_t>(partner.size());
    if (latent == latents_) return true;
    uint32_t first = 0, block = 0;
    while (first + problem_.blocks[block] <= latent) {
      first += problem_.blocks[block++];
    }
    for (uint32_t at = first; at < first + problem_.blocks[block]; at++) {
      if (steps == 0) return false;
      steps--;
      if (std::ranges::find(partner, at) != partner.end()) continue;
      if (!has_gates(structure, at, smaller, latent)) continue;
      partner.push_back(at);
      if (has_edges(structure, smaller, partner) &&
          contains(structure, smaller, partner, steps)) {
        return true;
      }
      partner.pop_back();
    }
    return false;
  }

  bool has_gates(const Structure& structure, uint32_t at,
                 const Structure& smaller, uint32_t latent) const {
    for (size_t g = 0; g < problem_.gates.size(); g++) {
      if (smaller.gates[g * latents_ + latent] >
          structure.gates[g * latents_ + at]) {
        return false;
      }
    }
    return true;
  }

  // True if the edges between the last latent with a place and the others are
  // there.
  bool has_edges(const Structure& structure, const Structure& smaller,
                 const std::vector<uint32_t>& partner) const {
    const auto last = static_cast<uint32_t>(partner.size()) - 1;
    const uint32_t at = partner[last];
    for (uint32_t i = 0; i < last; i++) {
      if (smaller.edges[last * latents_ + i] >
              structure.edges[at * latents_ + partner[i]] ||
          smaller.edges[i * latents_ + last] >
              structure.edges[partner[i] * latents_ + at]) {
        return false;
      }
    }
    return true;
  }

  const Problem& problem_;
  const uint32_t latents_;
  std::shared_ptr<const Pooled> all_;
  std::vector<Seen> seen_;
};

}  // namespace

std::vector<Candidate> distinct_candidates(
    const Problem& problem, const std::vector<Candidate>& candidates,
    size_t count) {
  Optima optima(problem);
  std::vector<Candidate> retained;
  for (const Candidate& candidate : candidates) {
    if (retained.size() == count || !std::isfinite(candidate.objective)) break;
    if (optima.is_new(candidate)) retained.push_back(candidate);
  }
  return retained;
}

std::vector<Fit> distinct_fits(const Problem& problem,
                               const std::vector<Candidate>& candidates) {
  Optima optima(problem);
  std::vector<Fit> fits;
  for (const Candidate& candidate : candidates) {
    if (optima.is_extension(candidate.structure)) continue;
    if (!optima.is_new(candidate)) continue;
    fits.push_back({optima.last_maps(), candidate.structure, -candidate.cost,
                    candidate.objective});
  }
  return fits;
}

}  // namespace interlatent::moments
