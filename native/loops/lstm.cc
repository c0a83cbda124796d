// One time of an LSTM, unit by unit along the subjects.
#include "loops/table.h"
#include "math/functions.h"

namespace interlatent::IL_ISA {
namespace {

#define IL_COLUMNS _Pragma("GCC ivdep") for (int64_t j = 0; j < columns; j++)

// In place of a row that there is not.
struct Row {
  const float* data;
  float operator[](int64_t j) const { return data == nullptr ? 0 : data[j]; }
};

}  // namespace

void lstm(const LstmStep& p) {
  const int64_t columns = p.columns;
  const int64_t gate = p.units * p.row;
  const int64_t product_gate = p.units * columns;
  for (int64_t unit = 0; unit < p.units; unit++) {
    float* kept = p.kept + unit * p.row;
    const float* gates = p.gates + unit * p.row;
    if (p.products == nullptr) {
      IL_COLUMNS {
        const float i = sigmoid(gates[j]);
        const float g = hyperbolic_tangent(gates[2 * gate + j]);
        const float o = sigmoid(gates[3 * gate + j]);
        const float c = i * g;
        kept[j] = o * hyperbolic_tangent(c);
        kept[gate + j] = c;
        kept[2 * gate + j] = i;
        kept[3 * gate + j] = sigmoid(gates[gate + j]);
        kept[4 * gate + j] = g;
        kept[5 * gate + j] = o;
      }
    } else {
      const float* product = p.products + unit * columns;
      const float* before = p.before + gate + unit * p.row;
      IL_COLUMNS {
        const float i = sigmoid(gates[j] + product[j]);
        const float f = sigmoid(gates[gate + j] + product[product_gate + j]);
        const float g = hyperbolic_tangent(gates[2 * gate + j] +
                                           product[2 * product_gate + j]);
        const float o =
            sigmoid(gates[3 * gate + j] + product[3 * product_gate + j]);
        const float c = f * before[j] + i * g;
        kept[j] = o * hyperbolic_tangent(c);
        kept[gate + j] = c;
        kept[2 * gate + j] = i;
        kept[3 * gate + j] = f;
        kept[4 * gate + j] = g;
        kept[5 * gate + j] = o;
      }
    }
    float* copy = p.h + unit * columns;
    if (p.steps == nullptr) {
      IL_COLUMNS copy[j] = kept[j];
      continue;
    }
    const Row h = {p.before == nullptr ? nullptr : p.before + unit * p.row};
    const Row c = {h.data == nullptr ? nullptr : h.data + gate};
    for (int64_t j = 0; j < columns; j++) {
      copy[j] = kept[j];
      if (p.steps[j] > 0) continue;
      copy[j] = kept[j] = h[j];
      kept[gate + j] = c[j];
      for (int64_t k = 2; k < 6; k++) kept[k * gate + j] = 0;
    }
  }
}

void lstm_gradient(const LstmGradientStep& p) {
  const int64_t columns = p.columns;
  const int64_t gate = p.units * p.row;
  const int64_t states = p.units * columns;
  for (int64_t unit = 0; unit < p.units; unit++) {
    float* slopes = p.slopes + unit * p.row;
    const float* kept = p.kept + unit * p.row;
    const float* upstream = p.upstream + unit * p.row;
    float* copy = p.copy + unit * columns;
    float* h = p.h + unit * columns;
    float* c = p.c + unit * columns;
    if (p.products != nullptr) {
      const float* product = p.products + unit * columns;
      for (int64_t j = 0; j < columns; j++) {
        const bool counted = p.later_steps == nullptr || p.later_steps[j] > 0;
        h[j] = counted ? product[j] : h[j];
      }
    }
    const Row before = {p.before == nullptr ? nullptr
                                            : p.before + gate + unit * p.row};
    for (int64_t j = 0; j < columns; j++) {
      const bool counts = p.steps == nullptr || p.steps[j] > 0;
      const float i = kept[2 * gate + j];
      const float f = kept[3 * gate + j];
      const float g = kept[4 * gate + j];
      const float o = kept[5 * gate + j];
      const float squashed = hyperbolic_tangent(kept[gate + j]);
      h[j] += upstream[j];
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
