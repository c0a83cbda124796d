// The coefficients of native/math, highest power first, and constants with more
// than six digits. fit_coefficients.py fits the polynomials.
// scripts/build-coefficients.mjs writes the same numbers to
// src/webgpu/coefficients.ts.
#pragma once

// exp(r) = 1 + r + r^2 (...), x = n ln 2 + r
#define IL_EXPONENTIAL \
  0.00138210552f, 0.00836867467f, 0.0416682623f, 0.166665211f, 0.49999994f
#define IL_LOG2_E 1.44269504f
#define IL_LN2_OF_EXPONENTIAL 0.693145752f
#define IL_LN2_REST_OF_EXPONENTIAL 1.42860677e-6f

// log(1 + f) = f - f^2/2 + f^3 (...)
#define IL_LOGARITHM                                                       \
  -0.076363951f, 0.127621979f, -0.131596133f, 0.142015815f, -0.166234091f, \
      0.200012416f, -0.250008196f, 0.333333313f
#define IL_LN2 0.693359375f
#define IL_LN2_REST -2.12194440e-4f

// erf(x) = x (...x^2)
#define IL_ERROR_FUNCTION                                             \
  -2.40247955e-05f, -0.000488855992f, 0.00483095506f, -0.0266644638f, \
      0.112790242f, -0.376122206f, 1.12837911f
#define IL_SQRT_2 1.41421356f

// (1 + 2x) Phi(-x) exp(x^2/2), in u = (x - 4)/(x + 4)
#define IL_MILLS_RATIO                                                \
  -8.40585853e-05f, 0.000119177734f, 0.00166523701f, -0.00136088638f, \
      -0.0106154671f, 0.0443898998f, -0.0952332467f, 0.12890707f,     \
      -0.0963822529f, -0.0230092332f, 0.849695802f
#define IL_INVERSE_SQRT_2_PI 0.398942280f
#define IL_SQRT_2_PI 2.50662827f
#define IL_HALF_LOG_2_PI 0.918938533f

// -quantile(q) = P(r)/Q(r), r = sqrt(-2 log q)
#define IL_TAIL_NUMERATOR \
  0.184203789f, 2.11209226f, 2.82710218f, -4.05016994f, -2.9512918f
#define IL_TAIL_DENOMINATOR 0.184157223f, 2.11751008f, 3.65246201f, 1.0f

// quantile(d + 1/2) = d P(d^2)/Q(d^2)
#define IL_CENTRE_NUMERATOR -6.03221846f, 22.8748169f, -14.8606319f, 2.50662827f
#define IL_CENTRE_DENOMINATOR -7.38427353f, 14.1276999f, -6.9757309f, 1.0f
