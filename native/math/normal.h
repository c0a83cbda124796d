// The standard normal distribution in float32, without branches. The tails use
// the ratio of Mills in the variable (x - 4)/(x + 4), after Shepherd &
// Laframboise (1981). The quantile is a rational minimax fit in two pieces.
#pragma once

#include "math/functions.h"

namespace interlatent {

// Returns exp(-x^2 / 2). It compensates the rounding error of x^2; otherwise
// the relative error would grow to 1e-5 in the tails.
IL_HD float gaussian_bell(float x) {
  const float square = x * x;
  // The correction must not become NaN if the square overflows.
  const float error = square < 400.0f ? fused(x, x, -square) : 0.0f;
  const float bell = exponential(-0.5f * square);
  return fused(bell, -0.5f * error, bell);
}

IL_HD float normal_density(float x) {
  return IL_INVERSE_SQRT_2_PI * gaussian_bell(x);
}

// Returns Phi(-a) / exp(-a^2 / 2) for a >= 0.
IL_HD float mills_ratio(float a) {
  const float x = a > 15.0f ? 15.0f : a;
  const float u = (x - 4.0f) / (x + 4.0f);
  return polynomial(u, IL_MILLS_RATIO) / fused(2.0f, x, 1.0f);
}

// Both tails, each with full relative precision, and the density.
struct NormalPoint {
  float density;
  float below;
  float above;
};

IL_HD NormalPoint normal_point(float x) {
  const float bell = gaussian_bell(x);
  const float tail = bell * mills_ratio(fabsf(x));
  const float body = 1.0f - tail;
  NormalPoint point;
  point.density = IL_INVERSE_SQRT_2_PI * bell;
  point.below = x > 0.0f ? body : tail;
  point.above = x > 0.0f ? tail : body;
  return point;
}

IL_HD float normal_cdf(float x) { return normal_point(x).below; }

IL_HD float error_function(float x) {
  const float a = fabsf(x);
  const float s = x * x;
  const float z = IL_SQRT_2 * a;
  const float large = 1.0f - 2.0f * gaussian_bell(z) * mills_ratio(z);
  return a < 1.0f ? polynomial(s, IL_ERROR_FUNCTION) * x : copysignf(large, x);
}

// Returns -quantile(q) for 0 < q < 1/8.
IL_HD float normal_tail_quantile(float q) {
  const float r = sqrtf(-2.0f * logarithm(q));
  return polynomial(r, IL_TAIL_NUMERATOR) / polynomial(r, IL_TAIL_DENOMINATOR);
}

// Returns the quantile of d + 1/2 for |d| <= 3/8.
IL_HD float normal_central_quantile(float d) {
  const float s = d * d;
  return d * polynomial(s, IL_CENTRE_NUMERATOR) /
         polynomial(s, IL_CENTRE_DENOMINATOR);
}

// Returns the quantile of the distribution whose two tails are `below` and
// `above` (with sum 1). It uses the smaller tail, so both ends are precise.
IL_HD float normal_quantile_of_tails(float below, float above) {
  const float q = below < above ? below : above;
  const float tail = normal_tail_quantile(q);
  const float outer = below < above ? -tail : tail;
  // Use the smaller tail here too: near 1/2 the difference is exact.
  const float inner = below < above ? q - 0.5f : 0.5f - q;
  return q > 0.125f ? normal_central_quantile(inner) : outer;
}

// Returns the quantile: NaN outside [0, 1], minus and plus infinity at the
// ends.
IL_HD float normal_quantile(float p) {
  float result = normal_quantile_of_tails(p, 1.0f - p);
  result = p == 0.0f ? -__builtin_inff() : result;
  result = p == 1.0f ? __builtin_inff() : result;
  result = p < 0.0f || p > 1.0f ? __builtin_nanf("") : result;
  return p == p ? result : p;
}

}  // namespace interlatent
