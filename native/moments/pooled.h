// Moments of sets of environments, and the sets in which a latent has one
// mechanism.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "moments/problem.h"

namespace interlatent::moments {

using EnvironmentSet = std::vector<bool>;

// Weight of a set, and the weighted sum of squares about its mean: weight times
// the covariance of the pooled subjects.
struct Pooled {
  double weight;
  std::vector<double> squares;  // (D + T)²
};

// Keeps the moments of the sets used last. One object serves one thread.
class PooledMoments {
 public:
  explicit PooledMoments(const Problem& problem);

  std::shared_ptr<const Pooled> of(const EnvironmentSet& set);

 private:
  const Problem& problem_;
  std::map<EnvironmentSet, std::shared_ptr<const Pooled>> known_;
};

// Environments in which a latent has one mechanism: those with the same open
// gates of its effects soft and perfect.
struct Group {
  EnvironmentSet environments;
  bool is_perfect;
};

// Lists for each problem which gates hold in which environment.
class Grouping {
 public:
  explicit Grouping(const Problem& problem);

  // `gates` is G × D.
  std::vector<Group> groups(const std::vector<uint8_t>& gates,
                            uint32_t latent) const;
  // Returns the positions of the open terms among all D + T variables.
  std::vector<uint32_t> open_terms(const std::vector<uint8_t>& gates,
                                   uint32_t latent) const;

 private:
  const Problem& problem_;
  uint32_t latents_;
  // Gates of effects soft and perfect by environment.
  std::vector<std::vector<uint32_t>> gates_of_environment_;
};

}  // namespace interlatent::moments
