// What single changes of a structure cost or gain at fixed maps. There, each
// latent contributes one term, so the gain of a change is the sum over the
// latents whose mechanisms it changes.
#pragma once

#include <cstdint>
#include <vector>

#include "moments/pooled.h"
#include "moments/problem.h"
#include "moments/regression.h"

namespace interlatent::moments {

class Toggles {
 public:
  // numbers: free numbers of the maps.
  Toggles(const Problem& problem, const Grouping& grouping,
          const std::vector<double>& numbers, Structure structure);

  const Structure& structure() const { return structure_; }
  // Change of the objective if an edge or a gate is added or removed.
  double edge(uint32_t child, uint32_t parent) const {
    return edges_[child * latents_ + parent];
  }
  double gate(uint32_t gate, uint32_t latent) const {
    return gates_[gate * latents_ + latent];
  }
  // Change of the objective if another latent replaces a parent.
  double replace_parent(uint32_t child, uint32_t parent, uint32_t by);
  // Changes the structure, and computes the row of the changed latent again.
  void toggle_edge(uint32_t child, uint32_t parent);
  void toggle_gate(uint32_t gate, uint32_t latent);

 private:
  void update(uint32_t latent);
  // Returns Σ_g w_g log(v) / 2 of a latent in the current structure.
  double cost(uint32_t latent);

  const Problem& problem_;
  const Grouping& grouping_;
  const uint32_t latents_, size_;
  Structure structure_;
  // First and second moments of latents and terms by environment, times the
  // weights, about the mean of all.
  std::vector<std::vector<double>> means_, squares_;
  std::vector<double> edges_, gates_;
  std::vector<double> pooled_, sums_;
  Regression regression_;
};

}  // namespace interlatent::moments
