// A step as a graph: launches are captured one by one, each with the launches
// that it waits for, so that independent kernels run side by side.
#pragma once

#include <cstddef>
#include <vector>

#include "cuda/handles.h"

namespace interlatent::cuda {

// Whether a kernel may begin before one that it waits for has ended, by a
// programmatic edge: it then waits for it itself (await_predecessors).
enum class Overlap { kNone, kProgrammatic };

// One kernel of ours, which begins with await_predecessors, or anything else.
enum class LaunchType { kKernel, kOther };

class Capture {
 public:
  // Begins; nothing else may use the stream until `finish`.
  explicit Capture(cudaStream_t stream, Overlap overlap = Overlap::kNone);
  ~Capture();
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;

  // The next launch waits for these, numbered in the order of `launched`.
  void wait_for(const std::vector<size_t>& launches,
                LaunchType next = LaunchType::kKernel);
  // The next launch waits for all so far: for those that none waits for.
  void wait_for_all(LaunchType next = LaunchType::kKernel);
  // One launch has been made.
  void launched();
  size_t count() const { return launches_.size(); }

  GraphExec finish();

 private:
  struct Launched {
    LaunchType type;
    size_t depth;  // launches of the longest chain up to it
    bool awaited;  // by another launch
    // What it leaves for others to wait for. A library's may be several.
    std::vector<cudaGraphNode_t> ends;
  };

  // Of those that the next launch waits for, the one that it may overlap, which
  // probably ends last; `count()` for none.
  size_t overlapped(const std::vector<size_t>& launches) const;

  cudaStream_t stream_;
  Overlap overlap_;
  bool running_ = true;
  size_t programmatic_ = 0;  // edges
  LaunchType next_type_ = LaunchType::kOther;
  size_t next_depth_ = 1;
  std::vector<Launched> launches_;
};

}  // namespace interlatent::cuda
