// moveImages: a task moves some channels at one position of the leading
// dimensions. For some subjects at a time, it first looks up the source of
// every row and column.
#include "math/moves.h"

#include <algorithm>
#include <cmath>

#include "kernels/leading.h"
#include "kernels/task_count.h"
#include "registry.h"

namespace interlatent {
namespace {

class Moves final : public Kernel {
  static constexpr int64_t kSubjects = 32;
  static constexpr int64_t kTaskElements = 16384;

 public:
  explicit Moves(RecordReader& in) : record_(in), starts_(record_) {
    plane_ = record_.rows * record_.columns * record_.batch;
    channels_per_task_ = std::max<int64_t>(1, kTaskElements / plane_);
    tasks_per_place_ = task_count(in, record_.channels, channels_per_task_);
    const int64_t tasks[] = {record_.count, tasks_per_place_};
    tasks_ = task_count(in, in.product(tasks), 1);
    scratch_bytes_ =
        static_cast<size_t>((record_.rows + record_.columns) * kSubjects) *
        sizeof(int32_t);
    written_ = record_.written;
  }

  void run(uint32_t task, const Place& place, const Worker& worker,
           Step&) override {
    const auto at = static_cast<size_t>(task / tasks_per_place_);
    const int64_t first = task % tasks_per_place_ * channels_per_task_;
    const int64_t end = std::min(record_.channels, first + channels_per_task_);
    float* out = record_.out + shift(0, place) + starts_.out[at];
    const float* x = record_.first + shift(1, place) + starts_.first[at];
    const float* moves = record_.second + shift(2, place) + starts_.second[at];
    Subjects subjects;
    subjects.rows = reinterpret_cast<int32_t*>(worker.scratch);
    subjects.columns = subjects.rows + record_.rows * kSubjects;
    for (int64_t b = 0; b < record_.batch; b += kSubjects) {
      subjects.count = std::min(kSubjects, record_.batch - b);
      look_up(moves + b, subjects);
      for (int64_t channel = first; channel < end; channel++) {
        move(subjects, x + channel * plane_ + b, out + channel * plane_ + b);
      }
    }
  }

 private:
  // Source offsets of kSubjects subjects for every row and every column; -1:
  // the source lies outside the image.
  struct Subjects {
    int32_t* rows;
    int32_t* columns;
    float outside[kSubjects];
    int64_t count;
  };

  void look_up(const float* moves, Subjects& subjects) const {
    const int64_t batch = record_.batch;
    for (int64_t b = 0; b < subjects.count; b++) {
      const float mirror = moves[b];
      const float down = moves[batch + b];
      const float right = moves[2 * batch + b];
      if (!is_move(mirror) || !is_move(down) || !is_move(right)) {
        subjects.outside[b] = NAN;
        for (int64_t i = 0; i < record_.rows; i++) {
          subjects.rows[i * kSubjects + b] = -1;
        }
        for (int64_t j = 0; j < record_.columns; j++) {
          subjects.columns[j * kSubjects + b] = -1;
        }
        continue;
      }
      subjects.outside[b] = 0;
      for (int64_t i = 0; i < record_.rows; i++) {
        const int64_t from = moved_from(i, down, record_.rows, record_.wraps);
        subjects.rows[i * kSubjects + b] = static_cast<int32_t>(
            from < 0 ? from : from * record_.columns * batch);
      }
      for (int64_t j = 0; j < record_.columns; j++) {
        int64_t from = moved_from(j, right, record_.columns, record_.wraps);
        if (from >= 0 && mirror > 0) from = record_.columns - 1 - from;
        subjects.columns[j * kSubjects + b] =
            static_cast<int32_t>(from < 0 ? from : from * batch);
      }
    }
  }

  void move(const Subjects& subjects, const float* x, float* out) const {
    for (int64_t i = 0; i < record_.rows; i++) {
      const int32_t* rows = subjects.rows + i * kSubjects;
      for (int64_t j = 0; j < record_.columns; j++) {
        const int32_t* columns = subjects.columns + j * kSubjects;
        for (int64_t b = 0; b < subjects.count; b++) {
          const bool is_inside = (rows[b] | columns[b]) >= 0;
          out[b] =
              is_inside ? x[rows[b] + columns[b] + b] : subjects.outside[b];
        }
        out += record_.batch;
      }
    }
  }

  MovesRecord record_;
  Starts starts_;
  int64_t plane_ = 0, channels_per_task_ = 1, tasks_per_place_ = 1;
};

}  // namespace

std::unique_ptr<Kernel> make_moves(RecordReader& in, const Preparation&) {
  return std::make_unique<Moves>(in);
}

}  // namespace interlatent
