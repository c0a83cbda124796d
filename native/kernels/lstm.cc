// lstm and its gradient, from the products of the gates with the inputs.
#include "kernels/recurrence.h"

namespace interlatent {
namespace {

class Lstm final : public Recurrence {
 public:
  Lstm(RecordReader& in, const Preparation& preparation)
      : Recurrence(in, preparation, kLstmRows, kLstmGates + 3) {}

 private:
  void walk(const Part& part) const override {
    const int64_t units = record_.units;
    const int64_t states = units * part.columns;
    LstmStep step{};
    step.products = part.scratch;
    step.h_state = part.scratch + kLstmGates * states;
    step.c_state = step.h_state + states;
    step.units = units;
    step.columns = part.columns;
    step.row = record_.row();
    const int64_t rows = units * step.row;  // of one saved value
    TileProduct product = product_of(part);
    product.c = part.scratch;
    product.b = step.h_state;
    product.m = kLstmGates * units;
    product.k = units;
    product.a_along_m = units;
    product.a_along_k = 1;
    std::fill_n(part.scratch, (kLstmGates + 2) * states, 0.0f);
    for (int64_t i = 0; i < record_.times; i++) {
      step.h = part.out + at(i);
      step.saved = {step.h + rows, rows, step.row};
      step.gates = part.first + at(i);
      step.steps = part.steps_at(at(i));
      if (i > 0) multiply(product);
      loops_.lstm(step);
    }
  }

  void walk_back(const Part& part) const override {
    const int64_t units = record_.units;
    const int64_t states = units * part.columns;
    LstmGradientStep step{};
    step.products = part.scratch;
    step.h = part.scratch + states;
    step.c = part.scratch + 2 * states;
    step.copy = part.scratch + 3 * states;
    step.copy_row = part.columns;
    step.units = units;
    step.columns = part.columns;
    step.row = record_.row();
    const int64_t rows = units * step.row;  // of one saved value
    TileProduct product = product_of(part);
    product.c = part.scratch;
    product.b = step.copy;
    product.m = units;
    product.k = kLstmGates * units;
    product.a_along_m = 1;
    product.a_along_k = units;
    std::fill_n(part.scratch, 3 * states, 0.0f);
    step.later_steps = part.ones;
    for (int64_t i = record_.times; i-- > 0;) {
      step.slopes = part.out + at(i);
      step.saved = {part.first + rows + at(i), rows, step.row};
      step.c_before = i == 0 ? part.zeros : part.first + rows + at(i - 1);
      step.before_row = i == 0 ? 0 : step.row;
      step.upstream = part.upstream + at(i);
      step.steps = part.steps_at(at(i));
      loops_.lstm_gradient(step);
      if (i > 0) multiply(product);
      step.later_steps = step.steps;
    }
  }
};

}  // namespace

std::unique_ptr<Kernel> make_lstm(RecordReader& in,
                                  const Preparation& preparation) {
  return std::make_unique<Lstm>(in, preparation);
}

}  // namespace interlatent
