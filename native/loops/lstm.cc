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
  const Vector zero = {};
  for (int64_t unit = 0; unit < p.units; unit++) {
    const float* gates = kGates ? p.gates + unit * p.row : nullptr;
    const float* product = p.products + unit * columns;
    float* saved = p.saved.data + unit * p.saved.unit;
    float* out = p.h + unit * p.row;
    float* h = p.h_state + unit * columns;
    float* c = p.c_state + unit * columns;
    for_columns(columns, [&](int64_t j, auto lanes) IL_ALWAYS {
      const auto sum = [&](int64_t k) IL_ALWAYS {
        const Vector value = lanes.load(product + k * states + j);
        return kGates ? lanes.load(gates + k * rows + j) + value : value;
      };
      const auto counts = lanes.load(p.steps + j) > 0.0f;
      const Vector i = gate(sum(0));
      const Vector f = gate(sum(1));
      const Vector g = squashed(sum(2));
      const Vector o = gate(sum(3));
      const Vector before = lanes.load(c + j);
      const Vector next = multiply_add(f, before, i * g);
      const Vector new_c = counts ? next : before;
      const Vector new_h = counts ? o * squashed(next) : lanes.load(h + j);
      lanes.store(c + j, new_c);
      lanes.store(h + j, new_h);
      lanes.store(out + j, new_h);
      lanes.store(saved + j, new_c);
      lanes.store(saved + saved_gate + j, counts ? i : zero);
      lanes.store(saved + 2 * saved_gate + j, counts ? f : zero);
      lanes.store(saved + 3 * saved_gate + j, counts ? g : zero);
      lanes.store(saved + 4 * saved_gate + j, counts ? o : zero);
    });
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
  const int64_t saved_gate = p.saved.gate;
  const int64_t rows = p.units * p.row;  // of one gate
  const Vector zero = {};
  for (int64_t unit = 0; unit < p.units; unit++) {
    const float* saved = p.saved.data + unit * p.saved.unit;
    const float* before = p.c_before + unit * p.before_row;
    const float* upstream = p.upstream + unit * p.row;
    if (unit + kAhead < p.units) fetch(upstream + kAhead * p.row, columns);
    const float* product = p.products + unit * columns;
    float* copy = p.copy + unit * p.copy_row;
    float* h = p.h + unit * columns;
    float* c = p.c + unit * columns;
    float* slopes = p.slopes == nullptr ? nullptr : p.slopes + unit * p.row;
    for_columns(columns, [&](int64_t j, auto lanes) IL_ALWAYS {
      const auto counts = lanes.load(p.steps + j) > 0.0f;
      const auto later = lanes.load(p.later_steps + j) > 0.0f;
      const Vector one = zero + 1.0f;
      const Vector s = squashed(lanes.load(saved + j));
      const Vector i = lanes.load(saved + saved_gate + j);
      const Vector f = lanes.load(saved + 2 * saved_gate + j);
      const Vector g = lanes.load(saved + 3 * saved_gate + j);
      const Vector o = lanes.load(saved + 4 * saved_gate + j);
      const Vector by_h =
          (later ? lanes.load(product + j) : lanes.load(h + j)) +
          lanes.load(upstream + j);
      const Vector before_c = lanes.load(c + j);
      const Vector by_c =
          multiply_add(by_h * o, multiply_add(-s, s, one), before_c);
      const Vector by_gates[] = {
          by_c * g * i * (one - i),
          by_c * lanes.load(before + j) * f * (one - f),
          by_c * i * multiply_add(-g, g, one),
          by_h * s * o * (one - o),
      };
      lanes.store(h + j, by_h);
      lanes.store(c + j, counts ? by_c * f : before_c);
      for (int64_t k = 0; k < kLstmGates; k++) {
        const Vector slope = counts ? by_gates[k] : zero;
        lanes.store(copy + k * p.units * p.copy_row + j, slope);
        if (slopes != nullptr) lanes.store(slopes + k * rows + j, slope);
      }
    });
  }
}

}  // namespace interlatent::IL_ISA
