// The standard normal distribution in float32, without branches. The tails use
// the ratio of Mills in the variable (x - 4)/(x + 4), after Shepherd &
// Laframboise (1981). The quantile is a rational minimax fit in two pieces.
// fit_coefficients.py fits the coefficients.
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

IL_HD float normal_density(float x) { return 0.398942280f * gaussian_bell(x); }

// Returns Phi(-a) / exp(-a^2 / 2) for a >= 0.
IL_HD float mills_ratio(float a) {
  const float x = a > 15.0f ? 15.0f : a;
  const float u = (x - 4.0f) / (x + 4.0f);
  float p = fused(-8.40585853e-05f, u, 0.000119177734f);
  p = fused(p, u, 0.00166523701f);
  p = fused(p, u, -0.00136088638f);
  p = fused(p, u, -0.0106154671f);
  p = fused(p, u, 0.0443898998f);
  p = fused(p, u, -0.0952332467f);
  p = fused(p, u, 0.12890707f);
  p = fused(p, u, -0.0963822529f);
  p = fused(p, u, -0.0230092332f);
  p = fused(p, u, 0.849695802f);
  return p / fused(2.0f, x, 1.0f);
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
  point.density = 0.398942280f * bell;
  point.below = x > 0.0f ? body : tail;
  point.above = x > 0.0f ? tail : body;
  return point;
}

IL_HD float normal_cdf(float x) { return normal_point(x).below; }

IL_HD float error_function(float x) {
  const float a = fabsf(x);
  const float s = x * x;
  float p = fused(-2.40247955e-05f, s, -0.000488855992f);
  p = fused(p, s, 0.00483095506f);
  p = fused(p, s, -0.0266644638f);
  p = fused(p, s, 0.112790242f);
  p = fused(p, s, -0.376122206f);
  p = fused(p, s, 1.12837911f);
  const float z = 1.41421356f * a;
  const float large = 1.0f - 2.0f * gaussian_bell(z) * mills_ratio(z);
  return a < 1.0f ? p * x : copysignf(large, x);
}

// Returns -quantile(q) for 0 < q < 1/8.
IL_HD float normal_tail_quantile(float q) {
  const float r = sqrtf(-2.0f * logarithm(q));
  float n = fused(0.184203789f, r, 2.11209226f);
  n = fused(n, r, 2.82710218f);
  n = fused(n, r, -4.05016994f);
  n = fused(n, r, -2.9512918f);
  float d = fused(0.184157223f, r, 2.11751008f);
  d = fused(d, r, 3.65246201f);
  d = fused(d, r, 1.0f);
  return n / d;
}

// Returns the quantile of d + 1/2 for |d| <= 3/8.
IL_HD float normal_central_quantile(float d) {
  const float s = d * d;
  float n = fused(-6.03221846f, s, 22.8748169f);
  n = fused(n, s, -14.8606319f);
  n = fused(n, s, 2.50662827f);
  float q = fused(-7.38427353f, s, 14.1276999f);
  q = fused(q, s, -6.9757309f);
  q = fused(q, s, 1.0f);
  return d * n / q;
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
