// The widest float vector of the instruction set being compiled.
#pragma once

#include <cstdint>

namespace interlatent::IL_ISA {

#if defined(__AVX512F__)
inline constexpr int64_t kVector = 16;
#elif defined(__AVX__)
inline constexpr int64_t kVector = 8;
#else
inline constexpr int64_t kVector = 4;
#endif

typedef float Vector __attribute__((vector_size(kVector * sizeof(float))));
// The same, at any address.
typedef float Unaligned __attribute__((vector_size(kVector * sizeof(float)),
                                       aligned(4), may_alias));

// Four floats, in every instruction set.
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

}  // namespace interlatent::IL_ISA
