// Scalar formulas of the conditional Gaussian-mixture flow: epsilon =
// quantile(F(z)), F = sum of w Phi(e), w = softmax(a), s = exp(-clamp(l)), e =
// (z - m) s. The derivatives are those of docs/explanation/kernels.md. Callers
// loop over components.
#pragma once

#include "math/normal.h"

namespace interlatent {

struct MixtureLimits {
  float low, high;  // bounds of the log scale
};

// One component, evaluated at z.
struct MixtureComponent {
  float log_scale;  // clamped
  float s, e;
  float inside;  // 1 where the clamp is not active, else 0
};

// Returns 1 where the clamp of the log scale is not active, else 0.
IL_HD float mixture_inside(float log_scale, const MixtureLimits& limits) {
  return limits.low < log_scale && log_scale < limits.high ? 1.0f : 0.0f;
}

IL_HD float mixture_clamped(float log_scale, const MixtureLimits& limits) {
  const float raised = log_scale < limits.low ? limits.low : log_scale;
  return raised > limits.high ? limits.high : raised;
}

IL_HD MixtureComponent mixture_component(float z, float mean, float log_scale,
                                         const MixtureLimits& limits) {
  MixtureComponent c;
  c.log_scale = mixture_clamped(log_scale, limits);
  c.s = exponential(-c.log_scale);
  c.e = (z - mean) * c.s;
  c.inside = mixture_inside(log_scale, limits);
  return c;
}

// Returns log(w phi(e) s), without the denominator of the softmax and the
// constant.
IL_HD float mixture_log_term(float logit, const MixtureComponent& c) {
  return logit - 0.5f * c.e * c.e - c.log_scale;
}

constexpr float kHalfLogTwoPi = IL_HALF_LOG_2_PI;
// Minimum distance of the CDF from 0 and 1.
constexpr float kMinMixtureTail = 1e-6f;

// The distribution at z, computed from the weighted sums of both tails.
struct MixturePoint {
  float below, above;
  float epsilon;
  float inverse_density;  // 1 / phi(epsilon); 0 where the clamp is active
};

IL_HD MixturePoint mixture_point(float below, float above) {
  MixturePoint p;
  p.below = below;
  p.above = above;
  const float low = below < kMinMixtureTail ? kMinMixtureTail : below;
  const float high = above < kMinMixtureTail ? kMinMixtureTail : above;
  p.epsilon = normal_quantile_of_tails(low, high);
  const bool clamped = below < kMinMixtureTail || above < kMinMixtureTail;
  const float inverse =
      IL_SQRT_2_PI * exponential(0.5f * p.epsilon * p.epsilon);
  p.inverse_density = clamped ? 0.0f : inverse;
  return p;
}

// Returns Phi(e) - F, computed from the smaller tail.
IL_HD float mixture_excess(const MixturePoint& p, float below, float above) {
  return p.below < p.above ? below - p.below : p.above - above;
}

// The gradient of F with respect to the parameters of one component. The
// derivative with respect to z is the sum of -mean over the components.
struct MixtureGradient {
  float logit, mean, log_scale;
};

IL_HD MixtureGradient mixture_gradient(const MixturePoint& p, float weight,
                                       const MixtureComponent& c,
                                       const NormalPoint& n) {
  MixtureGradient g;
  const float mass = weight * n.density;
  g.logit = weight * mixture_excess(p, n.below, n.above);
  g.mean = -mass * c.s;
  g.log_scale = -mass * c.e * c.inside;
  return g;
}

// A direction in (z, a, m, l) for one component.
struct MixtureDirection {
  float z, logit, mean, log_scale;
};

// Returns the derivative of e along a direction.
IL_HD float mixture_error_along(const MixtureComponent& c,
                                const MixtureDirection& u) {
  return c.s * (u.z - u.mean) - c.e * c.inside * u.log_scale;
}

// Returns the derivative of mixture_gradient along a direction. `mean_logit` is
// the weighted mean of the logits of the direction, and `along` the derivative
// of F along it.
IL_HD MixtureGradient mixture_gradient_along(const MixturePoint& p,
                                             float weight,
                                             const MixtureComponent& c,
                                             const NormalPoint& n,
                                             const MixtureDirection& u,
                                             float mean_logit, float along) {
  const float weight_along = weight * (u.logit - mean_logit);
  const float error_along = mixture_error_along(c, u);
  const float mass_along =
      n.density * (weight_along - weight * c.e * error_along);
  const float mass = weight * n.density;
  MixtureGradient g;
  g.logit = weight_along * mixture_excess(p, n.below, n.above) +
            weight * (n.density * error_along - along);
  g.mean = -(mass_along - mass * c.inside * u.log_scale) * c.s;
  g.log_scale = -(mass_along * c.e + mass * error_along) * c.inside;
  return g;
}

}  // namespace interlatent
