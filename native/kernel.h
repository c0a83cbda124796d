// What a kernel is to the program: prepared and checked once when the plan is
// loaded, then run as a number of independent tasks in every step.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "finite.h"
#include "plan.h"
#include "profile.h"
#include "ranks/ranks.h"

namespace interlatent {

// One step of one run call. Tasks of several threads may report at once; the
// report of the lowest task is kept, whatever the order.
class Step {
 public:
  explicit Step(uint64_t number) : number_(number) {}

  uint64_t number() const { return number_; }

  // Ends the run call with this error after the kernel.
  void fail(uint64_t task, const char* code, std::string message) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (failure_ && failure_->task <= task) return;
    failure_ = Failure{task, code, std::move(message)};
  }

  // Takes a run out of training: the program finds out which tensor is to blame
  // by replaying the step, then clears `alive`.
  void lose_run(uint32_t run, float* alive) { lost_.push_back({run, alive}); }

  struct Failure {
    uint64_t task;
    const char* code;
    std::string message;
  };
  const std::optional<Failure>& failure() const { return failure_; }
  struct Lost {
    uint32_t run;
    float* alive;
  };
  std::vector<Lost>& lost() { return lost_; }

 private:
  uint64_t number_;
  std::mutex mutex_;
  std::optional<Failure> failure_;
  std::vector<Lost> lost_;
};

// Which block a kernel runs for: a tile of a run, in a worker's copy of the
// block slab. Kernels that are run once have the first of all.
struct Place {
  int64_t run = 0;
  int64_t tile = 0;
  int64_t copy = 0;
};

// The thread a task runs on.
struct Worker {
  uint32_t index;
  std::byte* scratch;  // 64-byte aligned, scratch_bytes() of the kernel
};

class Kernel {
 public:
  virtual ~Kernel() = default;

  // Depends on shapes only, never on the number of threads.
  uint32_t tasks() const { return tasks_; }
  size_t scratch_bytes() const { return scratch_bytes_; }
  // Pure kernels may be run again within a step with the same result.
  bool pure() const { return pure_; }
  std::span<const WrittenTensor> written() const { return written_; }
  // Arithmetic of one step, for profiles; 0 where it is not counted.
  double flops() const { return flops_; }
  const std::vector<MovedElements>& moved() const { return moved_; }

  // Tells where blocks find their operands; once, before the first run.
  void locate(std::span<const Operand> operands, uint64_t block_slab);
  // Elements from an operand of the first block to that of `place`.
  int64_t shift(size_t operand, const Place& place) const {
    const Strides& own = strides_[operand];
    return own.run * place.run + own.tile * place.tile + own.copy * place.copy;
  }

  virtual void run(uint32_t task, const Place& place, const Worker& worker,
                   Step& step) = 0;
  // Tells which rows of a data set the blocks of these tiles will read in a
  // step.
  virtual void reads_rows(
      uint64_t, TileRange,
      const std::function<void(const void*, size_t)>&) const {}
  // What tiles have computed for this kernel, each copy `stride` elements after
  // the one before; none but for a mean over tiles.
  struct TileCopies {
    float* first;
    uint32_t tiles;
    int64_t stride, elements;
  };
  virtual std::optional<TileCopies> tile_copies() const { return {}; }
  // After all tasks, on one thread.
  virtual void finish(const Place&, Step&) {}

 protected:
  uint32_t tasks_ = 1;
  size_t scratch_bytes_ = 0;
  bool pure_ = true;
  double flops_ = 0;
  std::vector<MovedElements> moved_;
  std::vector<WrittenTensor> written_;

 private:
  struct Strides {
    int64_t run, tile, copy;
  };
  std::vector<Strides> strides_;
};

}  // namespace interlatent
