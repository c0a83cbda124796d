// Profile likelihood of maps under one structure, with its exact gradient.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "moments/pooled.h"
#include "moments/problem.h"
#include "moments/regression.h"

namespace interlatent::moments {

class Likelihood {
 public:
  Likelihood(const Problem& problem, const Grouping& grouping,
             PooledMoments& moments, const Structure& structure);

  // Returns minus the log likelihood in nats per subject,
  //   Σ_i Σ_g w_g (log v_ig + 1) / 2 − log|det W| + D log(2π) / 2,
  // where v_ig is the residual variance of latent i in group g; infinity if a
  // map has no inverse.
  // numbers, gradient: free numbers of the maps (free_numbers). The gradient is
  // Σ_i Σ_g c_ig (c_ig W Σ_g)ᵀ / v_ig − W⁻ᵀ, where c_ig has 1 for latent i and
  // minus the slopes, and Σ_g are the pooled squares. The derivative of the
  // slopes does not matter, because they minimise v_ig.
  double operator()(const std::vector<double>& numbers,
                    std::vector<double>& gradient);

 private:
  struct Mechanism {
    uint32_t latent;
    // Positions among D latents and T terms.
    std::vector<uint32_t> regressors;
  };
  // Mechanisms of the same set of environments.
  struct Set {
    std::shared_ptr<const Pooled> pooled;
    std::vector<Mechanism> mechanisms;
    std::vector<uint32_t> latents;  // of all mechanisms, ascending
  };

  void transform(const Set& set, const std::vector<double>& numbers);
  void add(const Set& set, const Mechanism& mechanism,
           std::vector<double>& gradient);
  double log_determinants(const std::vector<double>& numbers,
                          std::vector<double>& gradient);

  const uint32_t latents_, size_;
  const std::vector<Block> blocks_;
  const std::vector<uint32_t> block_of_latent_;
  std::vector<Set> sets_;
  Regression regression_;
  double sum_ = 0;
  // W Σ_g, D × (D + T), and W Σ_g Wᵀ, D × D.
  std::vector<double> mapped_, squares_;
  std::vector<double> residual_;  // D
  std::vector<double> inverse_;
};

}  // namespace interlatent::moments
