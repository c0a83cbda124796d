// One time of a GRU, unit by unit along the subjects.
#include "loops/gates.h"

namespace interlatent::IL_ISA {

void gru(const GruStep& p) {
  const int64_t columns = p.columns;
  const int64_t states = p.units * columns;
  const int64_t rows = p.units * p.row;  // of one saved value
  const float* steps = p.steps;
  for (int64_t unit = 0; unit < p.units; unit++) {
    const float* gates = p.gates + unit * p.row;
    const float* product = p.products + unit * columns;
    float* saved = p.saved + unit * p.row;
    float* h = p.state + unit * columns;
    IL_COLUMNS {
      const bool counts = steps[j] > 0;
      const float r = gate(gates[j] + product[j]);
      const float z = gate(gates[rows + j] + product[states + j]);
      const float m = product[2 * states + j];
      const float n = squashed(gates[2 * rows + j] + r * m);
      h[j] = counts ? (1 - z) * n + z * h[j] : h[j];
      saved[j] = h[j];
      saved[rows + j] = counts ? r : 0;
      saved[2 * rows + j] = counts ? z : 0;
      saved[3 * rows + j] = counts ? n : 0;
      saved[4 * rows + j] = counts ? m : 0;
    }
  }
}

void gru_gradient(const GruGradientStep& p) {
  const int64_t columns = p.columns;
  const int64_t states = p.units * columns;
  const int64_t rows = p.units * p.row;
  const float* steps = p.steps;
  for (int64_t unit = 0; unit < p.units; unit++) {
    const float* saved = p.saved + unit * p.row;
    const float* before = p.h_before + unit * p.before_row;
    const float* upstream = p.upstream + unit * p.row;
    const float* product = p.products + unit * columns;
    float* slopes = p.slopes + unit * p.row;
    float* copy = p.copy + unit * columns;
    float* h = p.h + unit * columns;
    IL_COLUMNS {
      const bool counts = steps[j] > 0;
      const float r = saved[rows + j];
      const float z = saved[2 * rows + j];
      const float n = saved[3 * rows + j];
      const float m = saved[4 * rows + j];
      const float by_h = h[j] + product[j] + upstream[j];
      const float of_n = counts ? by_h * (1 - z) * (1 - n * n) : 0;
      const float of_r = of_n * m * r * (1 - r);
      const float of_z = counts ? by_h * (before[j] - n) * z * (1 - z) : 0;
      copy[j] = of_r;
      copy[states + j] = of_z;
      copy[2 * states + j] = of_n * r;
      slopes[j] = of_r;
      slopes[rows + j] = of_z;
      slopes[2 * rows + j] = of_n;
      slopes[3 * rows + j] = of_n * r;
      h[j] = counts ? by_h * z : by_h;
    }
  }
}

}  // namespace interlatent::IL_ISA
