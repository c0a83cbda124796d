// L-BFGS (Nocedal & Wright 2006, algorithms 7.5, 3.5, and 3.6).
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace interlatent::moments {

// Returns the value at a point and writes the gradient. The value may be
// infinite.
using Differentiable =
    std::function<double(const std::vector<double>&, std::vector<double>&)>;

struct Limits {
  uint32_t iterations;
  // Stops if no element of the gradient is larger.
  double gradient = 1e-7;
  // Stops if an iteration decreases the value by less.
  double decrease = 1e-12;
};

// Moves a point downhill and returns the value there. The value never
// increases.
double minimise(const Differentiable& function, std::vector<double>& point,
                const Limits& limits);

}  // namespace interlatent::moments
