// lstm and its gradient: a task takes some subjects of a sequence through all
// of time.
#include <algorithm>

#include "kernels/task_count.h"
#include "registry.h"

namespace interlatent {
namespace {

constexpr int64_t kSubjects = 64;

class Lstm final : public Kernel {
 public:
  Lstm(RecordReader& in, const Preparation& preparation, LstmResult result)
      : loops_(preparation.loops), record_(read_lstm(in, result)) {
    columns_per_task_ = even_share(record_.batch, kSubjects);
    pieces_ = task_count(in, record_.batch, columns_per_task_);
    const int64_t tasks[] = {record_.sequences, pieces_};
    tasks_ = task_count(in, in.product(tasks), 1);
    states_ = (kLstmGates + 3) * record_.units * columns_per_task_;
    scratch_bytes_ =
        static_cast<size_t>(states_ + 2 * columns_per_task_) * sizeof(float);
    flops_ = record_.flops;
    written_ = record_.written;
  }

  void run(uint32_t task, const Place& place, const Worker& worker,
           Step&) override {
    const int64_t sequence = task / pieces_;
    const int64_t column = task % pieces_ * columns_per_task_;
    Part part;
    part.columns = std::min(columns_per_task_, record_.batch - column);
    const int64_t states = record_.units * record_.row();
    const bool forward = record_.upstream == nullptr;
    const int64_t out = forward ? kLstmKept : kLstmGates;
    const int64_t first = forward ? kLstmGates : kLstmKept;
    part.out = record_.out + shift(0, place) + sequence * out * states + column;
    part.first =
        record_.first + shift(1, place) + sequence * first * states + column;
    part.weights = record_.weights + shift(2, place) +
                   sequence * kLstmGates * record_.units * record_.units;
    if (record_.steps != nullptr) {
      part.steps = record_.steps + shift(record_.steps_operand, place) +
                   sequence * record_.row() + column;
    }
    part.scratch = reinterpret_cast<float*>(worker.scratch);
    float* zeros = part.scratch + states_;
    float* ones = zeros + columns_per_task_;
    std::fill_n(zeros, columns_per_task_, 0.0f);
    std::fill_n(ones, columns_per_task_, 1.0f);
    part.zeros = zeros;
    part.ones = ones;
    if (forward) {
      walk(part);
    } else {
      part.upstream =
          record_.upstream + shift(3, place) + sequence * states + column;
      walk_back(part);
    }
  }

 private:
  // A task's subjects.
  struct Part {
    float* out;
    const float* first;
    const float* weights;
    const float* upstream = nullptr;
    const float* steps = nullptr;
    float* scratch;
    const float* zeros;  // for a row of subjects
    const float* ones;
    int64_t columns;

    const float* steps_at(int64_t place) const {
      return steps == nullptr ? ones : steps + place;
    }
  };

  int64_t at(int64_t i) const { return record_.time(i) * record_.batch; }

  void multiply(const TileProduct& product) const {
    if (product.n >= kLanes) {
      loops_.small_product(product);
    } else {
      loops_.plain_product(product);
    }
  }

  // Of a product by the states or slopes of one time.
  TileProduct product_of(const Part& part) const {
    TileProduct product{};
    product.a = part.weights;
    product.n = part.columns;
    product.ldc = part.columns;
    product.b_along_k = part.columns;
    product.b_along_n = 1;
    return product;
  }

  void walk(const Part& part) const {
    const int64_t units = record_.units;
    const int64_t states = units * part.columns;
    LstmStep step{};
    step.products = part.scratch;
    step.h_state = part.scratch + kLstmGates * states;
    step.c_state = step.h_state + states;
    step.units = units;
    step.columns = part.columns;
    step.row = record_.row();
    const int64_t rows = units * step.row;  // of one kind
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
      step.kept = {step.h + rows, rows, step.row};
      step.gates = part.first + at(i);
      step.steps = part.steps_at(at(i));
      if (i > 0) multiply(product);
      loops_.lstm(step);
    }
  }

  void walk_back(const Part& part) const {
    const int64_t units = record_.units;
    const int64_t states = units * part.columns;
    LstmGradientStep step{};
    step.products = part.scratch;
    step.h = part.scratch + states;
    step.c = part.scratch + 2 * states;
    step.copy = part.scratch + 3 * states;
    step.units = units;
    step.columns = part.columns;
    step.row = record_.row();
    const int64_t rows = units * step.row;  // of one kind
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
      step.kept = {part.first + rows + at(i), rows, step.row};
      step.c_before = i == 0 ? part.zeros : part.first + rows + at(i - 1);
      step.before_row = i == 0 ? 0 : step.row;
      step.upstream = part.upstream + at(i);
      step.steps = part.steps_at(at(i));
      loops_.lstm_gradient(step);
      if (i > 0) multiply(product);
      step.later_steps = step.steps;
    }
  }

  const Loops& loops_;
  LstmRecord record_;
  int64_t columns_per_task_ = 1, pieces_ = 1;
  int64_t states_ =
      0;  // floats of scratch before a row of zeros and one of ones
};

}  // namespace

std::unique_ptr<Kernel> make_lstm(RecordReader& in,
                                  const Preparation& preparation,
                                  LstmResult result) {
  return std::make_unique<Lstm>(in, preparation, result);
}

}  // namespace interlatent
