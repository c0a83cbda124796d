// Base of LSTMs and GRUs: a task processes some subjects of a sequence through
// all times.
#pragma once

#include <algorithm>

#include "kernels/task_count.h"
#include "registry.h"

namespace interlatent {

class Recurrence : public Kernel {
 public:
  // `scratch_rows`: rows of scratch per unit, each for the subjects of a task.
  Recurrence(RecordReader& in, const Preparation& preparation,
             const RecurrenceRows& rows, int64_t scratch_rows)
      : loops_(preparation.loops), rows_(rows), record_(in) {
    columns_per_task_ = even_share(record_.batch, kSubjects);
    pieces_ = task_count(in, record_.batch, columns_per_task_);
    const int64_t tasks[] = {record_.sequences, pieces_};
    tasks_ = task_count(in, in.product(tasks), 1);
    states_ = scratch_rows * record_.units * columns_per_task_;
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
    const int64_t out = forward ? rows_.saved : rows_.slopes;
    const int64_t first = forward ? rows_.gates : rows_.saved;
    part.out = record_.out + shift(0, place) + sequence * out * states + column;
    part.first =
        record_.first + shift(1, place) + sequence * first * states + column;
    part.weights = record_.weights + shift(2, place) +
                   sequence * rows_.gates * record_.units * depth();
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

 protected:
  // The operands of a task's subjects.
  struct Part {
    float* out;
    const float* first;
    const float* weights;
    const float* upstream = nullptr;
    const float* steps = nullptr;
    float* scratch;
    const float* zeros;  // one per subject
    const float* ones;
    int64_t columns;

    const float* steps_at(int64_t place) const {
      return steps == nullptr ? ones : steps + place;
    }
  };

  virtual void walk(const Part& part) const = 0;
  virtual void walk_back(const Part& part) const = 0;

  // Returns the number of columns of the weights.
  int64_t depth() const { return record_.units + rows_.biases; }
  int64_t at(int64_t i) const { return record_.time(i) * record_.batch; }

  void multiply(const TileProduct& product) const {
    if (product.n >= kLanes) {
      loops_.small_product(product);
    } else {
      loops_.plain_product(product);
    }
  }

  // Returns a product of the weights with the states or slopes of one time.
  TileProduct product_of(const Part& part) const {
    TileProduct product{};
    product.a = part.weights;
    product.n = part.columns;
    product.ldc = part.columns;
    product.b_along_k = part.columns;
    product.b_along_n = 1;
    return product;
  }

  const Loops& loops_;
  RecurrenceRows rows_;
  RecurrenceRecord record_;

 private:
  static constexpr int64_t kSubjects = 64;
  int64_t columns_per_task_ = 1, pieces_ = 1;
  // Floats of scratch before the rows of zeros and of ones.
  int64_t states_ = 0;
};

}  // namespace interlatent
