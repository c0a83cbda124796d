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

// The softmax of `term(k)` over the components.
struct MixtureSoftmax {
  float largest, share, log_sum;

  template <class Term>
  __device__ static MixtureSoftmax of(int64_t components, const Term& term) {
    MixtureSoftmax softmax;
    softmax.largest = term(0);
    for (int64_t k = 1; k < components; k++) {
      const float x = term(k);
      const float y = softmax.largest;
      softmax.largest = x > y || x != x ? x : y;
    }
    float sum = 0;
    for (int64_t k = 0; k < components; k++) {
      sum += exponential(term(k) - softmax.largest);
    }
    softmax.share = 1.0f / sum;
    softmax.log_sum = softmax.largest + logarithm(sum);
    return softmax;
  }

  __device__ float weight(float term) const {
    return exponential(term - largest) * share;
  }
};

__device__ inline MixtureSoftmax mixture_weights(const MixtureColumn& column) {
  return MixtureSoftmax::of(column.components,
                            [&](int64_t k) { return column.logit(k); });
}

__device__ inline void mixture_log_density(const MixtureColumn& column,
                                           bool gradient) {
  const auto term = [&](int64_t k) {
    return mixture_log_term(column.logit(k), column.component(k));
  };
  const MixtureSoftmax weights = mixture_weights(column);
  const MixtureSoftmax terms = MixtureSoftmax::of(column.components, term);
  if (!gradient) {
    *column.out = terms.log_sum - weights.log_sum - kHalfLogTwoPi;
    return;
  }
  const float upstream = *column.upstream;
  float by_z = 0;
  for (int64_t k = 0; k < column.components; k++) {
    const MixtureComponent c = column.component(k);
    const float share = upstream * terms.weight(term(k));
    const float by_mean = share * c.e * c.s;
    column.store(k, share - upstream * weights.weight(column.logit(k)), by_mean,
                 share * (c.e * c.e - 1.0f) * c.inside);
    by_z -= by_mean;
  }
  *column.out = by_z;
}

}  // namespace interlatent::cuda
