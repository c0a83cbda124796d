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
  // Objectives of starts leave out the prices of edges, all of which are there.
  Candidate from_start(const Start& start, uint32_t iterations);
  // Makes the best single change until none improves the objective: an edge in,
  // out, or turned; a gate in, out, or moved to another latent. `trials`:
  // changes that are tried with optimised maps; they are the best ones at fixed
  // maps. If there are more, changes are also made at fixed maps.
  void refine(Candidate& candidate, uint32_t trials);
  void optimise(Candidate& candidate, const Limits& limits);
  // Number of single changes of a structure.
  uint32_t change_count(const Structure& structure);

 private:
  struct Change;

  std::vector<Change> changes(const Toggles& toggles) const;
  bool is_order_kept(const Structure& structure, const Change& change) const;
  void choose_gates(Candidate& candidate);
  bool descend(Candidate& candidate);
  bool step(Candidate& candidate, uint32_t trials);

  const Problem& problem_;
  const Grouping& grouping_;
  const Continue check_cancelled_;
  const uint32_t latents_;
  PooledMoments moments_;
};

}  // namespace interlatent::moments
