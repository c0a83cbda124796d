// Random numbers of a search: Philox, so that a start depends on the seed and
// its number only.
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>
#include <utility>
#include <vector>

#include "math/philox.h"

namespace interlatent::moments {

class Random {
 public:
  Random(uint64_t seed, uint32_t stream) : seed_(seed), stream_(stream) {}

  // Returns a number in (0, 1).
  double uniform() {
    if (used_ == 4) {
      words_ = philox(block_++, 0, 0, stream_, static_cast<uint32_t>(seed_),
                      static_cast<uint32_t>(seed_ >> 32));
      used_ = 0;
    }
    return (words_.words[used_++] + 0.5) * 0x1p-32;
  }

  uint32_t below(uint32_t count) {
    return static_cast<uint32_t>(uniform() * count);
  }

  // Returns a standard normal number (Box and Muller 1958).
  double normal() {
    const double radius = std::sqrt(-2 * std::log(uniform()));
    return radius * std::cos(2 * std::numbers::pi * uniform());
  }

  std::vector<uint32_t> permutation(uint32_t count) {
    std::vector<uint32_t> order(count);
    for (uint32_t i = 0; i < count; i++) order[i] = i;
    for (uint32_t i = count; i > 1; i--) {
      std::swap(order[i - 1], order[below(i)]);
    }
    return order;
  }

 private:
  uint64_t seed_;
  uint32_t stream_, block_ = 0, used_ = 4;
  PhiloxBlock words_{};
};

}  // namespace interlatent::moments
