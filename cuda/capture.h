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
  // The next launch waits for all so far: for those that none waits for.
  void wait_for_all();
  // One launch has been made.
  void launched();
  size_t count() const { return launches_.size(); }

  GraphExec finish();

 private:
  // What a launch leaves for others to wait for. A library's may be several
  // nodes, and say of each from when on it need not be waited for any longer.
  struct End {
    cudaGraphNode_t node;
    cudaGraphEdgeData edge;
  };

  void set_dependencies(const std::vector<size_t>& launches);

  cudaStream_t stream_;
  bool running_ = true;
  std::vector<std::vector<End>> launches_;
  std::vector<bool> awaited_;  // by another launch
};

}  // namespace interlatent::cuda
