// exp, log, tanh, erf and related functions in float32, without branches or
// calls, so that loops over them vectorise. NaN gives NaN; infinities give the
// limits. tests/instructions_test.cc measures the errors over all test ranges
// and states the bound of each function.
#pragma once

#include "math/coefficients.h"
#include "math/host_device.h"

namespace interlatent {

// Returns the value of a polynomial by Horner's method. Its coefficients follow
// x, highest power first.
IL_HD float polynomial(float, float p) { return p; }
template <class... Rest>
IL_HD float polynomial(float x, float p, float next, Rest... rest) {
  return polynomial(x, fused(p, x, next), rest...);
}

// exp(x) = (1 + rest) * first * second. The last two are powers of two, so that
// results near overflow and subnormal results are correct.
struct ReducedExponential {
  float rest, first, second;
};

IL_HD ReducedExponential reduced_exponential(float x) {
  float clipped = x > 89.0f ? 89.0f : x;
  clipped = clipped < -104.0f ? -104.0f : clipped;
  // Adding 1.5 * 2^23 rounds to an integer and leaves it in the low bits. No
  // float is converted to an integer, which NaN would make undefined. 254 is
  // twice the bias of an exponent.
  const float shifted = fused(clipped, IL_LOG2_E, 12582912.0f + 254.0f);
  const float whole = shifted - (12582912.0f + 254.0f);
  float r = fused(whole, -IL_LN2_OF_EXPONENTIAL, clipped);
  r = fused(whole, -IL_LN2_REST_OF_EXPONENTIAL, r);
  ReducedExponential e;
  e.rest = fused(polynomial(r, IL_EXPONENTIAL), r * r, r);
  // The bits of 1.5 * 2^23 leave the word when an exponent moves to its place.
  const uint32_t n = (uint32_t)bits_of(shifted);
  const uint32_t half = n >> 1;
  e.first = float_of((int32_t)(half << 23));
  e.second = float_of((int32_t)((n - half) << 23));
  return e;
}

IL_HD float exponential(float x) {
  const ReducedExponential e = reduced_exponential(x);
  return fused(e.rest, e.first, e.first) * e.second;
}

// Returns exp(x) - 1. Where the power could overflow, subtracting 1 makes no
// difference.
IL_HD float exponential_minus_one(float x) {
  const ReducedExponential e = reduced_exponential(x);
  const float power = e.first * e.second;
  const float result = fused(power, e.rest, power - 1.0f);
  return x > 80.0f ? fused(e.rest, e.first, e.first) * e.second : result;
}

IL_HD float logarithm(float x) {
  const bool tiny = x < 1.17549435e-38f;
  const float scaled = tiny ? x * 8388608.0f : x;
  const float bias = tiny ? -23.0f : 0.0f;
  const int32_t bits = bits_of(scaled);
  // The exponent is relative to sqrt(1/2), so that the mantissa lies in
  // [sqrt(1/2), sqrt(2)).
  const int32_t e = (int32_t)((uint32_t)bits - 0x3f3504f3u) >> 23;
  const float m = float_of((int32_t)((uint32_t)bits - ((uint32_t)e << 23)));
  const float f = m - 1.0f;
  const float p = polynomial(f, IL_LOGARITHM);
  const float exponent = (float)e + bias;
  const float square = f * f;
  float low = fused(p, f * square, exponent * IL_LN2_REST);
  low = fused(-0.5f, square, low);
  float result = fused(exponent, IL_LN2, low + f);
  result = x == 0.0f ? -__builtin_inff() : result;
  result = x < 0.0f ? __builtin_nanf("") : result;
  // The logarithm of +infinity and NaN is the argument itself.
  return x <= 3.40282347e38f ? result : x;
}

// Returns log(1 + x). The factor x / (u - 1) compensates the rounding of u = 1
// + x.
IL_HD float logarithm_of_one_plus(float x) {
  const float u = 1.0f + x;
  const float d = u - 1.0f;
  const float scaled = logarithm(u) * (x / (d == 0.0f ? 1.0f : d));
  const float result = d == 0.0f ? x : scaled;
  return u <= 3.40282347e38f && u > 0.0f ? result : logarithm(u);
}

IL_HD float sigmoid(float x) {
  const float t = exponential(-fabsf(x));
  const float upper = 1.0f / (1.0f + t);
  return x < 0.0f ? t * upper : upper;
}

// With t = exp(2 |x|) - 1, |tanh x| = t / (t + 2). From |x| = 9.02 on, the
// result is 1, so that the power of two is one factor, and one product suffices
// for the remainder of the division by log 2.
IL_HD float hyperbolic_tangent(float x) {
  const float a = fabsf(x);
  const float clipped = a > 10.0f ? 10.0f : a;
  const float shifted = fused(clipped, 2.0f * IL_LOG2_E, 12582912.0f + 127.0f);
  const float whole = shifted - (12582912.0f + 127.0f);
  const float ln2 = IL_LN2_OF_EXPONENTIAL + IL_LN2_REST_OF_EXPONENTIAL;
  const float r = fused(whole, -ln2, 2.0f * clipped);
  const float rest = fused(polynomial(r, IL_EXPONENTIAL), r * r, r);
  const float power = float_of((int32_t)((uint32_t)bits_of(shifted) << 23));
  const float t = fused(power, rest, power - 1.0f);
  const float ratio = t / (t + 2.0f);
  // The same ratio, without the error of the division if it is small.
  const float half = 0.5f * t;
  return copysignf(a < 0.3f ? fused(-half, ratio, half) : ratio, x);
}

// Returns log(1 + exp(x)), without overflow.
IL_HD float softplus(float x) {
  const float positive = x < 0.0f ? 0.0f : x;
  return positive + logarithm_of_one_plus(exponential(-fabsf(x)));
}

}  // namespace interlatent
