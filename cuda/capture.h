// A step as a graph: launches are captured one by one, each with the launches
// that it waits for, so that independent kernels run side by side.
#pragma once

#include <cstddef>
#include <vector>

#include "cuda/handles.h"

namespace interlatent::cuda {

class Capture {
 public:
  // Begins; nothing else may use the stream until `finish`.
  explicit Capture(cudaStream_t stream);
  ~Capture();
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;

  // The next launch waits for these, numbered in the order of `launched`.
  void wait_for(const std::vector<size_t>& launches);
  // The next launch waits for all so far.
  void wait_for_all();
  // One launch has been made.
  void launched();
  size_t count() const { return nodes_.size(); }

  GraphExec finish();

 private:
  void set_dependencies(std::vector<cudaGraphNode_t> nodes);

  cudaStream_t stream_;
  bool running_ = true;
  std::vector<cudaGraphNode_t> nodes_;
};

}  // namespace interlatent::cuda
