// One time of an LSTM, unit by unit along the subjects.
#include "loops/gates.h"

namespace interlatent::IL_ISA {
namespace {

template <bool kGates>
void lstm_step(const LstmStep& p) {
  const int64_t columns = p.columns;
  const int64_t states = p.units * columns;
  const int64_t rows = p.units * p.row;  // of one gate
  const int64_t saved_gate = p.saved.gate;
  const float* steps = p.steps;
  for (int64_t unit = 0; unit < p.units; unit++) {
    const float* gates = kGates ? p.gates + unit * p.row : nullptr;
    const float* product = p.products + unit * columns;
    const auto sum = [&](int64_t k, int64_t j) {
      const float value = product[k * states + j];
      return kGates ? gates[k * rows + j] + value : value;
    };
    float* saved = p.saved.data + unit * p.saved.unit;
    float* out = p.h + unit * p.row;
    float* h = p.h_state + unit * columns;
    float* c = p.c_state + unit * columns;
    IL_COLUMNS {
      const bool counts = steps[j] > 0;
      const float i = gate(sum(0, j));
      const float f = gate(sum(1, j));
      const float g = squashed(sum(2, j));
      const float o = gate(sum(3, j));
      const float next = f * c[j] + i * g;
      c[j] = counts ? next : c[j];
      h[j] = counts ? o * squashed(next) : h[j];
      out[j] = h[j];
      saved[j] = c[j];
      saved[saved_gate + j] = counts ? i : 0;
      saved[2 * saved_gate + j] = counts ? f : 0;
      saved[3 * saved_gate + j] = counts ? g : 0;
      saved[4 * saved_gate + j] = counts ? o : 0;
    }
  }
}

}  // namespace

void lstm(const LstmStep& p) {
  if (p.gates == nullptr) {
    lstm_step<false>(p);
  } else {
    lstm_step<true>(p);
  }
}

void lstm_gradient(const LstmGradientStep& p) {
  const int64_t columns = p.columns;
  const int64_t states = p.units * columns;
  const int64_t saved_gate = p.saved.gate;
  const float* steps = p.steps;
  const float* later = p.later_steps;
  for (int64_t unit = 0; unit < p.units; unit++) {
    const float* saved = p.saved.data + unit * p.saved.unit;
    const float* before = p.c_before + unit * p.before_row;
    const float* upstream = p.upstream + unit * p.row;
    if (unit + kAhead < p.units) fetch(upstream + kAhead * p.row, columns);
    const float* product = p.products + unit * columns;
    float* copy = p.copy + unit * columns;
    float* h = p.h + unit * columns;
    float* c = p.c + unit * columns;
    IL_COLUMNS {
      const bool counts = steps[j] > 0;
      const float s = squashed(saved[j]);
      const float i = saved[saved_gate + j];
      const float f = saved[2 * saved_gate + j];
      const float g = saved[3 * saved_gate + j];
      const float o = saved[4 * saved_gate + j];
      h[j] = (later[j] > 0 ? product[j] : h[j]) + upstream[j];
      const float by_c = c[j] + h[j] * o * (1 - s * s);
      copy[j] = counts ? by_c * g * i * (1 - i) : 0;
      copy[states + j] = counts ? by_c * before[j] * f * (1 - f) : 0;
      copy[2 * states + j] = counts ? by_c * i * (1 - g * g) : 0;
      copy[3 * states + j] = counts ? h[j] * s * o * (1 - o) : 0;
      c[j] = counts ? by_c * f : c[j];
    }
    if (p.slopes == nullptr) continue;
    float* slopes = p.slopes + unit * p.row;
    for (int64_t k = 0; k < kLstmGates; k++) {
      const int64_t gate = k * p.units * p.row;
      IL_COLUMNS slopes[gate + j] = copy[k * states + j];
    }
  }
}

}  // namespace interlatent::IL_ISA
