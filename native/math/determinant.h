// Determinants of up to 3 x 3 by cofactors, with about one rounding per
// product; larger ones as products of pivots.
#pragma once

#include "math/functions.h"

namespace interlatent {

// Returns a b - c d without cancellation of the rounding errors of the products
// (Kahan; Jeannerod, Louvet & Muller 2013).
IL_HD float difference_of_products(float a, float b, float c, float d) {
  const float product = c * d;
  const float error = fused(-c, d, product);
  return fused(a, b, -product) + error;
}

// Computes the cofactors of the d x d matrix a, row-major, and returns det a.
IL_HD float cofactors(const float (&a)[1], float (&cofactor)[1]) {
  cofactor[0] = 1.0f;
  return a[0];
}

IL_HD float cofactors(const float (&a)[4], float (&cofactor)[4]) {
  cofactor[0] = a[3];
  cofactor[1] = -a[2];
  cofactor[2] = -a[1];
  cofactor[3] = a[0];
  return difference_of_products(a[0], a[3], a[1], a[2]);
}

IL_HD float cofactors(const float (&a)[9], float (&cofactor)[9]) {
  cofactor[0] = difference_of_products(a[4], a[8], a[5], a[7]);
  cofactor[1] = difference_of_products(a[5], a[6], a[3], a[8]);
  cofactor[2] = difference_of_products(a[3], a[7], a[4], a[6]);
  cofactor[3] = difference_of_products(a[2], a[7], a[1], a[8]);
  cofactor[4] = difference_of_products(a[0], a[8], a[2], a[6]);
  cofactor[5] = difference_of_products(a[1], a[6], a[0], a[7]);
  cofactor[6] = difference_of_products(a[1], a[5], a[2], a[4]);
  cofactor[7] = difference_of_products(a[2], a[3], a[0], a[5]);
  cofactor[8] = difference_of_products(a[0], a[4], a[1], a[3]);
  return fused(a[0], cofactor[0], fused(a[1], cofactor[1], a[2] * cofactor[2]));
}

// Returns the logarithm of the floored |det|. Below the floor f, the logarithm
// continues as its tangent, log f - 1 + |det| / f.
IL_HD float floored_log(float log_det, float log_floor) {
  const float tangent = log_floor - 1.0f + exponential(log_det - log_floor);
  return log_det >= log_floor ? log_det : tangent;
}

// Returns the factor between the slope of log|det| and that of floored_log.
IL_HD float floored_log_slope(float log_det, float log_floor) {
  const float ratio = exponential(log_det - log_floor);
  return log_det >= log_floor ? 1.0f : ratio;
}

// Smaller pivots are replaced by this value, so that singular matrices have a
// finite inverse.
constexpr float kMinPivot = 1e-18f;

// A product of pivots: mantissas times a power of two. 64 mantissas below 2
// cannot overflow, and one logarithm suffices.
struct PivotProduct {
  float mantissa;
  int32_t exponent;
  bool singular;  // a pivot was too small
  bool negative;
};

// Multiplies the product by the pivot, and returns the pivot, moved away from
// 0. `swapped`: rows were exchanged for it.
IL_HD float take_pivot(PivotProduct* product, float pivot, bool swapped) {
  const bool small = fabsf(pivot) < kMinPivot;
  const float safe = small ? copysignf(kMinPivot, pivot) : pivot;
  const int32_t bits = bits_of(safe);
  product->singular = product->singular || small;
  product->negative = product->negative != ((bits < 0) != swapped);
  product->exponent += ((bits >> 23) & 0xff) - 127;
  // The bits of infinite and NaN pivots do not represent their value, so they
  // must give NaN.
  product->mantissa *= float_of((bits & 0x7fffff) | 0x3f800000) + (safe - safe);
  return safe;
}

IL_HD float log_of_product(const PivotProduct& product) {
  const float power = (float)product.exponent;
  return fused(power, IL_LN2,
               fused(power, IL_LN2_REST, logarithm(product.mantissa)));
}

IL_HD float sign_of_product(const PivotProduct& product) {
  const float sign = product.negative ? -1.0f : 1.0f;
  return (product.singular ? 0.0f : sign) +
         (product.mantissa - product.mantissa);
}

// Returns the slope, or 0 if single precision cannot represent it, unless the
// matrix itself is not finite.
IL_HD float bounded_slope(float slope, float log_det) {
  return fabsf(slope) <= 3.40282347e38f || log_det != log_det ? slope : 0.0f;
}

}  // namespace interlatent
