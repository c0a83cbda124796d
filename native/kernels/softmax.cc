// softmax: a task processes some columns of some groups, one category after
// another.
#include <algorithm>
#include <cmath>

#include "kernels/task_count.h"
#include "registry.h"

namespace interlatent {
namespace {

class Softmax final : public Kernel {
  static constexpr int64_t kColumns = 128;
  static constexpr int64_t kTaskElements = 4096;

 public:
  explicit Softmax(RecordReader& in) : record_(in) {
    pieces_per_group_ = task_count(in, record_.columns, kColumns);
    const int64_t pieces[] = {record_.groups, pieces_per_group_};
    pieces_ = in.product(pieces);
    const int64_t width = std::min(record_.columns, kColumns);
    pieces_per_task_ =
        std::max<int64_t>(1, kTaskElements / width / record_.categories);
    tasks_ = task_count(in, pieces_, pieces_per_task_);
    flops_ = record_.flops;
    written_ = record_.written;
  }

  void run(uint32_t task, const Place& place, const Worker&, Step&) override {
    const int64_t first = task * pieces_per_task_;
    const int64_t end = std::min(pieces_, first + pieces_per_task_);
    for (int64_t piece = first; piece < end; piece++) {
      const int64_t column = piece % pieces_per_group_ * kColumns;
      const int64_t start =
          piece / pieces_per_group_ * record_.categories * record_.columns +
          column;
      normalise(record_.out + shift(0, place) + start,
                record_.logits + shift(1, place) + start,
                std::min(kColumns, record_.columns - column));
    }
  }

 private:
  // Rows of categories are `record_.columns` elements apart.
  void normalise(float* out, const float* logits, int64_t columns) const {
    const int64_t stride = record_.columns;
    const int64_t end = record_.categories * stride;
    float largest[kColumns];
    float sum[kColumns] = {};
    std::copy_n(logits, columns, largest);
    for (int64_t row = stride; row < end; row += stride) {
      for (int64_t c = 0; c < columns; c++) {
        const float x = logits[row + c];
        if (x > largest[c] || std::isnan(x)) largest[c] = x;
      }
    }
    for (int64_t row = 0; row < end; row += stride) {
      for (int64_t c = 0; c < columns; c++) {
        const float power = std::exp(logits[row + c] - largest[c]);
        out[row + c] = power;
        sum[c] += power;
      }
    }
    for (int64_t row = 0; row < end; row += stride) {
      for (int64_t c = 0; c < columns; c++) out[row + c] /= sum[c];
    }
  }

  SoftmaxRecord record_;
  int64_t pieces_per_group_ = 0, pieces_ = 0, pieces_per_task_ = 0;
};

}  // namespace

std::unique_ptr<Kernel> make_softmax(RecordReader& in, const Preparation&) {
  return std::make_unique<Softmax>(in);
}

}  // namespace interlatent
