// Loads four floats as one vector from an aligned address.
#pragma once

#include "cuda/runtime.h"

namespace interlatent::cuda {

__device__ inline void load_four(float* values, const float* from) {
  const float4 four = *reinterpret_cast<const float4*>(from);
  values[0] = four.x;
  values[1] = four.y;
  values[2] = four.z;
  values[3] = four.w;
}

}  // namespace interlatent::cuda
