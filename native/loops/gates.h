// Shared code of the steps of recurrences: gates, with an absolute error of
// 1e-7, and loops over the subjects.
#pragma once

#include "loops/table.h"
#include "math/functions.h"

namespace interlatent::IL_ISA {
namespace {

// No two pointers of a step refer to the same element.
#define IL_COLUMNS IL_INDEPENDENT for (int64_t j = 0; j < columns; j++)

// Returns exp(-x) for x >= 0, accurate to one unit in the last place down to
// 2^-125, its smallest result. NaN gives NaN. Takes half the time of
// `exponential`.
inline float falling(float x) {
  const float clipped = x > 86.0f ? 86.0f : x;
  const float shifted = fused(clipped, -IL_LOG2_E, 12582912.0f);
  const int32_t n = bits_of(shifted) - 0x4b400000;
  const float whole = shifted - 12582912.0f;
  float r = fused(whole, -IL_LN2_OF_EXPONENTIAL, -clipped);
  r = fused(whole, -IL_LN2_REST_OF_EXPONENTIAL, r);
  const float p = fused(polynomial(r, IL_EXPONENTIAL), r * r, r) + 1.0f;
  return p * float_of((int32_t)((uint32_t)(n + 127) << 23));
}

inline float gate(float x) {
  const float t = falling(fabsf(x));
  return (x < 0.0f ? t : 1.0f) / (1.0f + t);
}

// Returns tanh(x) with an absolute error of at most 1e-7.
inline float squashed(float x) {
  const float t = falling(2.0f * fabsf(x));
  return copysignf((1.0f - t) / (1.0f + t), x);
}

// Rows of tensors are pages apart, so the hardware does not prefetch them.
inline void fetch(const float* row, int64_t columns) {
  for (int64_t j = 0; j < columns; j += 16) __builtin_prefetch(row + j);
}
constexpr int64_t kAhead = 4;

}  // namespace
}  // namespace interlatent::IL_ISA
