// Captures a step as a graph. Launches are captured one by one, each with its
// dependencies, so that independent kernels can run concurrently.
#pragma once

#include <cstddef>
#include <vector>

#include "cuda/handles.h"

namespace interlatent::cuda {

// Whether a kernel may begin before a launch that it depends on has ended
// (programmatic dependent launch). Such a kernel waits in await_predecessors.
enum class Overlap { kNone, kProgrammatic };

// A kernel of this library, which begins with await_predecessors, or any other
// work.
enum class LaunchType { kKernel, kOther };

// True if toolkit and driver know edges with data, which overlaps need.
bool edges_have_data();

class Capture {
 public:
  // Begins the capture. Nothing else may use the stream until `finish`.
  explicit Capture(cudaStream_t stream, Overlap overlap = Overlap::kNone);
  ~Capture();
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;

  // Makes the next launch wait for these launches, numbered in the order of
  // `launched`.
  void wait_for(const std::vector<size_t>& launches,
                LaunchType next = LaunchType::kKernel);
  // Makes the next launch wait for all earlier ones: it gets an edge from every
  // launch that no other launch waits for.
  void wait_for_all();
  // Registers the launch that was just captured.
  void launched();
  size_t count() const { return launches_.size(); }

  GraphExec finish();

 private:
  struct Launched {
    LaunchType type;
    size_t depth;  // number of launches in the longest chain that ends with it
    bool awaited;  // by another launch
    // Nodes that other launches wait for. A launch of a library can have
    // several.
    std::vector<cudaGraphNode_t> ends;
  };

  // Returns the launch that the next one may overlap: of its dependencies the
  // one with the longest chain, which probably ends last. Returns `count()` if
  // there is none.
  size_t overlapped(const std::vector<size_t>& launches) const;

  cudaStream_t stream_;
  Overlap overlap_;
  bool running_ = true;
  size_t programmatic_ = 0;  // number of programmatic edges
  LaunchType next_type_ = LaunchType::kOther;
  size_t next_depth_ = 1;
  std::vector<Launched> launches_;
};

}  // namespace interlatent::cuda
