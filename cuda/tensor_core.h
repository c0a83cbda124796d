// Products of small matrices by a warp on the tensor cores (PTX ISA, "mma" and
// "ldmatrix"), and the same arithmetic in C++ for the emulation.
//
// Factors are rounded to TF32 (11 significant bits, ties away from zero) or
// bfloat16 (8, ties to even). Products are exact, sums are float32. A word
// holds one TF32 value, or two bfloat16 values that are neighbours along k, the
// first in the low half.
#pragma once

#include <cstdint>

#include "cuda/runtime.h"
#include "kinds.h"
#include "math/functions.h"

namespace interlatent::cuda {

// Number of values in a word.
template <MatmulPrecision kPrecision>
inline constexpr int kWordFloats =
    kPrecision == MatmulPrecision::kBfloat16 ? 2 : 1;

#ifdef __CUDACC__

template <MatmulPrecision kPrecision>
__device__ inline uint32_t rounded_word(const float* values) {
  uint32_t word;
  if constexpr (kPrecision == MatmulPrecision::kBfloat16) {
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;"
        : "=r"(word)
        : "f"(values[1]), "f"(values[0]));
  } else {
    asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(word) : "f"(values[0]));
  }
  return word;
}

// Loads four matrices of 8 rows x 4 words from shared memory. Lane i passes the
// address of row i % 8 of matrix i / 8. It receives word i % 4 of row i / 4 of
// each matrix.
__device__ inline void load_words(uint32_t (&words)[4], const uint32_t* row) {
  const auto address = static_cast<uint32_t>(__cvta_generic_to_shared(row));
  asm volatile(
      "ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
      : "=r"(words[0]), "=r"(words[1]), "=r"(words[2]), "=r"(words[3])
      : "r"(address)
      : "memory");
}

// Computes D += A B^T for A of 16 rows x 8 words and B of 8 rows x 8 words.
// Lane i has the following elements. In A: the words i % 4 and i % 4 + 4 of the
// rows i / 4 and i / 4 + 8. In B: the words i % 4 and i % 4 + 4 of row i / 4.
// In D: the columns 2 (i % 4) and 2 (i % 4) + 1 of the rows i / 4 (top) and i /
// 4 + 8 (bottom).
template <MatmulPrecision kPrecision>
__device__ inline void multiply_add(float* top, float* bottom,
                                    const uint32_t (&a)[4],
                                    const uint32_t (&b)[2]) {
  if constexpr (kPrecision == MatmulPrecision::kBfloat16) {
    asm volatile(
        "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
        "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(top[0]), "+f"(top[1]), "+f"(bottom[0]), "+f"(bottom[1])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
  } else {
    asm volatile(
        "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 "
        "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(top[0]), "+f"(top[1]), "+f"(bottom[0]), "+f"(bottom[1])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
  }
}

#else

template <MatmulPrecision kPrecision>
uint32_t rounded_word(const float* values) {
  constexpr uint32_t kNan = 0x7fffffffu;
  const auto word = [](float x) { return static_cast<uint32_t>(bits_of(x)); };
  const auto tf32 = [&](float x) {
    return x != x ? kNan : (word(x) + 0x1000u) & ~0x1fffu;
  };
  const auto bfloat16 = [&](float x) {
    if (x != x) return kNan >> 16;
    return (word(x) + 0x7fffu + (word(x) >> 16 & 1u)) >> 16;
  };
  if constexpr (kPrecision == MatmulPrecision::kTf32) return tf32(values[0]);
  return bfloat16(values[1]) << 16 | bfloat16(values[0]);
}

inline void load_words(uint32_t (&words)[4], const uint32_t* row) {
  emulation::with_warp(row, [&](const uint32_t* const* rows) {
    const unsigned lane = threadIdx.x % 32;
    for (unsigned matrix = 0; matrix < 4; matrix++) {
      words[matrix] = rows[matrix * 8 + lane / 4][lane % 4];
    }
  });
}

template <MatmulPrecision kPrecision>
void multiply_add(float* top, float* bottom, const uint32_t (&a)[4],
                  const uint32_t (&b)[2]) {
  struct Factors {
    uint32_t a[4], b[2];
  };
  const auto value = [](uint32_t bits) {
    return float_of(static_cast<int32_t>(bits));
  };
  const auto add = [&](float sum, uint32_t x, uint32_t y) {
    if constexpr (kPrecision == MatmulPrecision::kBfloat16) {
      sum = fused(value(x << 16), value(y << 16), sum);
      x &= ~0xffffu;
      y &= ~0xffffu;
    }
    return fused(value(x), value(y), sum);
  };
  const Factors factors = {{a[0], a[1], a[2], a[3]}, {b[0], b[1]}};
  emulation::with_warp(factors, [&](const Factors* lanes) {
    const unsigned lane = threadIdx.x % 32;
    for (unsigned word = 0; word < 8; word++) {
      const Factors& left = lanes[lane / 4 * 4 + word % 4];
      for (unsigned column = 0; column < 2; column++) {
        const unsigned row = lane % 4 * 2 + column;  // of B
        const uint32_t right = lanes[row * 4 + word % 4].b[word / 4];
        top[column] = add(top[column], left.a[word / 4 * 2], right);
        bottom[column] = add(bottom[column], left.a[word / 4 * 2 + 1], right);
      }
    }
  });
}

#endif

}  // namespace interlatent::cuda
