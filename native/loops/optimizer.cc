// Loops over parameters: the mean over tiles, the check for NaN and infinity,
// and Adam.
#include "loops/table.h"
#include "math/host_device.h"

namespace interlatent::IL_ISA {

bool all_finite(const float* values, int64_t count) {
  uint32_t bad = 0;
#pragma omp simd reduction(| : bad)
  for (int64_t i = 0; i < count; i++) {
    bad |= is_finite(values[i]) ? 0u : 1u;
  }
  return bad == 0;
}

void average(float* target, const float* rows, int64_t count, int64_t stride,
             int64_t elements) {
  const float share = 1.0f / static_cast<float>(count);
  for (int64_t i = 0; i < elements; i++) {
    float sum = rows[i];
    for (int64_t row = 1; row < count; row++) sum += rows[row * stride + i];
    target[i] = sum * share;
  }
}

void adam(const AdamStep& step, const float* gradients, float* parameters,
          float* first, float* second, int64_t count) {
#pragma omp simd
  for (int64_t i = 0; i < count; i++) {
    interlatent::adam(step, gradients[i], parameters + i, first + i,
                      second + i);
  }
}

}  // namespace interlatent::IL_ISA
