// The regression of one variable on regressors, from their covariance.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace interlatent::moments {

// Relative ridges, small enough to change no digit that matters. They keep
// regressions on collinear or constant regressors finite, and make the residual
// variance of a variable at least 1e-10 of its variance.
inline constexpr double kRidge = 1e-10;
// Variables have variances near 1. Smaller ones are rounding errors of 0.
inline constexpr double kConstant = 1e-12;

// Minimises over the slopes a
//   v = (1 + ridge) C_ii − 2 aᵀc + aᵀC a + ridge Σ a_p² C_pp.
// The derivative of v with respect to C is that at fixed slopes.
class Regression {
 public:
  // Calls `entry(p, q)` for the covariance of two variables. Regressors that
  // are constant get slope 0.
  template <typename Entry>
  void fit(uint32_t variable, const std::vector<uint32_t>& regressors,
           const Entry& entry) {
    const size_t count = regressors.size();
    slopes.resize(count);
    factor_.resize(count * count);
    for (size_t p = 0; p < count; p++) {
      for (size_t q = 0; q <= p; q++) {
        factor_[p * count + q] = entry(regressors[p], regressors[q]);
      }
      slopes[p] = entry(regressors[p], variable);
    }
    const double diagonal = entry(variable, variable);
    variance = (1 + kRidge) * diagonal - explained(count);
    variance = std::max(variance, kRidge * std::max(diagonal, kConstant));
  }

  std::vector<double> slopes;
  double variance = 0;

 private:
  // Solves by L D Lᵀ. Returns the explained variance.
  double explained(size_t count) {
    pivots_.resize(count);
    for (size_t p = 0; p < count; p++) {
      double* row = &factor_[p * count];
      const double diagonal = row[p];
      for (size_t q = 0; q < p; q++) {
        const double* other = &factor_[q * count];
        double sum = row[q];
        for (size_t k = 0; k < q; k++) sum -= row[k] * other[k];
        row[q] = sum;  // L times pivot, until the row is complete
      }
      double pivot = diagonal * (1 + kRidge);
      for (size_t q = 0; q < p; q++) {
        const double scaled = row[q] * pivots_[q];
        pivot -= row[q] * scaled;
        row[q] = scaled;
      }
      const bool is_usable = diagonal > kConstant && pivot > 0;
      pivots_[p] = is_usable ? 1 / pivot : 0;
    }
    double sum = 0;
    for (size_t p = 0; p < count; p++) {
      const double* row = &factor_[p * count];
      for (size_t k = 0; k < p; k++) slopes[p] -= row[k] * slopes[k];
    }
    for (size_t p = 0; p < count; p++) {
      sum += slopes[p] * slopes[p] * pivots_[p];
      slopes[p] *= pivots_[p];
    }
    for (size_t p = count; p-- > 0;) {
      for (size_t k = p + 1; k < count; k++) {
        slopes[p] -= factor_[k * count + p] * slopes[k];
      }
    }
    return sum;
  }

  std::vector<double> factor_, pivots_;  // L and 1 / D
};

}  // namespace interlatent::moments
