// A stream keeps what is added until somebody waits for it or, while it
// captures, records it as a node of a graph. Virtual, so that a library of its
// own can add to it.
#pragma once

#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

#include "cuda/emulation/runtime.h"

namespace interlatent::cuda::emulation {

struct Graph;

// What a node of a graph is.
enum class NodeType { kKernel, kOther };

// What a stream has to do: asked again, after a while, as long as it answers
// that it waits for something (false).
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
  // Of what is captured next: nodes, and what the edges to it say.
  std::vector<size_t> dependencies;
  std::vector<cudaGraphEdgeData> edges;
};

}  // namespace interlatent::cuda::emulation
