#include "moments/likelihood.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numbers>

namespace interlatent::moments {
namespace {

// Replaces a matrix by its inverse (Gauss and Jordan, with row pivots). Returns
// log|det|, or minus infinity if there is no inverse.
double invert(std::vector<double>& matrix, std::vector<double>& inverse,
              uint32_t size) {
  inverse.assign(size * size, 0);
  for (uint32_t i = 0; i < size; i++) inverse[i * size + i] = 1;
  double log_determinant = 0;
  for (uint32_t column = 0; column < size; column++) {
    uint32_t best = column;
    for (uint32_t row = column + 1; row < size; row++) {
      if (std::abs(matrix[row * size + column]) >
          std::abs(matrix[best * size + column])) {
        best = row;
      }
    }
    const double pivot = matrix[best * size + column];
    log_determinant += std::log(std::abs(pivot));
    if (!std::isfinite(log_determinant)) {
      return -std::numeric_limits<double>::infinity();
    }
    for (uint32_t j = 0; j < size; j++) {
      std::swap(matrix[best * size + j], matrix[column * size + j]);
      std::swap(inverse[best * size + j], inverse[column * size + j]);
    }
    for (uint32_t j = 0; j < size; j++) {
      matrix[column * size + j] /= pivot;
      inverse[column * size + j] /= pivot;
    }
    for (uint32_t row = 0; row < size; row++) {
      const double factor = matrix[row * size + column];
      if (row == column || factor == 0) continue;
      for (uint32_t j = 0; j < size; j++) {
        matrix[row * size + j] -= factor * matrix[column * size + j];
        inverse[row * size + j] -= factor * inverse[column * size + j];
      }
    }
  }
  return log_determinant;
}

}  // namespace

Likelihood::Likelihood(const Problem& problem, const Grouping& grouping,
                       PooledMoments& moments, const Structure& structure)
    : latents_(problem.latents()),
      size_(problem.size()),
      blocks_(blocks_of(problem)),
      block_of_latent_(moments::block_of_latent(blocks_)),
      mapped_(latents_ * size_),
      squares_(latents_ * latents_),
      residual_(latents_) {
  std::map<EnvironmentSet, size_t> positions;
  for (uint32_t i = 0; i < latents_; i++) {
    for (const Group& group : grouping.groups(structure.gates, i)) {
      Mechanism mechanism{i, {}};
      if (!group.is_perfect) {
        for (uint32_t j = 0; j < latents_; j++) {
          if (structure.edges[i * latents_ + j] != 0) {
            mechanism.regressors.push_back(j);
          }
        }
        for (const uint32_t term : grouping.open_terms(structure.gates, i)) {
          mechanism.regressors.push_back(term);
        }
      }
      const auto [at, is_new] =
          positions.try_emplace(group.environments, sets_.size());
      if (is_new) sets_.push_back({moments.of(group.environments), {}, {}});
      sets_[at->second].mechanisms.push_back(std::move(mechanism));
    }
  }
  for (Set& set : sets_) {
    std::vector<bool> is_used(latents_);
    for (const Mechanism& mechanism : set.mechanisms) {
      is_used[mechanism.latent] = true;
      for (const uint32_t j : mechanism.regressors) {
        if (j < latents_) is_used[j] = true;
      }
    }
    for (uint32_t i = 0; i < latents_; i++) {
      if (is_used[i]) set.latents.push_back(i);
    }
  }
}

double Likelihood::operator()(const std::vector<double>& numbers,
                              std::vector<double>& gradient) {
  gradient.assign(numbers.size(), 0);
  sum_ = 0.5 * latents_ * std::log(2 * std::numbers::pi);
  for (const Set& set : sets_) {
    transform(set, numbers);
    for (const Mechanism& mechanism : set.mechanisms) {
      add(set, mechanism, gradient);
    }
  }
  return sum_ - log_determinants(numbers, gradient);
}

void Likelihood::transform(const Set& set, const std::vector<double>& numbers) {
  const double* squares = set.pooled->squares.data();
  for (const uint32_t i : set.latents) {
    const Block& block = blocks_[block_of_latent_[i]];
    const double* map = &numbers[block.start + (i - block.first) * block.size];
    double* row = &mapped_[i * size_];
    std::fill(row, row + size_, 0.0);
    for (uint32_t k = 0; k < block.size; k++) {
      const double factor = map[k];
      const double* from = squares + (block.first + k) * size_;
      for (uint32_t j = 0; j < size_; j++) row[j] += factor * from[j];
    }
  }
  for (const uint32_t j : set.latents) {
    const Block& block = blocks_[block_of_latent_[j]];
    const double* map = &numbers[block.start + (j - block.first) * block.size];
    for (const uint32_t i : set.latents) {
      if (i > j) break;
      const double* row = &mapped_[i * size_ + block.first];
      double sum = 0;
      for (uint32_t k = 0; k < block.size; k++) sum += row[k] * map[k];
      squares_[i * latents_ + j] = sum;
      squares_[j * latents_ + i] = sum;
    }
  }
}

void Likelihood::add(const Set& set, const Mechanism& mechanism,
                     std::vector<double>& gradient) {
  const double weight = set.pooled->weight;
  const double* squares = set.pooled->squares.data();
  const uint32_t latent = mechanism.latent;
  // Rows of W Σ_g or, for a term, of Σ_g.
  const auto row = [&](uint32_t p) {
    return p < latents_ ? &mapped_[p * size_] : squares + p * size_;
  };
  const auto entry = [&](uint32_t p, uint32_t q) {
    if (q < latents_) {
      return (p < latents_ ? squares_[p * latents_ + q] : row(q)[p]) / weight;
    }
    return row(p)[q] / weight;
  };
  regression_.fit(latent, mechanism.regressors, entry);
  const double variance = regression_.variance;
  sum_ += 0.5 * weight * (std::log(variance) + 1);
  std::copy(row(latent), row(latent) + latents_, residual_.begin());
  for (size_t p = 0; p < mechanism.regressors.size(); p++) {
    const double slope = regression_.slopes[p];
    const double* from = row(mechanism.regressors[p]);
    for (uint32_t k = 0; k < latents_; k++) residual_[k] -= slope * from[k];
  }
  const auto add_row = [&](uint32_t p, double factor, double ridge) {
    const Block& block = blocks_[block_of_latent_[p]];
    double* target = &gradient[block.start + (p - block.first) * block.size];
    const double* mapped = &mapped_[p * size_ + block.first];
    for (uint32_t k = 0; k < block.size; k++) {
      target[k] += factor * residual_[block.first + k] + ridge * mapped[k];
    }
  };
  add_row(latent, 1 / variance, kRidge / variance);
  for (size_t p = 0; p < mechanism.regressors.size(); p++) {
    const uint32_t parent = mechanism.regressors[p];
    const double slope = regression_.slopes[p];
    if (parent >= latents_) continue;
    add_row(parent, -slope / variance, kRidge * slope * slope / variance);
  }
}

double Likelihood::log_determinants(const std::vector<double>& numbers,
                                    std::vector<double>& gradient) {
  double sum = 0;
  for (const Block& block : blocks_) {
    const auto first = numbers.begin() + block.start;
    std::vector<double> matrix(first, first + block.size * block.size);
    sum += invert(matrix, inverse_, block.size);
    if (!std::isfinite(sum)) return sum;
    for (uint32_t i = 0; i < block.size; i++) {
      for (uint32_t j = 0; j < block.size; j++) {
        gradient[block.start + i * block.size + j] -=
            inverse_[j * block.size + i];
      }
    }
  }
  return sum;
}

}  // namespace interlatent::moments
