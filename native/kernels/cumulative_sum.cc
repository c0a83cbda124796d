// cumulativeSum: a task adds the terms of some columns of one group, one row
// after another.
#include <algorithm>

#include "kernels/task_count.h"
#include "registry.h"

namespace interlatent {
namespace {

constexpr int64_t kSumColumns = 1024;

class CumulativeSum final : public Kernel {
 public:
  explicit CumulativeSum(RecordReader& in) : record_(in) {
    pieces_ = task_count(in, record_.columns, kSumColumns);
    tasks_ = task_count(in, in.product({record_.groups, pieces_}), 1);
    written_ = record_.written;
  }

  void run(uint32_t task, const Place& place, const Worker&, Step&) override {
    const int64_t column = task % pieces_ * kSumColumns;
    const int64_t width = std::min(kSumColumns, record_.columns - column);
    const int64_t last = record_.terms - 1;
    const int64_t begin = record_.reverse ? last * record_.columns : 0;
    const int64_t row = record_.reverse ? -record_.columns : record_.columns;
    const int64_t start =
        task / pieces_ * record_.terms * record_.columns + column + begin;
    float* out = record_.out + shift(0, place) + start;
    const float* x = record_.x + shift(1, place) + start;
    std::copy_n(x, width, out);
    for (int64_t i = 1; i <= last; i++) {
      const float* sums = out;
      x += row;
      out += row;
      for (int64_t c = 0; c < width; c++) out[c] = sums[c] + x[c];
    }
  }

 private:
  CumulativeSumRecord record_;
  int64_t pieces_ = 0;
};

}  // namespace

std::unique_ptr<Kernel> make_cumulative_sum(RecordReader& in,
                                            const Preparation&) {
  return std::make_unique<CumulativeSum>(in);
}

}  // namespace interlatent
