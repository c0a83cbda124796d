// The Jacobian of a network of two hidden layers, tanh and LeakyReLU: its
// scalar formulas, and the layout of its gradient (docs/explanation/kernels.md,
// "meanAbsJacobian").
#pragma once

#include "math/host_device.h"

namespace interlatent {

// Returns the slope of a LeakyReLU, from its result.
IL_HD float leaky_side(float result, float slope) {
  return result > 0 ? 1.0f : slope;
}

// Returns the slope of a tanh, from its result.
IL_HD float tanh_side(float result) { return 1.0f - result * result; }

// Returns the slope of |x|: 0 at 0, NaN for NaN.
IL_HD float side_of(float x) { return x > 0 ? 1.0f : x < 0 ? -1.0f : x; }

// The tensors of the gradient, in their order within every run.
enum JacobianPart {
  kBySensitivity,
  kByFirst,
  kByWeight0,
  kByWeight1,
  kByWeight2,
  kJacobianParts
};

struct JacobianGradientLayout {
  int64_t latents;
  int64_t per_run;
  int64_t start[kJacobianParts];   // within a run
  int64_t length[kJacobianParts];  // of one latent
};

// Returns the offset of a part for a latent of a run; groups are runs x
// latents.
IL_HD int64_t part_start(const JacobianGradientLayout& layout, int64_t group,
                         int part) {
  return group / layout.latents * layout.per_run + layout.start[part] +
         group % layout.latents * layout.length[part];
}

}  // namespace interlatent
