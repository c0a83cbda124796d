// The Gaussian-mixture flow, for 64 columns of one group at a time. Every pass
// is a vector loop over the columns of one component, or over the columns of
// all components, which keeps more functions in flight.
#include "math/mixture.h"

#include "loops/table.h"
#include "loops/vector_math.h"

namespace interlatent::IL_ISA {
namespace {

constexpr int64_t kColumns = kMixtureBlock;
using Row = float[kColumns];

// Rows of a tensor, in memory or in scratch.
template <class Value>
struct Rows {
  Value* data;
  int64_t stride;

  Value* operator[](int64_t row) const { return data + row * stride; }
};

// The data that the passes of one block share. Tensors are read and written in
// memory if their rows are whole vectors.
struct Block {
  int64_t components;
  int64_t columns;  // rounded up to whole vectors
  MixtureLimits limits;
  const float* z;
  Rows<const float> theta;     // logits, means, log scales
  Rows<const float> upstream;  // one row, or z and the rows of theta
  Rows<float> output;
  float* value;  // null, or the log density, in addition to its gradient
  // Rows per component in scratch, without gaps.
  Rows<float> weight;
  Rows<float> scale, error;  // s and e of a component; scale follows weight
  Rows<float> term;          // log w phi s up to constants, then its share
  Rows<float> density, below, above;

  const float* logit(int64_t k) const { return theta[k]; }
  const float* mean(int64_t k) const { return theta[components + k]; }
  const float* log_scale(int64_t k) const { return theta[2 * components + k]; }
};

#define IL_COLUMNS IL_INDEPENDENT for (int64_t i = 0; i < n; i++)
#define IL_INLINE inline __attribute__((always_inline))

// A NaN gives NaN in the sum of a softmax, so the maximum may ignore it.
IL_INLINE float larger(float x, float y) { return x > y ? x : y; }

// Computes s of the components and exp(logit - largest logit), which are the
// weights up to their sum.
void find_scales(const Block& block, float* largest, float* sum) {
  const int64_t n = block.columns;
  const float* first = block.logit(0);
  IL_COLUMNS { largest[i] = first[i]; }
  for (int64_t k = 1; k < block.components; k++) {
    const float* logit = block.logit(k);
    IL_COLUMNS { largest[i] = larger(logit[i], largest[i]); }
  }
  for (int64_t k = 0; k < block.components; k++) {
    const float* logit = block.logit(k);
    const float* log_scale = block.log_scale(k);
    float* weight = block.weight[k];
    float* scale = block.scale[k];
    IL_COLUMNS {
      weight[i] = logit[i] - largest[i];
      scale[i] = -mixture_clamped(log_scale[i], block.limits);
    }
  }
  exponentials(block.weight.data, block.weight.data, 2 * block.components * n);
  IL_COLUMNS { sum[i] = 0; }
  for (int64_t k = 0; k < block.components; k++) {
    const float* weight = block.weight[k];
    IL_COLUMNS { sum[i] += weight[i]; }
  }
}

// The rows of a component whose s and e are known.
struct ComponentRows {
  const float *log_scale, *scale, *error;
  MixtureLimits limits;

  ComponentRows(const Block& block, int64_t k)
      : log_scale(block.log_scale(k)),
        scale(block.scale[k]),
        error(block.error[k]),
        limits(block.limits) {}
  IL_INLINE MixtureComponent operator[](int64_t i) const {
    const float inside = mixture_inside(log_scale[i], limits);
    return {.log_scale = 0, .s = scale[i], .e = error[i], .inside = inside};
  }
};

void log_density(const Block& block, bool gradient) {
  const int64_t n = block.columns;
  Row largest = {};
  Row sum = {};
  Row largest_term = {};
  Row sum_of_terms = {};
  find_scales(block, largest, sum);
  IL_COLUMNS {
    largest_term[i] = -__builtin_inff();
    sum_of_terms[i] = 0;
  }
  for (int64_t k = 0; k < block.components; k++) {
    const float* logit = block.logit(k);
    const float* mean = block.mean(k);
    const float* log_scale = block.log_scale(k);
    const float* scale = block.scale[k];
    float* error = block.error[k];
    float* term = block.term[k];
    IL_COLUMNS {
      MixtureComponent c;
      c.log_scale = mixture_clamped(log_scale[i], block.limits);
      c.e = (block.z[i] - mean[i]) * scale[i];
      error[i] = c.e;
      term[i] = mixture_log_term(logit[i], c);
      largest_term[i] = larger(term[i], largest_term[i]);
    }
  }
  for (int64_t k = 0; k < block.components; k++) {
    float* term = block.term[k];
    IL_COLUMNS { term[i] -= largest_term[i]; }
  }
  exponentials(block.term.data, block.term.data, block.components * n);
  for (int64_t k = 0; k < block.components; k++) {
    const float* term = block.term[k];
    IL_COLUMNS { sum_of_terms[i] += term[i]; }
  }
  float* value = gradient ? block.value : block.output[0];
  if (value != nullptr) {
    IL_COLUMNS {
      const float terms = largest_term[i] + logarithm(sum_of_terms[i]);
      const float weights = largest[i] + logarithm(sum[i]);
      value[i] = terms - weights - kHalfLogTwoPi;
    }
  }
  if (!gradient) return;
  const float* upstream = block.upstream[0];
  float* by_z = block.output[0];
  IL_COLUMNS {
    sum[i] = 1.0f / sum[i];
    sum_of_terms[i] = 1.0f / sum_of_terms[i];
    by_z[i] = 0;
  }
  for (int64_t k = 0; k < block.components; k++) {
    const float* term = block.term[k];
    const float* weight = block.weight[k];
    float* by_logit = block.output[1 + k];
    float* by_mean = block.output[1 + block.components + k];
    float* by_scale = block.output[1 + 2 * block.components + k];
    const ComponentRows component(block, k);
    IL_COLUMNS {
      const MixtureComponent c = component[i];
      const float share = upstream[i] * (term[i] * sum_of_terms[i]);
      const float slope = share * c.e * c.s;
      by_logit[i] = share - upstream[i] * (weight[i] * sum[i]);
      by_mean[i] = slope;
      by_scale[i] = share * (c.e * c.e - 1.0f) * c.inside;
      by_z[i] -= slope;
    }
  }
}

// Computes weights and components, and sums both tails over the components.
void find_tails(const Block& block, float* below, float* above) {
  const int64_t n = block.columns;
  Row largest = {};
  Row sum = {};
  find_scales(block, largest, sum);
  IL_COLUMNS {
    sum[i] = 1.0f / sum[i];
    below[i] = above[i] = 0;
  }
  for (int64_t k = 0; k < block.components; k++) {
    const float* mean = block.mean(k);
    const float* scale = block.scale[k];
    float* error = block.error[k];
    float* weight = block.weight[k];
    IL_COLUMNS {
      error[i] = (block.z[i] - mean[i]) * scale[i];
      weight[i] *= sum[i];
    }
  }
  const int64_t all = block.components * n;
  IL_INDEPENDENT for (int64_t i = 0; i < all; i++) {
    const NormalPoint point = normal_point(block.error.data[i]);
    block.density.data[i] = point.density;
    block.below.data[i] = point.below;
    block.above.data[i] = point.above;
  }
  for (int64_t k = 0; k < block.components; k++) {
    IL_COLUMNS {
      below[i] += block.weight[k][i] * block.below[k][i];
      above[i] += block.weight[k][i] * block.above[k][i];
    }
  }
}

// The rows of the normal distribution at the error of a component.
struct PointRows {
  const float *density, *below, *above;

  PointRows(const Block& block, int64_t k)
      : density(block.density[k]),
        below(block.below[k]),
        above(block.above[k]) {}
  IL_INLINE NormalPoint operator[](int64_t i) const {
    return {density[i], below[i], above[i]};
  }
};

void epsilon(const Block& block) {
  const int64_t n = block.columns;
  Row below;
  Row above;
  find_tails(block, below, above);
  float* out = block.output[0];
  IL_COLUMNS { out[i] = mixture_point(below[i], above[i]).epsilon; }
}

void sensitivity(const Block& block) {
  const int64_t n = block.columns;
  Row below;
  Row above;
  find_tails(block, below, above);
  Row inverse;
  float* by_z = block.output[0];
  IL_COLUMNS {
    inverse[i] = mixture_point(below[i], above[i]).inverse_density;
    by_z[i] = 0;
  }
  for (int64_t k = 0; k < block.components; k++) {
    float* by_logit = block.output[1 + k];
    float* by_mean = block.output[1 + block.components + k];
    float* by_scale = block.output[1 + 2 * block.components + k];
    const float* weight = block.weight[k];
    const ComponentRows component(block, k);
    const PointRows normal(block, k);
    IL_COLUMNS {
      const MixturePoint point = {below[i], above[i], 0.0f, inverse[i]};
      const MixtureGradient g =
          mixture_gradient(point, weight[i], component[i], normal[i]);
      const float slope = g.mean * inverse[i];
      by_logit[i] = g.logit * inverse[i];
      by_mean[i] = slope;
      by_scale[i] = g.log_scale * inverse[i];
      by_z[i] -= slope;
    }
  }
}

// The rows of a direction for one component.
struct DirectionRows {
  const float *z, *logit, *mean, *log_scale;

  DirectionRows(const Block& block, int64_t k)
      : z(block.upstream[0]),
        logit(block.upstream[1 + k]),
        mean(block.upstream[1 + block.components + k]),
        log_scale(block.upstream[1 + 2 * block.components + k]) {}
  IL_INLINE MixtureDirection operator[](int64_t i) const {
    return {z[i], logit[i], mean[i], log_scale[i]};
  }
};

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
  float* by_z = block.output[0];
  IL_COLUMNS {
    const MixturePoint point = mixture_point(below[i], above[i]);
    epsilons[i] = point.epsilon;
    inverse[i] = point.inverse_density;
    mean_logit[i] = along[i] = 0;
    by_z[i] = 0;
  }
  for (int64_t k = 0; k < block.components; k++) {
    const float* weights = block.weight[k];
    const ComponentRows component(block, k);
    const PointRows point_rows(block, k);
    const DirectionRows direction(block, k);
    IL_COLUMNS {
      const MixtureComponent c = component[i];
      const MixtureDirection u = direction[i];
      const NormalPoint normal = point_rows[i];
      const MixturePoint point = {below[i], above[i], 0.0f, 0.0f};
      const float weight = weights[i];
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
    const float* weights = block.weight[k];
    const ComponentRows component(block, k);
    const PointRows point_rows(block, k);
    const DirectionRows direction(block, k);
    IL_COLUMNS {
      const MixtureComponent c = component[i];
      const MixtureDirection u = direction[i];
      const NormalPoint normal = point_rows[i];
      const float weight = weights[i];
      const MixturePoint point = {below[i], above[i], epsilons[i], inverse[i]};
      const MixtureGradient g = mixture_gradient(point, weight, c, normal);
      const MixtureGradient h = mixture_gradient_along(
          point, weight, c, normal, u, mean_logit[i], along[i]);
      const float bend = along[i] * inverse[i] * epsilons[i];
      const float slope = (h.mean + g.mean * bend) * inverse[i];
      by_logit[i] = (h.logit + g.logit * bend) * inverse[i];
      by_mean[i] = slope;
      by_scale[i] = (h.log_scale + g.log_scale * bend) * inverse[i];
      by_z[i] -= slope;
    }
  }
}

// Copies rows to scratch. Columns that only fill the last vector repeat the
// first column.
Rows<const float> copied(Rows<float> target, Rows<const float> source,
                         int64_t rows, int64_t columns) {
  for (int64_t row = 0; row < rows; row++) {
    const float* from = source[row];
    float* to = target[row];
    for (int64_t i = 0; i < columns; i++) to[i] = from[i];
    for (int64_t i = columns; i < target.stride; i++) to[i] = from[0];
  }
  return {target.data, target.stride};
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

// Fetches the rows of the next block. They are a row of all columns apart,
// which the hardware does not prefetch if no cache holds them.
void fetch_next(const Block& block, int64_t upstreams) {
  constexpr int64_t kLine = 16;
  const int64_t n = block.columns;
  const auto fetch = [n](const float* row) {
    for (int64_t i = n; i < 2 * n; i += kLine) __builtin_prefetch(row + i);
  };
  fetch(block.z);
  for (int64_t k = 0; k < 3 * block.components; k++) fetch(block.theta[k]);
  for (int64_t k = 0; k < upstreams; k++) fetch(block.upstream[k]);
}

// Writes rows past the caches. They start at vector boundaries.
void stream(Rows<float> target, Rows<float> source, int64_t rows,
            int64_t columns) {
  for (int64_t row = 0; row < rows; row++) {
    for (int64_t i = 0; i < columns; i += kVector) {
      stream_vector(target[row] + i, load_vector(source[row] + i));
    }
  }
}

void compute(const Block& block, MixtureResult result) {
  switch (result) {
    case MixtureResult::kLogDensity:
      log_density(block, false);
      return;
    case MixtureResult::kLogDensityGradient:
      log_density(block, true);
      return;
    case MixtureResult::kEpsilon:
      epsilon(block);
      return;
    case MixtureResult::kSensitivity:
      sensitivity(block);
      return;
    case MixtureResult::kSensitivityGradient:
      sensitivity_gradient(block);
      return;
  }
}

}  // namespace

void mixture(const MixtureLoop& loop, int64_t task, std::byte* scratch) {
  const int64_t k = loop.components;
  const int64_t batch = loop.batch;
  Block block{};
  block.components = k;
  block.limits = {loop.log_scale_min, loop.log_scale_max};
  const int64_t first = task * loop.blocks_per_task;
  const int64_t limit = first + loop.blocks_per_task;
  const int64_t end = limit < loop.blocks ? limit : loop.blocks;
  const int64_t upstreams = upstream_rows(loop);
  const int64_t results = output_rows(loop);
  // Elements that a second-level cache, and that no cache holds.
  constexpr int64_t kMany = 1 << 18;
  constexpr int64_t kStreamed = 1 << 24;
  const int64_t elements =
      loop.blocks * kColumns * (3 * k + upstreams + results);
  const bool streams = elements > kStreamed && batch % kLanes == 0 &&
                       reinterpret_cast<uintptr_t>(loop.out) % 64 == 0;
  for (int64_t index = first; index < end; index++) {
    const int64_t group = index / loop.blocks_per_group;
    const int64_t column = index % loop.blocks_per_group * kColumns;
    const int64_t rest = batch - column;
    const int64_t columns = rest < kColumns ? rest : kColumns;
    const int64_t padded = (columns + kLanes - 1) / kLanes * kLanes;
    const int64_t at = group * batch + column;
    block.columns = padded;
    auto* free = reinterpret_cast<float*>(scratch);
    const auto take = [&](int64_t rows) {
      float* const start = free;
      free += rows * padded;
      return Rows<float>{start, padded};
    };
    block.weight = take(k);
    block.scale = take(k);
    block.error = take(k);
    block.term = take(k);
    block.density = take(k);
    block.below = take(k);
    block.above = take(k);
    block.z = loop.z + at;
    block.theta = {loop.theta + group * 3 * k * batch + column, batch};
    block.upstream = {nullptr, batch};
    if (upstreams > 0) {
      block.upstream.data = loop.upstream + group * upstreams * batch + column;
    }
    const Rows<float> out = {loop.out + group * results * batch + column,
                             batch};
    block.output = out;
    block.value = loop.value == nullptr ? nullptr : loop.value + at;
    if (padded == columns) {
      if (elements > kMany) fetch_next(block, upstreams);
      if (streams) block.output = take(results);
      compute(block, loop.result);
      if (streams) stream(out, block.output, results, columns);
      continue;
    }
    block.z = copied(take(1), {block.z, batch}, 1, columns)[0];
    block.theta = copied(take(3 * k), block.theta, 3 * k, columns);
    block.upstream =
        copied(take(upstreams), block.upstream, upstreams, columns);
    block.output = take(results);
    if (loop.value != nullptr) block.value = take(1).data;
    compute(block, loop.result);
    for (int64_t row = 0; row < results; row++) {
      for (int64_t i = 0; i < columns; i++) out[row][i] = block.output[row][i];
    }
    for (int64_t i = 0; loop.value != nullptr && i < columns; i++) {
      loop.value[at + i] = block.value[i];
    }
  }
  if (streams) finish_streaming();
}

}  // namespace interlatent::IL_ISA
