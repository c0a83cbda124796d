// Functions of math/functions.h for whole vectors, with the same bits.
// Compilers turn the limits of the scalar functions into comparisons and
// selections, which take longer than the instructions for them.
#pragma once

#include "loops/vector.h"
#include "math/functions.h"

namespace interlatent::IL_ISA {

#if defined(__AVX512F__) || (defined(__AVX2__) && defined(__FMA__))

// Both return x if it is NaN.
static inline __attribute__((always_inline)) Vector at_most(float limit,
                                                            Vector x) {
#if defined(__AVX512F__)
  return _mm512_min_ps(_mm512_set1_ps(limit), x);
#else
  return _mm256_min_ps(_mm256_set1_ps(limit), x);
#endif
}

static inline __attribute__((always_inline)) Vector at_least(float limit,
                                                             Vector x) {
#if defined(__AVX512F__)
  return _mm512_max_ps(_mm512_set1_ps(limit), x);
#else
  return _mm256_max_ps(_mm256_set1_ps(limit), x);
#endif
}

static inline __attribute__((always_inline)) Vector
vector_polynomial(Vector, Vector p) {
  return p;
}
template <class... Rest>
static inline __attribute__((always_inline)) Vector
vector_polynomial(Vector x, Vector p, float next, Rest... rest) {
  return vector_polynomial(x, multiply_add(p, x, Vector{} + next), rest...);
}
template <class... Rest>
static inline __attribute__((always_inline)) Vector
vector_polynomial(Vector x, float first, Rest... rest) {
  return vector_polynomial(x, Vector{} + first, rest...);
}

static inline __attribute__((always_inline)) Vector
vector_exponential(Vector x) {
  const Vector clipped = at_least(-104.0f, at_most(89.0f, x));
  const Vector shifted =
      multiply_add(IL_LOG2_E, clipped, Vector{} + (12582912.0f + 254.0f));
  const Vector whole = shifted - (12582912.0f + 254.0f);
  Vector r = multiply_add(-IL_LN2_OF_EXPONENTIAL, whole, clipped);
  r = multiply_add(-IL_LN2_REST_OF_EXPONENTIAL, whole, r);
  const Vector rest =
      multiply_add(vector_polynomial(r, IL_EXPONENTIAL), r * r, r);
#if defined(__AVX512F__)
  return _mm512_scalef_ps(rest + 1.0f, whole);
#else
  typedef uint32_t Bits __attribute__((vector_size(sizeof(Vector))));
  const Bits n = (Bits)shifted;
  const Bits half = n >> 1;
  const Vector first = (Vector)(half << 23);
  return multiply_add(rest, first, first) * (Vector)((n - half) << 23);
#endif
}

#endif

// Computes the exponentials of `count` elements, a multiple of kLanes. The
// results may replace the elements.
static inline void exponentials(float* results, const float* x, int64_t count) {
#if defined(__AVX512F__) || (defined(__AVX2__) && defined(__FMA__))
  for (int64_t i = 0; i < count; i += kVector) {
    store_vector(results + i, vector_exponential(load_vector(x + i)));
  }
#else
  for (int64_t i = 0; i < count; i++) results[i] = exponential(x[i]);
#endif
}

}  // namespace interlatent::IL_ISA
