// A captured graph: nodes and their dependencies.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "cuda/emulation/stream.h"

namespace interlatent::cuda::emulation {

struct Nodes {
  std::vector<NodeType> types;
  std::vector<Work> work;
  std::vector<std::vector<size_t>> dependencies;
  // The dependencies that have ended when the node begins.
  std::vector<std::vector<size_t>> ended;
  // True if an edge is not supported by the runtime.
  bool invalid = false;

  void add(NodeType type, Work item, const std::vector<size_t>& before,
           const std::vector<cudaGraphEdgeData>& edges);
};

struct Graph {
  std::shared_ptr<Nodes> nodes = std::make_shared<Nodes>();
};

}  // namespace interlatent::cuda::emulation
