// The element-wise instructions: one row per opcode with its scalar meaning.
// The CPU loops and the CUDA kernels expand the same rows, and
// src/graph/instructions.ts has their WGSL. Opcodes are part of the plan
// format: new ones follow the last one. A cost of 1 is that of an addition.
#pragma once

#include "math/functions.h"
#include "math/normal.h"

namespace interlatent {

// Returns x if it is NaN, because NaN passes through selections too; otherwise
// returns value.
IL_HD float nan_or(float x, float value) { return x == x ? value : x; }

// clang-format off
// name, opcode, cost, number of immediates, value in terms of x, lo, hi
#define IL_UNARY_INSTRUCTIONS(ROW)                                           \
  ROW(copy, 1, 1, 0, x)                                                      \
  ROW(neg, 2, 1, 0, -x)                                                      \
  ROW(abs, 3, 1, 0, fabsf(x))                                                \
  ROW(sign, 4, 1, 0, x > 0.0f ? 1.0f : (x < 0.0f ? -1.0f : nan_or(x, 0.0f))) \
  ROW(exp, 5, 12, 0, exponential(x))                                         \
  ROW(log, 6, 20, 0, logarithm(x))                                           \
  ROW(log1p, 7, 20, 0, logarithm_of_one_plus(x))                             \
  ROW(tanh, 8, 20, 0, hyperbolic_tangent(x))                                 \
  ROW(sigmoid, 9, 12, 0, sigmoid(x))                                         \
  ROW(sqrt, 10, 5, 0, sqrtf(x))                                              \
  ROW(square, 11, 1, 0, x * x)                                               \
  ROW(reciprocal, 12, 5, 0, 1.0f / x)                                        \
  ROW(erf, 13, 35, 0, error_function(x))                                     \
  ROW(normalCdf, 14, 35, 0, normal_cdf(x))                                   \
  ROW(normalQuantile, 15, 35, 0, normal_quantile(x))                         \
  ROW(softplus, 16, 35, 0, softplus(x))                                      \
  ROW(leakyRelu, 17, 1, 1, x > 0.0f ? x : lo * x)                            \
  ROW(step, 18, 1, 0, x > 0.0f ? 1.0f : nan_or(x, 0.0f))                     \
  ROW(leakyStep, 19, 1, 1, x > 0.0f ? 1.0f : nan_or(x, lo))                  \
  ROW(clamp, 20, 1, 2, x < lo ? lo : (x > hi ? hi : x))                      \
  ROW(inside, 21, 1, 2, lo < x && x < hi ? 1.0f : nan_or(x, 0.0f))           \
  ROW(addImm, 31, 1, 1, x + lo)                                              \
  ROW(mulImm, 32, 1, 1, x * lo)                                              \
  ROW(floor, 33, 1, 0, floorf(x))                                            \
  ROW(expm1, 34, 12, 0, exponential_minus_one(x))

// name, opcode, cost, value in terms of x, y
#define IL_BINARY_INSTRUCTIONS(ROW)                                          \
  ROW(add, 22, 1, x + y)                                                     \
  ROW(sub, 23, 1, x - y)                                                     \
  ROW(mul, 24, 1, x * y)                                                     \
  ROW(div, 25, 5, x / y)                                                     \
  ROW(max, 26, 1, x > y || x != x ? x : y)                                   \
  ROW(min, 27, 1, x < y || x != x ? x : y)                                   \
  ROW(greater, 28, 1, x > y ? 1.0f : nan_or(x, nan_or(y, 0.0f)))

// name, opcode, cost, value in terms of x, y, z
#define IL_TERNARY_INSTRUCTIONS(ROW)                                         \
  ROW(select, 29, 1, x != x ? x : (x != 0.0f ? y : z))                       \
  ROW(fma, 30, 1, fused(x, y, z))
// clang-format on

enum class Opcode : int32_t {
  constant = 0,
#define IL_UNARY(name, code, cost, immediates, value) name = code,
#define IL_OTHER(name, code, cost, value) name = code,
  IL_UNARY_INSTRUCTIONS(IL_UNARY) IL_BINARY_INSTRUCTIONS(IL_OTHER)
      IL_TERNARY_INSTRUCTIONS(IL_OTHER)
#undef IL_UNARY
#undef IL_OTHER
};

}  // namespace interlatent
