// Philox 4x32-10 (Salmon, Moraes, Dror & Shaw, "Parallel random numbers: as
// easy as 1, 2, 3", 2011), and uniform and normal variates computed from its
// words.
#pragma once

#include "math/normal.h"

namespace interlatent {

struct PhiloxBlock {
  uint32_t words[4];
};

IL_HD PhiloxBlock philox(uint32_t c0, uint32_t c1, uint32_t c2, uint32_t c3,
                         uint32_t k0, uint32_t k1) {
  for (int round = 0; round < 10; round++) {
    const uint64_t a = (uint64_t)0xd2511f53u * c0;
    const uint64_t b = (uint64_t)0xcd9e8d57u * c2;
    c0 = (uint32_t)(b >> 32) ^ c1 ^ k0;
    c1 = (uint32_t)b;
    c2 = (uint32_t)(a >> 32) ^ c3 ^ k1;
    c3 = (uint32_t)a;
    k0 += 0x9e3779b9u;
    k1 += 0xbb67ae85u;
  }
  PhiloxBlock block = {{c0, c1, c2, c3}};
  return block;
}

// Returns a number in (0, 1): (word / 2^8 + 1/2) / 2^24. Float would round the
// largest value to 1, so it is replaced by the largest number below 1.
IL_HD float uniform_of_word(uint32_t word) {
  const float u = ((float)(int32_t)(word >> 8) + 0.5f) * 0x1p-24f;
  return u < 1.0f ? u : 0x1.fffffep-1f;
}

// Returns the normal quantile of the same number. It uses the nearer tail,
// which float represents exactly.
IL_HD float normal_of_word(uint32_t word) {
  const int32_t k = (int32_t)(word >> 8);
  const bool lower = k < 8388608;
  const int32_t nearer = lower ? k : 16777215 - k;
  const float q = ((float)nearer + 0.5f) * 0x1p-24f;
  const float tail = normal_tail_quantile(q);
  const float central = normal_central_quantile(0.5f - q);
  const float magnitude = q > 0.125f ? central : tail;
  return lower ? -magnitude : magnitude;
}

}  // namespace interlatent
