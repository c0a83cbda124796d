// A stream keeps what is added until somebody waits for it or, while it
// captures, records it as a node of a graph. Virtual, so that a library of its
// own can add to it.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "cuda/emulation/runtime.h"

namespace interlatent::cuda::emulation {

struct Graph;

// What a node of a graph is.
enum class NodeType { kKernel, kOther };

struct Stream {
  virtual ~Stream() = default;
  virtual void add(NodeType type, std::function<void()> work) = 0;

  Graph* captured = nullptr;
  // Of what is captured next: nodes, and what the edges to it say.
  std::vector<size_t> dependencies;
  std::vector<cudaGraphEdgeData> edges;
};

}  // namespace interlatent::cuda::emulation
