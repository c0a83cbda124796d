// One time of a GRU, unit by unit along the subjects.
#include "loops/gates.h"

namespace interlatent::IL_ISA {

void gru(const GruStep& p) {
  const int64_t columns = p.columns;
  const int64_t states = p.units * columns;
  const int64_t rows = p.units * p.row;  // of one saved value
  const Vector zero = {};
  for (int64_t unit = 0; unit < p.units; unit++) {
    const float* gates = p.gates + unit * p.row;
    const float* product = p.products + unit * columns;
    float* saved = p.saved + unit * p.row;
    float* h = p.state + unit * columns;
    for_columns(columns, [&](int64_t j, auto lanes) IL_ALWAYS {
      const auto counts = lanes.load(p.steps + j) > 0.0f;
      const auto sum = [&](int64_t k) IL_ALWAYS {
        return lanes.load(gates + k * rows + j) +
               lanes.load(product + k * states + j);
      };
      const Vector r = gate(sum(0));
      const Vector z = gate(sum(1));
      const Vector m = lanes.load(product + 2 * states + j);
      const Vector n =
          squashed(multiply_add(r, m, lanes.load(gates + 2 * rows + j)));
      const Vector before = lanes.load(h + j);
      const Vector next = multiply_add(z, before, (1.0f - z) * n);
      const Vector state = counts ? next : before;
      lanes.store(h + j, state);
      lanes.store(saved + j, state);
      lanes.store(saved + rows + j, counts ? r : zero);
      lanes.store(saved + 2 * rows + j, counts ? z : zero);
      lanes.store(saved + 3 * rows + j, counts ? n : zero);
      lanes.store(saved + 4 * rows + j, counts ? m : zero);
    });
  }
}

void gru_gradient(const GruGradientStep& p) {
  const int64_t columns = p.columns;
  const int64_t states = p.units * columns;
  const int64_t rows = p.units * p.row;
  const Vector zero = {};
  for (int64_t unit = 0; unit < p.units; unit++) {
    const float* saved = p.saved + unit * p.row;
    const float* before = p.h_before + unit * p.before_row;
    const float* upstream = p.upstream + unit * p.row;
    const float* product = p.products + unit * columns;
    float* slopes = p.slopes + unit * p.row;
    float* copy = p.copy + unit * columns;
    float* h = p.h + unit * columns;
    for_columns(columns, [&](int64_t j, auto lanes) IL_ALWAYS {
      const auto counts = lanes.load(p.steps + j) > 0.0f;
      const Vector r = lanes.load(saved + rows + j);
      const Vector z = lanes.load(saved + 2 * rows + j);
      const Vector n = lanes.load(saved + 3 * rows + j);
      const Vector m = lanes.load(saved + 4 * rows + j);
      const Vector by_h = lanes.load(h + j) + lanes.load(product + j) +
                          lanes.load(upstream + j);
      const Vector by_n = by_h * (1.0f - z) * multiply_add(-n, n, zero + 1.0f);
      const Vector by_z = by_h * (lanes.load(before + j) - n) * z * (1.0f - z);
      const Vector of_n = counts ? by_n : zero;
      const Vector of_z = counts ? by_z : zero;
      const Vector of_r = of_n * m * r * (1.0f - r);
      lanes.store(copy + j, of_r);
      lanes.store(copy + states + j, of_z);
      lanes.store(copy + 2 * states + j, of_n * r);
      lanes.store(slopes + j, of_r);
      lanes.store(slopes + rows + j, of_z);
      lanes.store(slopes + 2 * rows + j, of_n);
      lanes.store(slopes + 3 * rows + j, of_n * r);
      lanes.store(h + j, counts ? by_h * z : by_h);
    });
  }
}

}  // namespace interlatent::IL_ISA
