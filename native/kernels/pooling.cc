// maxPool2d and its gradient: a task processes some channels, window by window,
// for some subjects at a time.
#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/task_count.h"
#include "registry.h"

namespace interlatent {
namespace {

// The rows or columns of a window that lie in the input.
struct Range {
  int64_t first, end;
};

Range window(const PoolingRecord::Axis& axis, int64_t at) {
  const int64_t first = at * axis.stride - axis.padding;
  return {std::max<int64_t>(0, first), std::min(axis.input, first + axis.size)};
}

class Pooling final : public Kernel {
  static constexpr int64_t kSubjects = 64;
  static constexpr int64_t kTaskElements = 8192;

 public:
  Pooling(RecordReader& in, const Preparation& preparation)
      : loops_(preparation.loops), record_(in) {
    const int64_t positions[] = {record_.rows.input, record_.columns.input};
    if (in.product(positions) > std::numeric_limits<int32_t>::max()) {
      in.refuse("a channel has more than 2^31 positions");
    }
    const int64_t elements =
        record_.rows.input * record_.columns.input * record_.batch;
    channels_per_task_ = std::max<int64_t>(1, kTaskElements / elements);
    tasks_ = task_count(in, record_.channels, channels_per_task_);
    written_ = record_.written;
  }

  void run(uint32_t task, const Place& place, const Worker&, Step&) override {
    const int64_t first = task * channels_per_task_;
    const int64_t end = std::min(record_.channels, first + channels_per_task_);
    const int64_t whole =
        record_.rows.input * record_.columns.input * record_.batch;
    const int64_t pooled =
        record_.rows.output * record_.columns.output * record_.batch;
    for (int64_t channel = first; channel < end; channel++) {
      const float* x = record_.x + shift(1, place) + channel * whole;
      float* out = record_.out + shift(0, place);
      if (record_.upstream == nullptr) {
        pool(x, out + channel * pooled);
      } else {
        const float* upstream =
            record_.upstream + shift(2, place) + channel * pooled;
        std::fill_n(out + channel * whole, whole, 0.0f);
        spread(x, upstream, out + channel * whole);
      }
    }
  }

 private:
  // Calls visit(rows, columns, offset of the pooled element) for every window.
  template <class Visit>
  void each_window(const Visit& visit) const {
    int64_t pooled = 0;
    for (int64_t i = 0; i < record_.rows.output; i++) {
      for (int64_t j = 0; j < record_.columns.output; j++) {
        visit(window(record_.rows, i), window(record_.columns, j), pooled);
        pooled += record_.batch;
      }
    }
  }

  // Calls visit(position) for every element of a window, row by row.
  template <class Visit>
  void each_element(const Range& rows, const Range& columns,
                    const Visit& visit) const {
    for (int64_t row = rows.first; row < rows.end; row++) {
      for (int64_t column = columns.first; column < columns.end; column++) {
        visit(row * record_.columns.input + column);
      }
    }
  }

  void pool(const float* x, float* out) const {
    each_window([&](const Range& rows, const Range& columns, int64_t pooled) {
      float* best = out + pooled;
      std::fill_n(best, record_.batch, -INFINITY);
      each_element(rows, columns, [&](int64_t at) {
        loops_.largest(best, x + at * record_.batch, record_.batch);
      });
    });
  }

  void spread(const float* x, const float* upstream, float* out) const {
    int32_t places[kSubjects];
    float best[kSubjects];
    const int64_t batch = record_.batch;
    each_window([&](const Range& rows, const Range& columns, int64_t pooled) {
      const int64_t start = rows.first * record_.columns.input + columns.first;
      for (int64_t from = 0; from < batch; from += kSubjects) {
        const int64_t count = std::min(kSubjects, batch - from);
        std::copy_n(x + start * batch + from, count, best);
        std::fill_n(places, count, static_cast<int32_t>(start));
        each_element(rows, columns, [&](int64_t at) {
          loops_.largest_place(best, places, x + at * batch + from,
                               static_cast<int32_t>(at), count);
        });
        for (int64_t b = 0; b < count; b++) {
          out[places[b] * batch + from + b] += upstream[pooled + from + b];
        }
      }
    });
  }

  const Loops& loops_;
  PoolingRecord record_;
  int64_t channels_per_task_ = 1;
};

}  // namespace

std::unique_ptr<Kernel> make_pooling(RecordReader& in,
                                     const Preparation& preparation) {
  return std::make_unique<Pooling>(in, preparation);
}

}  // namespace interlatent
