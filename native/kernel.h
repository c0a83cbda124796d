// The interface between kernels and the program. A kernel is prepared and
// checked once, when the plan is loaded. In every step it then runs as a number
// of independent tasks.
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

// One step of a run call. Tasks of several threads may report failures at the
// same time. The failure of the lowest task is retained, whatever the order.
class Step {
 public:
  explicit Step(uint64_t number) : number_(number) {}

  uint64_t number() const { return number_; }

  // Ends the run call with this error when the kernel has finished.
  void fail(uint64_t task, const char* code, std::string message) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (failure_ && failure_->task <= task) return;
    failure_ = Failure{task, code, std::move(message)};
  }

  // Takes a run out of training. The program replays the step to find the first
  // non-finite tensor, then clears `alive`.
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

// The block that a kernel runs for: a tile of a run, in the copy of the block
// slab of a worker. Kernels that run once use the first of each.
struct Place {
  int64_t run = 0;
  int64_t tile = 0;
  int64_t copy = 0;
};

// The thread that a task runs on.
struct Worker {
  uint32_t index;
  std::byte* scratch;  // scratch_bytes() of the kernel, aligned to 64 bytes
};

class Kernel {
 public:
  virtual ~Kernel() = default;

  // Returns the number of tasks, which depends on shapes only, never on the
  // number of threads.
  uint32_t tasks() const { return tasks_; }
  size_t scratch_bytes() const { return scratch_bytes_; }
  // True if the kernel gives the same result when it runs again within a step.
  bool pure() const { return pure_; }
  std::span<const WrittenTensor> written() const { return written_; }
  // Floating-point operations of one block, for profiles; 0 if they are not
  // counted.
  double flops() const { return flops_; }
  const std::vector<MovedElements>& moved() const { return moved_; }

  // Sets the strides between the operands of blocks. Called once, before the
  // first run.
  void locate(std::span<const Operand> operands, uint64_t block_slab);
  // Returns the number of elements from an operand of the first block to that
  // of `place`.
  int64_t shift(size_t operand, const Place& place) const {
    const Strides& stride = strides_[operand];
    return stride.run * place.run + stride.tile * place.tile +
           stride.copy * place.copy;
  }

  virtual void run(uint32_t task, const Place& place, const Worker& worker,
                   Step& step) = 0;
  // Calls the function for each row of a data set that the blocks of these
  // tiles will read in the step.
  virtual void reads_rows(
      uint64_t, TileRange,
      const std::function<void(const void*, size_t)>&) const {}
  // Results that tiles have computed for this kernel: copies of `elements`
  // values, `stride` elements apart. Only `average`, the mean over tiles, has
  // them.
  struct TileCopies {
    float* first;
    uint32_t tiles;
    int64_t stride, elements;
  };
  virtual std::optional<TileCopies> tile_copies() const { return {}; }
  // Runs after all tasks, on one thread.
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
