#include "moments/rotations.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "moments/pooled.h"

namespace interlatent::moments {
namespace {

constexpr int kMaxSweeps = 60;
constexpr double kNegligible = 1e-8;

// Effects by row, each with one number per value.
using Effects = std::vector<std::vector<double>>;

Effects effects_of(const Problem& problem) {
  const uint32_t latents = problem.latents(), size = problem.size();
  Effects effects;
  for (const Gate& gate : problem.gates) {
    if (gate.effect == Effect::kShift) continue;
    std::vector<double> inside(latents), outside(latents);
    double weight = 0;
    for (uint32_t e = 0; e < problem.environments.size(); e++) {
      const Environment& environment = problem.environments[e];
      const bool is_inside = std::find(gate.members.begin(), gate.members.end(),
                                       e) != gate.members.end();
      if (is_inside) weight += environment.weight;
      for (uint32_t i = 0; i < latents; i++) {
        (is_inside ? inside : outside)[i] +=
            environment.weight * environment.mean[i];
      }
    }
    if (!(weight > 0 && weight < 1)) continue;
    const double scale = std::sqrt(weight * (1 - weight));
    for (uint32_t i = 0; i < latents; i++) {
      inside[i] = (inside[i] / weight - outside[i] / (1 - weight)) * scale;
    }
    effects.push_back(std::move(inside));
  }
  if (problem.terms == 0) return effects;
  PooledMoments moments(problem);
  const auto all =
      moments.of(EnvironmentSet(problem.environments.size(), true));
  for (uint32_t t = latents; t < size; t++) {
    const double* row = &all->squares[t * size];
    if (!(row[t] > kNegligible)) continue;
    std::vector<double> effect(row, row + latents);
    for (double& value : effect) value /= std::sqrt(row[t]);
    effects.push_back(std::move(effect));
  }
  return effects;
}

// Rotates two columns of a matrix with rows of `size` numbers.
void rotate(double* matrix, uint32_t rows, uint32_t size, uint32_t a,
            uint32_t b, double angle) {
  const double c = std::cos(angle), s = std::sin(angle);
  for (uint32_t i = 0; i < rows; i++) {
    double* row = matrix + i * size;
    const double x = row[a], y = row[b];
    row[a] = c * x + s * y;
    row[b] = c * y - s * x;
  }
}

// Rotates columns in pairs, both matrices alike, until no pair has an angle.
template <typename Angle>
void sweep(std::vector<double>& loadings, std::vector<double>& rotation,
           uint32_t size, uint32_t columns, const Angle& angle_of) {
  const auto rows = static_cast<uint32_t>(loadings.size() / size);
  for (int i = 0; i < kMaxSweeps; i++) {
    double largest = 0;
    for (uint32_t a = 0; a < columns; a++) {
      for (uint32_t b = a + 1; b < columns; b++) {
        const double angle = angle_of(loadings, rows, a, b);
        largest = std::max(largest, std::abs(angle));
        rotate(loadings.data(), rows, size, a, b, angle);
        rotate(rotation.data(), size, size, a, b, angle);
      }
    }
    if (largest < kNegligible) return;
  }
}

// Returns orthonormal columns: principal directions of the effects, those with
// effects rotated by varimax.
std::vector<double> sparse_rotation(const Effects& effects,
                                    const Block& block) {
  const uint32_t size = block.size;
  std::vector<double> loadings;
  for (const std::vector<double>& effect : effects) {
    const auto first = effect.begin() + block.first;
    loadings.insert(loadings.end(), first, first + size);
  }
  std::vector<double> rotation(size * size);
  for (uint32_t i = 0; i < size; i++) rotation[i * size + i] = 1;
  // Makes columns orthogonal (Hestenes 1958), larger ones first.
  sweep(loadings, rotation, size, size,
        [size](const auto& matrix, uint32_t rows, uint32_t a, uint32_t b) {
          double aa = 0, bb = 0, ab = 0;
          for (uint32_t i = 0; i < rows; i++) {
            const double x = matrix[i * size + a], y = matrix[i * size + b];
            aa += x * x;
            bb += y * y;
            ab += x * y;
          }
          if (aa + bb < kNegligible) return 0.0;
          return 0.5 * std::atan2(2 * ab, aa - bb);
        });
  uint32_t used = 0;
  for (; used < size; used++) {
    double square = 0;
    for (size_t i = used; i < loadings.size(); i += size) {
      square += loadings[i] * loadings[i];
    }
    if (square < kNegligible) break;
  }
  sweep(loadings, rotation, size, used,
        [size](const auto& matrix, uint32_t rows, uint32_t a, uint32_t b) {
          double u_sum = 0, v_sum = 0, squares = 0, products = 0;
          for (uint32_t i = 0; i < rows; i++) {
            const double x = matrix[i * size + a], y = matrix[i * size + b];
            const double u = x * x - y * y, v = 2 * x * y;
            u_sum += u;
            v_sum += v;
            squares += u * u - v * v;
            products += 2 * u * v;
          }
          const double y = products - 2 * u_sum * v_sum / rows;
          const double x = squares - (u_sum * u_sum - v_sum * v_sum) / rows;
          if (std::hypot(x, y) < kNegligible * kNegligible) return 0.0;
          return 0.25 * std::atan2(y, x);
        });
  return rotation;
}

}  // namespace

std::vector<double> random_rotations(const std::vector<Block>& blocks,
                                     Random& random) {
  std::vector<double> numbers;
  for (const Block& block : blocks) {
    const uint32_t size = block.size;
    std::vector<double> rows(size * size);
    for (double& value : rows) value = random.normal();
    // Gram and Schmidt, twice for accuracy.
    for (uint32_t i = 0; i < size; i++) {
      double* row = &rows[i * size];
      for (int pass = 0; pass < 2; pass++) {
        for (uint32_t j = 0; j < i; j++) {
          const double* other = &rows[j * size];
          const double overlap =
              std::inner_product(row, row + size, other, 0.0);
          for (uint32_t k = 0; k < size; k++) row[k] -= overlap * other[k];
        }
        const double length =
            std::sqrt(std::inner_product(row, row + size, row, 0.0));
        for (uint32_t k = 0; k < size; k++) row[k] /= length;
      }
    }
    numbers.insert(numbers.end(), rows.begin(), rows.end());
  }
  return numbers;
}

std::vector<double> sparse_rotations(const Problem& problem) {
  const Effects effects = effects_of(problem);
  std::vector<double> numbers;
  for (const Block& block : blocks_of(problem)) {
    const std::vector<double> columns = sparse_rotation(effects, block);
    for (uint32_t i = 0; i < block.size; i++) {
      for (uint32_t k = 0; k < block.size; k++) {
        numbers.push_back(columns[k * block.size + i]);
      }
    }
  }
  return numbers;
}

}  // namespace interlatent::moments
