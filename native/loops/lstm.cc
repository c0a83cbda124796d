// One time of an LSTM, unit by unit along the subjects.
#include "loops/table.h"
#include "math/functions.h"

namespace interlatent::IL_ISA {

// No two pointers of a step lead to the same element.
#define IL_COLUMNS _Pragma("GCC ivdep") for (int64_t j = 0; j < columns; j++)

void lstm(const LstmStep& p) {
  const int64_t columns = p.columns;
  const int64_t gate = p.units * p.row;
  const int64_t states = p.units * columns;
  const float* steps = p.steps;
  for (int64_t unit = 0; unit < p.units; unit++) {
    float* kept = p.kept + unit * p.row;
    const float* gates = p.gates + unit * p.row;
    const float* product = p.products + unit * columns;
    float* h = p.h + unit * columns;
    float* c = p.c + unit * columns;
    IL_COLUMNS {
      const bool counts = steps[j] > 0;
      const float i = sigmoid(gates[j] + product[j]);
      const float f = sigmoid(gates[gate + j] + product[states + j]);
      const float g =
          hyperbolic_tangent(gates[2 * gate + j] + product[2 * states + j]);
      const float o = sigmoid(gates[3 * gate + j] + product[3 * states + j]);
      const float next = f * c[j] + i * g;
      c[j] = counts ? next : c[j];
      h[j] = counts ? o * hyperbolic_tangent(next) : h[j];
      kept[j] = h[j];
      kept[gate + j] = c[j];
      kept[2 * gate + j] = counts ? i : 0;
      kept[3 * gate + j] = counts ? f : 0;
      kept[4 * gate + j] = counts ? g : 0;
      kept[5 * gate + j] = counts ? o : 0;
    }
  }
}

void lstm_gradient(const LstmGradientStep& p) {
  const int64_t columns = p.columns;
  const int64_t gate = p.units * p.row;
  const int64_t states = p.units * columns;
  const float* steps = p.steps;
  const float* later = p.later_steps;
  for (int64_t unit = 0; unit < p.units; unit++) {
    float* slopes = p.slopes + unit * p.row;
    const float* kept = p.kept + unit * p.row;
    const float* before = p.c_before + unit * p.before_row;
    const float* upstream = p.upstream + unit * p.row;
    const float* product = p.products + unit * columns;
    float* copy = p.copy + unit * columns;
    float* h = p.h + unit * columns;
    float* c = p.c + unit * columns;
    IL_COLUMNS {
      const bool counts = steps[j] > 0;
      const float i = kept[2 * gate + j];
      const float f = kept[3 * gate + j];
      const float g = kept[4 * gate + j];
      const float o = kept[5 * gate + j];
      const float squashed = hyperbolic_tangent(kept[gate + j]);
      h[j] = (later[j] > 0 ? product[j] : h[j]) + upstream[j];
      const float own = c[j] + h[j] * o * (1 - squashed * squashed);
      copy[j] = counts ? own * g * i * (1 - i) : 0;
      copy[states + j] = counts ? own * before[j] * f * (1 - f) : 0;
      copy[2 * states + j] = counts ? own * i * (1 - g * g) : 0;
      copy[3 * states + j] = counts ? h[j] * squashed * o * (1 - o) : 0;
      c[j] = counts ? own * f : c[j];
    }
    for (int64_t k = 0; k < kLstmGates; k++) {
      IL_COLUMNS slopes[k * gate + j] = copy[k * states + j];
    }
  }
}

}  // namespace interlatent::IL_ISA
