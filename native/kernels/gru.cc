// gru and its gradient, from the products of the gates with the inputs.
#include "kernels/recurrence.h"

namespace interlatent {
namespace {

class Gru final : public Recurrence {
 public:
  Gru(RecordReader& in, const Preparation& preparation)
      : Recurrence(in, preparation, kGruRows, kGruGates + 2) {}

 private:
  void walk(const Part& part) const override {
    const int64_t units = record_.units;
    const int64_t states = units * part.columns;
    GruStep step{};
    step.products = part.scratch;
    step.state =
        part.scratch + kGruGates * states;  // followed by 1 for the bias
    step.units = units;
    step.columns = part.columns;
    step.row = record_.row();
    TileProduct product = product_of(part);
    product.c = part.scratch;
    product.b = step.state;
    product.m = kGruGates * units;
    product.k = units + 1;
    product.a_along_m = units + 1;
    product.a_along_k = 1;
    std::fill_n(step.state, states, 0.0f);
    std::fill_n(step.state + states, part.columns, 1.0f);
    for (int64_t i = 0; i < record_.times; i++) {
      step.saved = part.out + at(i);
      step.gates = part.first + at(i);
      step.steps = part.steps_at(at(i));
      multiply(product);
      loops_.gru(step);
    }
  }

  void walk_back(const Part& part) const override {
    const int64_t units = record_.units;
    const int64_t states = units * part.columns;
    GruGradientStep step{};
    step.products = part.scratch;
    step.h = part.scratch + states;
    step.copy = part.scratch + 2 * states;
    step.units = units;
    step.columns = part.columns;
    step.row = record_.row();
    TileProduct product = product_of(part);
    product.c = part.scratch;
    product.b = step.copy;
    product.m = units;
    product.k = kGruGates * units;
    product.a_along_m = 1;
    product.a_along_k = units + 1;
    std::fill_n(part.scratch, 2 * states, 0.0f);
    for (int64_t i = record_.times; i-- > 0;) {
      step.slopes = part.out + at(i);
      step.saved = part.first + at(i);
      step.h_before = i == 0 ? part.zeros : part.first + at(i - 1);
      step.before_row = i == 0 ? 0 : step.row;
      step.upstream = part.upstream + at(i);
      step.steps = part.steps_at(at(i));
      loops_.gru_gradient(step);
      if (i > 0) multiply(product);
    }
  }
};

}  // namespace

std::unique_ptr<Kernel> make_gru(RecordReader& in,
                                 const Preparation& preparation) {
  return std::make_unique<Gru>(in, preparation);
}

}  // namespace interlatent
