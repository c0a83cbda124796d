// The Adam update of one element (Kingma & Ba 2015, algorithm 1).
#pragma once

#include "math/host_device.h"

namespace interlatent {

// The constants of a step: the decays, the learning rate divided by the first
// bias correction, and the inverse square root of the second correction.
struct AdamStep {
  float beta1, beta2;
  float rate;
  float second_correction;
  float epsilon;
};

IL_HD void adam(const AdamStep& step, float gradient, float* parameter,
                float* first, float* second) {
  const float m = step.beta1 * *first + (1.0f - step.beta1) * gradient;
  const float v =
      step.beta2 * *second + (1.0f - step.beta2) * gradient * gradient;
  *first = m;
  *second = v;
  *parameter -=
      step.rate * m / (sqrtf(v) * step.second_correction + step.epsilon);
}

}  // namespace interlatent
