// A stream stores work until the host waits for it. During a capture it records
// work as nodes of a graph. The interface is virtual, so that other libraries
// can add work to a stream.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "cuda/emulation/runtime.h"

namespace interlatent::cuda::emulation {

struct Graph;

// Type of a node of a graph.
enum class NodeType { kKernel, kOther };

// A work item of a stream.
using Work = std::function<void()>;

struct Stream {
  virtual ~Stream() = default;
  virtual void add(NodeType type, Work work) = 0;

  Graph* captured = nullptr;
  // Dependencies of the next captured node, and the data of the edges to it.
  std::vector<size_t> dependencies;
  std::vector<cudaGraphEdgeData> edges;
};

}  // namespace interlatent::cuda::emulation
