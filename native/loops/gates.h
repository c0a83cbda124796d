// Shared code of the steps of recurrences: gates of vectors of subjects, with
// an absolute error of 1e-7 as in math/gates.h, and loops over the subjects.
#pragma once

#include "loops/table.h"
#include "loops/vector.h"
#include "math/coefficients.h"

namespace interlatent::IL_ISA {
namespace {

#define IL_INLINE inline __attribute__((always_inline))
// Follows the parameters of a lambda that must be inlined.
#define IL_ALWAYS __attribute__((always_inline))

typedef int32_t Integers
    __attribute__((vector_size(kVector * sizeof(int32_t))));

// Returns exp(x) for x from -86 to 86, accurate to one unit in the last place.
IL_INLINE Vector power(Vector x) {
  const Vector shifted = multiply_add(IL_LOG2_E, x, Vector{} + 12582912.0f);
  const Vector whole = shifted - 12582912.0f;
  Vector r = multiply_add(-IL_LN2_OF_EXPONENTIAL, whole, x);
  r = multiply_add(-IL_LN2_REST_OF_EXPONENTIAL, whole, r);
  const float terms[] = {IL_EXPONENTIAL};
  Vector p = Vector{} + terms[0];
  for (int i = 1; i < 5; i++) p = multiply_add(p, r, Vector{} + terms[i]);
  p = multiply_add(p, r * r, r) + 1.0f;
#if defined(__AVX512F__)
  return _mm512_scalef_ps(p, whole);
#else
  return p * (Vector)(((Integers)shifted + (127 - 0x4b400000)) << 23);
#endif
}

// Limits x to -86 and 86. NaN stays.
IL_INLINE Vector limited(Vector x) {
#if defined(__AVX512F__)
  return _mm512_min_ps(_mm512_set1_ps(86),
                       _mm512_max_ps(_mm512_set1_ps(-86), x));
#elif defined(__AVX__)
  return _mm256_min_ps(_mm256_set1_ps(86),
                       _mm256_max_ps(_mm256_set1_ps(-86), x));
#else
  const Vector below = x > 86.0f ? Vector{} + 86.0f : x;
  return below < -86.0f ? Vector{} - 86.0f : below;
#endif
}

IL_INLINE Vector gate(Vector x) { return 1.0f / (1.0f + power(limited(-x))); }

// Returns tanh(x). The power is at most 1, because a larger one would lose
// digits of small results.
IL_INLINE Vector squashed(Vector x) {
  const Integers sign = (Integers)x & (int32_t)0x80000000;
  const Vector t = power(limited(-2.0f * (Vector)((Integers)x ^ sign)));
  return (Vector)((Integers)((1.0f - t) / (1.0f + t)) | sign);
}

struct WholeVector {
  IL_INLINE Vector load(const float* p) const { return load_vector(p); }
  IL_INLINE void store(float* p, Vector v) const { store_vector(p, v); }
};
struct PartOfVector {
  int64_t count;
  IL_INLINE Vector load(const float* p) const { return load_lanes(p, count); }
  IL_INLINE void store(float* p, Vector v) const { store_lanes(p, v, count); }
};

// Calls `step` with the first of every vector of subjects, and with what loads
// and stores it.
template <class Step>
IL_INLINE void for_columns(int64_t columns, Step step) {
  int64_t j = 0;
  for (; j + kVector <= columns; j += kVector) step(j, WholeVector{});
  if (j < columns) step(j, PartOfVector{columns - j});
}

// Rows of tensors are pages apart, so the hardware does not prefetch them.
inline void fetch(const float* row, int64_t columns) {
  for (int64_t j = 0; j < columns; j += 16) __builtin_prefetch(row + j);
}
constexpr int64_t kAhead = 4;

}  // namespace
}  // namespace interlatent::IL_ISA
