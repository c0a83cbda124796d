// Division by a constant of a launch, computed as a multiplication (Granlund &
// Montgomery, "Division by invariant integers using multiplication", 1994).
#pragma once

#include <cstdint>

#include "cuda/runtime.h"

namespace interlatent::cuda {

// Divides numbers below 2^31.
struct Divider {
  uint32_t divisor = 1, multiplier = 0, shift = 0;

  Divider() = default;
  explicit Divider(uint32_t by) : divisor(by) {
    while (shift < 31 && (uint64_t{1} << shift) < by) shift++;
    const uint64_t power = (uint64_t{1} << shift) - by;
    multiplier = static_cast<uint32_t>((power << 32) / by + 1);
  }

  __device__ uint32_t quotient(uint32_t x) const {
    // The high half of the product is a single instruction on a device.
    const uint64_t product = uint64_t{x} * multiplier;
    return (static_cast<uint32_t>(product >> 32) + x) >> shift;
  }
};

// Returns the position along the last dimension of a row-major index and
// removes that dimension from the index.
__device__ inline uint32_t take_position(uint32_t& index, const Divider& size) {
  const uint32_t rest = size.quotient(index);
  const uint32_t position = index - rest * size.divisor;
  index = rest;
  return position;
}

}  // namespace interlatent::cuda
