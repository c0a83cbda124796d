// The Gaussian-mixture flow, for 64 columns of one group at a time. Every pass
// is a vector loop over the columns of one component.
#include "math/mixture.h"

#include "loops/table.h"

namespace interlatent::IL_ISA {
namespace {

constexpr int64_t kColumns = kMixtureBlock;
using Row = float[kColumns];

// The data that the passes of one block share, all in scratch.
struct Block {
  int64_t components;
  int64_t columns;  // rounded up to whole vectors
  MixtureLimits limits;
  Row* input;     // z, logits, means, log scales
  Row* upstream;  // one row, or the rows of input
  Row* output;
  Row* weight;  // per component
  Row* term;    // per component, log w phi s up to constants

  const float* z() const { return input[0]; }
  const float* logit(int64_t k) const { return input[1 + k]; }
  const float* mean(int64_t k) const { return input[1 + components + k]; }
  const float* log_scale(int64_t k) const {
    return input[1 + 2 * components + k];
  }
};

#define IL_COLUMNS IL_INDEPENDENT for (int64_t i = 0; i < n; i++)

// Replaces `rows` by their softmax over k, and computes the logarithm of the
// sum of exp.
void softmax(const Block& block, Row* rows, float* log_sum) {
  const int64_t n = block.columns;
  Row largest;
  Row sum;
  IL_COLUMNS {
    largest[i] = rows[0][i];
    sum[i] = 0;
  }
  for (int64_t k = 1; k < block.components; k++) {
    IL_COLUMNS {
      const float x = rows[k][i];
      const float y = largest[i];
      largest[i] = x > y || x != x ? x : y;
    }
  }
  for (int64_t k = 0; k < block.components; k++) {
    IL_COLUMNS {
      rows[k][i] = exponential(rows[k][i] - largest[i]);
      sum[i] += rows[k][i];
    }
  }
  IL_COLUMNS {
    log_sum[i] = largest[i] + logarithm(sum[i]);
    sum[i] = 1.0f / sum[i];
  }
  for (int64_t k = 0; k < block.components; k++) {
    IL_COLUMNS { rows[k][i] *= sum[i]; }
  }
}

void find_weights(const Block& block, float* log_sum) {
  const int64_t n = block.columns;
  for (int64_t k = 0; k < block.components; k++) {
    const float* logit = block.logit(k);
    IL_COLUMNS { block.weight[k][i] = logit[i]; }
  }
  softmax(block, block.weight, log_sum);
}

inline __attribute__((always_inline)) MixtureComponent
component_at(const Block& block, int64_t k, int64_t i) {
  return mixture_component(block.z()[i], block.mean(k)[i],
                           block.log_scale(k)[i], block.limits);
}

void log_density(const Block& block, bool gradient) {
  const int64_t n = block.columns;
  Row weights_log_sum;
  Row terms_log_sum;
  find_weights(block, weights_log_sum);
  for (int64_t k = 0; k < block.components; k++) {
    IL_COLUMNS {
      block.term[k][i] =
          mixture_log_term(block.logit(k)[i], component_at(block, k, i));
    }
  }
  softmax(block, block.term, terms_log_sum);
  if (!gradient) {
    IL_COLUMNS {
      block.output[0][i] =
          terms_log_sum[i] - weights_log_sum[i] - kHalfLogTwoPi;
    }
    return;
  }
  const float* upstream = block.upstream[0];
  IL_COLUMNS { block.output[0][i] = 0; }
  for (int64_t k = 0; k < block.components; k++) {
    float* by_logit = block.output[1 + k];
    float* by_mean = block.output[1 + block.components + k];
    float* by_scale = block.output[1 + 2 * block.components + k];
    IL_COLUMNS {
      const MixtureComponent c = component_at(block, k, i);
      const float share = upstream[i] * block.term[k][i];
      by_logit[i] = share - upstream[i] * block.weight[k][i];
      by_mean[i] = share * c.e * c.s;
      by_scale[i] = share * (c.e * c.e - 1.0f) * c.inside;
      block.output[0][i] -= by_mean[i];
    }
  }
}

// Sums both tails over the components.
void find_tails(const Block& block, float* below, float* above) {
  const int64_t n = block.columns;
  Row unused;
  find_weights(block, unused);
  IL_COLUMNS { below[i] = above[i] = 0; }
  for (int64_t k = 0; k < block.components; k++) {
    IL_COLUMNS {
      const NormalPoint point = normal_point(component_at(block, k, i).e);
      below[i] += block.weight[k][i] * point.below;
      above[i] += block.weight[k][i] * point.above;
    }
  }
}

void epsilon(const Block& block) {
  const int64_t n = block.columns;
  Row below;
  Row above;
  find_tails(block, below, above);
  IL_COLUMNS { block.output[0][i] = mixture_point(below[i], above[i]).epsilon; }
}

void sensitivity(const Block& block) {
  const int64_t n = block.columns;
  Row below;
  Row above;
  find_tails(block, below, above);
  Row inverse;
  IL_COLUMNS {
    inverse[i] = mixture_point(below[i], above[i]).inverse_density;
    block.output[0][i] = 0;
  }
  for (int64_t k = 0; k < block.components; k++) {
    float* by_logit = block.output[1 + k];
    float* by_mean = block.output[1 + block.components + k];
    float* by_scale = block.output[1 + 2 * block.components + k];
    IL_COLUMNS {
      const MixtureComponent c = component_at(block, k, i);
      const MixturePoint point = {below[i], above[i], 0.0f, inverse[i]};
      const MixtureGradient g =
          mixture_gradient(point, block.weight[k][i], c, normal_point(c.e));
      by_logit[i] = g.logit * inverse[i];
      by_mean[i] = g.mean * inverse[i];
      by_scale[i] = g.log_scale * inverse[i];
      block.output[0][i] -= by_mean[i];
    }
  }
}

inline __attribute__((always_inline)) MixtureDirection
direction_at(const Block& block, int64_t k, int64_t i) {
  const Row* u = block.upstream;
  return {u[0][i], u[1 + k][i], u[1 + block.components + k][i],
          u[1 + 2 * block.components + k][i]};
}

// Uses S = grad F / phi(epsilon): grad (S · u) = (derivative of grad F along u)
// / phi + S (S · u) epsilon.
void sensitivity_gradient(const Block& block) {
  const int64_t n = block.columns;
  Row below;
  Row above;
  find_tails(block, below, above);
  Row epsilons;
  Row inverse;
  Row mean_logit;
  Row along;  // derivative of F along u
  IL_COLUMNS {
    const MixturePoint point = mixture_point(below[i], above[i]);
    epsilons[i] = point.epsilon;
    inverse[i] = point.inverse_density;
    mean_logit[i] = along[i] = 0;
    block.output[0][i] = 0;
  }
  for (int64_t k = 0; k < block.components; k++) {
    IL_COLUMNS {
      const MixtureComponent c = component_at(block, k, i);
      const MixtureDirection u = direction_at(block, k, i);
      const NormalPoint normal = normal_point(c.e);
      const MixturePoint point = {below[i], above[i], 0.0f, 0.0f};
      const float weight = block.weight[k][i];
      mean_logit[i] += weight * u.logit;
      along[i] += weight *
                  (mixture_excess(point, normal.below, normal.above) * u.logit +
                   normal.density * mixture_error_along(c, u));
    }
  }
  for (int64_t k = 0; k < block.components; k++) {
    float* by_logit = block.output[1 + k];
    float* by_mean = block.output[1 + block.components + k];
    float* by_scale = block.output[1 + 2 * block.components + k];
    IL_COLUMNS {
      const MixtureComponent c = component_at(block, k, i);
      const MixtureDirection u = direction_at(block, k, i);
      const NormalPoint normal = normal_point(c.e);
      const float weight = block.weight[k][i];
      const MixturePoint point = {below[i], above[i], epsilons[i], inverse[i]};
      const MixtureGradient g = mixture_gradient(point, weight, c, normal);
      const MixtureGradient h = mixture_gradient_along(
          point, weight, c, normal, u, mean_logit[i], along[i]);
      const float bend = along[i] * inverse[i] * epsilons[i];
      by_logit[i] = (h.logit + g.logit * bend) * inverse[i];
      by_mean[i] = (h.mean + g.mean * bend) * inverse[i];
      by_scale[i] = (h.log_scale + g.log_scale * bend) * inverse[i];
      block.output[0][i] -= by_mean[i];
    }
  }
}

// Copies rows of `columns` elements, `stride` apart, to scratch. Columns that
// only fill the last vector repeat the first column.
void load_rows(Row* target, const float* source, int64_t rows, int64_t stride,
               int64_t columns, int64_t padded) {
  for (int64_t row = 0; row < rows; row++) {
    const float* from = source + row * stride;
    for (int64_t i = 0; i < columns; i++) target[row][i] = from[i];
    for (int64_t i = columns; i < padded; i++) target[row][i] = from[0];
  }
}

int64_t output_rows(const MixtureLoop& loop) {
  const bool single = loop.result == MixtureResult::kLogDensity ||
                      loop.result == MixtureResult::kEpsilon;
  return single ? 1 : 1 + 3 * loop.components;
}

int64_t upstream_rows(const MixtureLoop& loop) {
  if (loop.upstream == nullptr) return 0;
  return loop.result == MixtureResult::kLogDensityGradient
             ? 1
             : 1 + 3 * loop.components;
}

}  // namespace

void mixture(const MixtureLoop& loop, int64_t task, std::byte* scratch) {
  const int64_t k = loop.components;
  auto* rows = reinterpret_cast<Row*>(scratch);
  Block block;
  block.components = k;
  block.limits = {loop.log_scale_min, loop.log_scale_max};
  block.input = rows;
  block.upstream = rows + 1 + 3 * k;
  block.output = block.upstream + 1 + 3 * k;
  block.weight = block.output + 1 + 3 * k;
  block.term = block.weight + k;
  const int64_t first = task * loop.blocks_per_task;
  const int64_t limit = first + loop.blocks_per_task;
  const int64_t end = limit < loop.blocks ? limit : loop.blocks;
  for (int64_t index = first; index < end; index++) {
    const int64_t group = index / loop.blocks_per_group;
    const int64_t column = index % loop.blocks_per_group * kColumns;
    const int64_t rest = loop.batch - column;
    const int64_t columns = rest < kColumns ? rest : kColumns;
    const int64_t padded = (columns + kLanes - 1) / kLanes * kLanes;
    block.columns = padded;
    load_rows(block.input, loop.z + group * loop.batch + column, 1, loop.batch,
              columns, padded);
    load_rows(block.input + 1, loop.theta + group * 3 * k * loop.batch + column,
              3 * k, loop.batch, columns, padded);
    const int64_t upstream = upstream_rows(loop);
    if (upstream > 0) {
      load_rows(block.upstream,
                loop.upstream + group * upstream * loop.batch + column,
                upstream, loop.batch, columns, padded);
    }
    switch (loop.result) {
      case MixtureResult::kLogDensity:
        log_density(block, false);
        break;
      case MixtureResult::kLogDensityGradient:
        log_density(block, true);
        break;
      case MixtureResult::kEpsilon:
        epsilon(block);
        break;
      case MixtureResult::kSensitivity:
        sensitivity(block);
        break;
      case MixtureResult::kSensitivityGradient:
        sensitivity_gradient(block);
        break;
    }
    const int64_t results = output_rows(loop);
    float* out = loop.out + group * results * loop.batch + column;
    for (int64_t row = 0; row < results; row++) {
      const float* source = block.output[row];
      float* target = out + row * loop.batch;
      for (int64_t i = 0; i < columns; i++) target[i] = source[i];
    }
  }
}

}  // namespace interlatent::IL_ISA
