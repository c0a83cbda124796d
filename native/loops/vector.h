// The widest float vector of the instruction set that is compiled.
#pragma once

#include <cstdint>

#if defined(__AVX__)
#include <immintrin.h>
#endif

namespace interlatent::IL_ISA {

#if defined(__AVX512F__)
inline constexpr int64_t kVector = 16;
#elif defined(__AVX__)
inline constexpr int64_t kVector = 8;
#else
inline constexpr int64_t kVector = 4;
#endif

typedef float Vector __attribute__((vector_size(kVector * sizeof(float))));
// The same vector, at any address.
typedef float Unaligned __attribute__((vector_size(kVector * sizeof(float)),
                                       aligned(4), may_alias));

// Returns a * b + c with one rounding. GCC would otherwise split it when a
// single sum depends on it, and the bits of a value would then depend on its
// tile.
static inline __attribute__((always_inline)) Vector multiply_add(float a,
                                                                 Vector b,
                                                                 Vector c) {
#if defined(__AVX512F__)
  return _mm512_fmadd_ps(_mm512_set1_ps(a), b, c);
#elif defined(__FMA__)
  return _mm256_fmadd_ps(_mm256_set1_ps(a), b, c);
#else
  return a * b + c;
#endif
}

static inline __attribute__((always_inline)) Vector multiply_add(Vector a,
                                                                 Vector b,
                                                                 Vector c) {
#if defined(__AVX512F__)
  return _mm512_fmadd_ps(a, b, c);
#elif defined(__FMA__)
  return _mm256_fmadd_ps(a, b, c);
#else
  return a * b + c;
#endif
}

// Makes the compiler load a vector once, for all its uses.
static inline __attribute__((always_inline)) void keep_in_register(Vector& v) {
#if defined(__AVX__)
  asm("" : "+v"(v));
#else
  (void)v;
#endif
}

// Four floats, for all instruction sets.
typedef float Four __attribute__((vector_size(16)));
typedef float UnalignedFour
    __attribute__((vector_size(16), aligned(4), may_alias));

static inline __attribute__((always_inline)) Vector
load_vector(const float* p) {
  return *reinterpret_cast<const Unaligned*>(p);
}

static inline __attribute__((always_inline)) void store_vector(float* p,
                                                               Vector v) {
  *reinterpret_cast<Unaligned*>(p) = v;
}

// Loads the first `count` lanes from memory and fills the others with zeros.
static inline __attribute__((always_inline)) Vector load_lanes(const float* p,
                                                               int64_t count) {
#if defined(__AVX512F__)
  return _mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << count) - 1), p);
#else
  Vector x = {};
  for (int64_t lane = 0; lane < count; lane++) x[lane] = p[lane];
  return x;
#endif
}

// Returns the first `count` lanes of a vector, with zeros in the others.
static inline __attribute__((always_inline)) Vector first_lanes(Vector v,
                                                                int64_t count) {
#if defined(__AVX512F__)
  return _mm512_maskz_mov_ps(static_cast<__mmask16>((1u << count) - 1), v);
#else
  for (int64_t lane = count; lane < kVector; lane++) v[lane] = 0;
  return v;
#endif
}

// Stores the first `count` lanes of a vector.
static inline __attribute__((always_inline)) void store_lanes(float* p,
                                                              Vector v,
                                                              int64_t count) {
#if defined(__AVX512F__)
  _mm512_mask_storeu_ps(p, static_cast<__mmask16>((1u << count) - 1), v);
#else
  for (int64_t lane = 0; lane < count; lane++) p[lane] = v[lane];
#endif
}

// Stores a vector past the caches, to an address that is aligned to vectors.
static inline __attribute__((always_inline)) void stream_vector(float* p,
                                                                Vector v) {
#if defined(__AVX512F__)
  _mm512_stream_ps(p, v);
#elif defined(__AVX__)
  _mm256_stream_ps(p, v);
#else
  store_vector(p, v);
#endif
}

// Call it before other threads read streamed data.
static inline __attribute__((always_inline)) void finish_streaming() {
#if defined(__AVX__)
  _mm_sfence();
#endif
}

// Operations that combine scalars or vectors, and their initial values.
struct Plus {
  static constexpr float kStart = 0;
  template <class Value>
  static inline __attribute__((always_inline)) Value combine(Value a, Value b) {
    return a + b;
  }
};

// NaN on either side gives NaN.
struct Maximum {
  static constexpr float kStart = -__builtin_inff();
  template <class Value>
  static inline __attribute__((always_inline)) Value combine(Value a, Value b) {
    return ((a > b) | (a != a)) ? a : b;
  }
};

// Combines the four quarters of a vector (or two halves) into one; a vector of
// four floats is returned unchanged.
template <class Operation>
static inline __attribute__((always_inline)) Four fold_to_four(Vector v) {
#if defined(__AVX512F__)
  const auto half = Operation::combine(
      __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7),
      __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15));
#else
  const auto half = v;
#endif
#if defined(__AVX__)
  return Operation::combine(__builtin_shufflevector(half, half, 0, 1, 2, 3),
                            __builtin_shufflevector(half, half, 4, 5, 6, 7));
#else
  return half;
#endif
}

}  // namespace interlatent::IL_ISA
