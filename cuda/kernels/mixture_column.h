// One column of a Gaussian mixture. A thread loops over the components and
// recomputes their terms in every pass instead of storing them.
#pragma once

#include "cuda/runtime.h"
#include "math/mixture.h"

namespace interlatent::cuda {

// Rows are `pitch` elements apart. The rows of the result may be those of
// theta.
struct MixtureColumn {
  const float* z_row;
  const float* theta;
  const float* upstream;
  float* out;   // the value, or the derivative by z
  float* rows;  // the derivatives by theta
  int64_t components, pitch;
  MixtureLimits limits;

  __device__ float z() const { return *z_row; }
  __device__ float logit(int64_t k) const { return theta[k * pitch]; }
  __device__ MixtureComponent component(int64_t k) const {
    return mixture_component(z(), theta[(components + k) * pitch],
                             theta[(2 * components + k) * pitch], limits);
  }
  __device__ MixtureDirection direction(int64_t k) const {
    return {upstream[0], upstream[(1 + k) * pitch],
            upstream[(1 + components + k) * pitch],
            upstream[(1 + 2 * components + k) * pitch]};
  }
  __device__ void store(int64_t k, float logit, float mean,
                        float log_scale) const {
    rows[k * pitch] = logit;
    rows[(components + k) * pitch] = mean;
    rows[(2 * components + k) * pitch] = log_scale;
  }
};

// Combines the values of `kLanes` neighbouring lanes, in the same order in
// each.
template <int kLanes, class Combine>
__device__ inline float over_lanes(float value, const Combine& combine) {
#pragma unroll
  for (unsigned mask = 1; mask < kLanes; mask *= 2) {
    value = combine(value, __shfl_xor_sync(0xffffffffu, value, mask));
  }
  return value;
}

// The softmax of `term(k)` over the components. With several lanes, each takes
// every kLanes-th component, beginning with its number.
struct MixtureSoftmax {
  float largest, share, log_sum;

  template <int kLanes = 1, class Term>
  __device__ static MixtureSoftmax of(int64_t components, const Term& term,
                                      int lane = 0) {
    const auto larger = [](float y, float x) {
      return x > y || x != x ? x : y;
    };
    MixtureSoftmax softmax;
    softmax.largest = lane < components ? term(lane) : -INFINITY;
    for (int64_t k = lane + kLanes; k < components; k += kLanes) {
      softmax.largest = larger(softmax.largest, term(k));
    }
    softmax.largest = over_lanes<kLanes>(softmax.largest, larger);
    float sum = 0;
    for (int64_t k = lane; k < components; k += kLanes) {
      sum += exponential(term(k) - softmax.largest);
    }
    sum = over_lanes<kLanes>(sum, [](float a, float b) { return a + b; });
    softmax.share = 1.0f / sum;
    softmax.log_sum = softmax.largest + logarithm(sum);
    return softmax;
  }

  __device__ float weight(float term) const {
    return exponential(term - largest) * share;
  }
};

template <int kLanes = 1>
__device__ MixtureSoftmax mixture_weights(const MixtureColumn& column,
                                          int lane = 0) {
  return MixtureSoftmax::of<kLanes>(
      column.components, [&](int64_t k) { return column.logit(k); }, lane);
}

// Computes the log density, and if requested its derivatives times upstream:
// `by_z`, and those by theta, which it stores. Only lane 0 has `by_z`.
template <int kLanes = 1>
__device__ void mixture_log_density(const MixtureColumn& column, int lane,
                                    bool gradient, float scale, float& value,
                                    float& by_z) {
  const auto term = [&](int64_t k) {
    return mixture_log_term(column.logit(k), column.component(k));
  };
  const MixtureSoftmax weights = mixture_weights<kLanes>(column, lane);
  const MixtureSoftmax terms =
      MixtureSoftmax::of<kLanes>(column.components, term, lane);
  value = terms.log_sum - weights.log_sum - kHalfLogTwoPi;
  by_z = 0;
  if (!gradient) return;
  const float upstream = scale * *column.upstream;
  for (int64_t k = lane; k < column.components; k += kLanes) {
    const MixtureComponent c = column.component(k);
    const float share = upstream * terms.weight(term(k));
    const float by_mean = share * c.e * c.s;
    column.store(k, share - upstream * weights.weight(column.logit(k)), by_mean,
                 share * (c.e * c.e - 1.0f) * c.inside);
    by_z -= by_mean;
  }
  by_z = over_lanes<kLanes>(by_z, [](float a, float b) { return a + b; });
}

}  // namespace interlatent::cuda
