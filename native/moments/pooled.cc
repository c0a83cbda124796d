#include "moments/pooled.h"

#include <algorithm>

namespace interlatent::moments {
namespace {

// A set of 64 variables has 32 KiB.
constexpr size_t kMaxKnownSets = 1024;

std::shared_ptr<const Pooled> pool(const Problem& problem,
                                   const EnvironmentSet& set) {
  const size_t size = problem.size();
  auto pooled = std::make_shared<Pooled>();
  pooled->weight = 0;
  pooled->squares.resize(size * size);
  std::vector<double> mean(size), difference(size);
  for (size_t e = 0; e < set.size(); e++) {
    if (!set[e]) continue;
    const Environment& environment = problem.environments[e];
    pooled->weight += environment.weight;
    for (size_t i = 0; i < size; i++) {
      mean[i] += environment.weight * environment.mean[i];
    }
  }
  for (double& value : mean) value /= pooled->weight;
  for (size_t e = 0; e < set.size(); e++) {
    if (!set[e]) continue;
    const Environment& environment = problem.environments[e];
    for (size_t i = 0; i < size; i++) {
      difference[i] = environment.mean[i] - mean[i];
    }
    for (size_t i = 0; i < size; i++) {
      double* row = &pooled->squares[i * size];
      const double* covariance = &environment.covariance[i * size];
      for (size_t j = 0; j < size; j++) {
        row[j] += environment.weight *
                  (covariance[j] + difference[i] * difference[j]);
      }
    }
  }
  return pooled;
}

}  // namespace

PooledMoments::PooledMoments(const Problem& problem) : problem_(problem) {}

std::shared_ptr<const Pooled> PooledMoments::of(const EnvironmentSet& set) {
  const auto known = known_.find(set);
  if (known != known_.end()) return known->second;
  if (known_.size() >= kMaxKnownSets) known_.clear();
  return known_.emplace(set, pool(problem_, set)).first->second;
}

Grouping::Grouping(const Problem& problem)
    : problem_(problem),
      latents_(problem.latents()),
      gates_of_environment_(problem.environments.size()) {
  for (uint32_t g = 0; g < problem.gates.size(); g++) {
    if (problem.gates[g].effect == Effect::kShift) continue;
    for (const uint32_t e : problem.gates[g].members) {
      gates_of_environment_[e].push_back(g);
    }
  }
}

std::vector<Group> Grouping::groups(const std::vector<uint8_t>& gates,
                                    uint32_t latent) const {
  const size_t count = gates_of_environment_.size();
  std::vector<Group> all;
  std::vector<std::vector<uint32_t>> open_by_group;
  std::vector<uint32_t> open;
  for (size_t e = 0; e < count; e++) {
    open.clear();
    bool is_perfect = false;
    for (const uint32_t g : gates_of_environment_[e]) {
      if (gates[g * latents_ + latent] == 0) continue;
      open.push_back(g);
      is_perfect |= problem_.gates[g].effect == Effect::kPerfect;
    }
    const auto at =
        std::find(open_by_group.begin(), open_by_group.end(), open) -
        open_by_group.begin();
    if (static_cast<size_t>(at) == all.size()) {
      open_by_group.push_back(open);
      all.push_back({EnvironmentSet(count), is_perfect});
    }
    all[at].environments[e] = true;
  }
  return all;
}

std::vector<uint32_t> Grouping::open_terms(const std::vector<uint8_t>& gates,
                                           uint32_t latent) const {
  std::vector<uint32_t> terms;
  for (uint32_t g = 0; g < problem_.gates.size(); g++) {
    const Gate& gate = problem_.gates[g];
    if (gate.effect != Effect::kShift || gates[g * latents_ + latent] == 0) {
      continue;
    }
    for (const uint32_t term : gate.members) terms.push_back(latents_ + term);
  }
  return terms;
}

}  // namespace interlatent::moments
