// A stream stores work until the host waits for it. During a capture it records
// work as nodes of a graph. The interface is virtual, so that other libraries
// can add work to a stream.
#pragma once

#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

#include "cuda/emulation/runtime.h"

namespace interlatent::cuda::emulation {

struct Graph;

// Type of a node of a graph.
enum class NodeType { kKernel, kOther };

// A work item of a stream. It returns false if it has to wait; the stream then
// calls it again later.
using Work = std::function<bool()>;

struct Stream {
  virtual ~Stream() = default;
  virtual void add_waiting(NodeType type, Work work) = 0;
  void add(NodeType type, std::function<void()> work) {
    add_waiting(type, [work = std::move(work)] {
      work();
      return true;
    });
  }

  Graph* captured = nullptr;
  // Dependencies of the next captured node, and the data of the edges to it.
  std::vector<size_t> dependencies;
  std::vector<cudaGraphEdgeData> edges;
};

}  // namespace interlatent::cuda::emulation
