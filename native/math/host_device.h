// Lets g++ (vectorised loops) and nvcc (kernels) compile the same scalar
// formulas. IL_HD functions have internal linkage and are always inlined, so
// that object files for different instruction sets never share a definition.
#pragma once

#include <math.h>
#include <stdint.h>

#ifdef __CUDACC__
#define IL_HD static __host__ __device__ __forceinline__
#else
#define IL_HD static inline __attribute__((always_inline))
#endif

namespace interlatent {

IL_HD int32_t bits_of(float x) {
#ifdef __CUDA_ARCH__
  return __float_as_int(x);
#else
  return __builtin_bit_cast(int32_t, x);
#endif
}

IL_HD float float_of(int32_t bits) {
#ifdef __CUDA_ARCH__
  return __int_as_float(bits);
#else
  return __builtin_bit_cast(float, bits);
#endif
}

IL_HD float fused(float a, float b, float c) {
#ifdef __CUDACC__
  return fmaf(a, b, c);
#else
  return __builtin_fmaf(a, b, c);
#endif
}

// Returns false for NaN and both infinities.
IL_HD bool is_finite(float x) {
  return (bits_of(x) & 0x7f800000) != 0x7f800000;
}

}  // namespace interlatent
