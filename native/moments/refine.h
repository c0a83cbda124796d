// Optimises the maps of a structure, and improves a structure by single
// changes.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "moments/minimise.h"
#include "moments/pooled.h"
#include "moments/problem.h"
#include "moments/starts.h"
#include "moments/toggles.h"

namespace interlatent::moments {

// Smaller improvements are not worth a change.
inline constexpr double kMinGain = 1e-5;
// What curvature of the values is worth at most, nats: in simulated chains,
// true graphs were worse than wrong ones by up to 0.009.
inline constexpr double kTie = 0.02;

// Maps, structure, and their value.
struct Candidate {
  std::vector<double> numbers;
  Structure structure;
  double cost = 0;  // minus the log likelihood, nats per subject
  double objective = 0;
};

// Throws Error "cancelled".
using Continue = std::function<void()>;

// Serves one thread.
class Refiner {
 public:
  Refiner(const Problem& problem, const Grouping& grouping,
          Continue check_cancelled);

  // Optimises the maps of a start, and chooses its gates if it asks for that.
  // This objective leaves out the prices of edges, all of which are there.
  Candidate from_start(const Start& start, uint32_t iterations);
  // Exchanges neighbours in the order of a candidate from a start, as long as
  // that improves the likelihood.
  void order(Candidate& candidate);
  // Makes the best single change until none improves the objective: an edge in,
  // out, turned, or from another parent; a gate in, out, or moved to another
  // latent. Returns near-ties: structures that another change gives, except by
  // an addition, and whose objective is worse by at most kTie. Tries the
  // `trials` changes that are best at fixed maps, and optimises the maps of
  // each. If there are many changes, those that improve the objective at fixed
  // maps are made first.
  std::vector<Candidate> refine(Candidate& candidate, uint32_t trials);
  void optimise(Candidate& candidate, const Limits& limits);

 private:
  struct Change;

  std::vector<Change> changes(Toggles& toggles) const;
  bool is_order_kept(const Structure& structure, const Change& change) const;
  // Exchanges latents `at` and `at` + 1. Returns false if that changes nothing
  // or is not allowed. `order` is the new one if orders are free.
  bool exchange(Candidate& candidate, const std::vector<uint32_t>& order,
                uint32_t at) const;
  void leave_out_edges(Candidate& candidate) const;
  void choose_gates(Candidate& candidate);
  bool descend(Candidate& candidate);
  bool step(Candidate& candidate, uint32_t trials,
            std::vector<Candidate>& ties);

  const Problem& problem_;
  const Grouping& grouping_;
  const Continue check_cancelled_;
  const uint32_t latents_;
  const std::vector<uint32_t> block_of_latent_;
  PooledMoments moments_;
};

}  // namespace interlatent::moments
