// What a graph was captured from: nodes, and what each of them waits for.
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
  // Of the dependencies, those that have ended when the node begins.
  std::vector<std::vector<size_t>> ended;
  // An edge that the runtime does not know of.
  bool invalid = false;

  void add(NodeType type, Work own, const std::vector<size_t>& before,
           const std::vector<cudaGraphEdgeData>& edges);
};

struct Graph {
  std::shared_ptr<Nodes> nodes = std::make_shared<Nodes>();
};

}  // namespace interlatent::cuda::emulation
