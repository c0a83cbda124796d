// Captures streams into graphs and launches graphs.
#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "cuda/emulation/calls.h"
#include "cuda/emulation/fibers.h"
#include "cuda/emulation/graph.h"
#include "cuda/emulation/races.h"

namespace interlatent::cuda::emulation {
namespace {

constexpr cudaGraphEdgeData kProgrammaticEdge = {
    cudaGraphKernelNodePortProgrammatic,
    0,
    cudaGraphDependencyTypeProgrammatic,
    {}};

// Returns the next node in an order that the dependencies allow: the first node
// that can run, or the last one if the order of threads is not forward.
size_t next_node(const Nodes& nodes, const std::vector<bool>& done) {
  const auto is_done = [&](size_t node) { return done[node]; };
  size_t chosen = done.size();
  for (size_t i = 0; i < done.size(); i++) {
    const auto& before = nodes.dependencies[i];
    if (done[i] || !std::all_of(before.begin(), before.end(), is_done)) {
      continue;
    }
    chosen = i;
    if (is_forward()) break;
  }
  return chosen;
}

void run_graph(const Nodes& nodes) {
  std::vector<bool> done(nodes.work.size());
  races::begin_graph(nodes.dependencies, nodes.ended);
  for (size_t count = 0; count < done.size(); count++) {
    const size_t node = next_node(nodes, done);
    races::begin_node(node);
    nodes.work[node]();
    done[node] = true;
  }
  races::end_graph();
}

thread_local int captures = 0;

}  // namespace

void Nodes::add(NodeType type, Work item, const std::vector<size_t>& before,
                const std::vector<cudaGraphEdgeData>& edges) {
  std::vector<size_t> full;
  for (size_t i = 0; i < before.size(); i++) {
    const cudaGraphEdgeData edge =
        i < edges.size() ? edges[i] : cudaGraphEdgeData{};
    if (edge.type == cudaGraphDependencyTypeProgrammatic) {
      invalid |= type != NodeType::kKernel ||
                 types[before[i]] != NodeType::kKernel ||
                 edge.from_port != cudaGraphKernelNodePortProgrammatic;
      continue;
    }
    invalid |= edge.from_port != cudaGraphKernelNodePortDefault;
    full.push_back(before[i]);
  }
  types.push_back(type);
  work.push_back(std::move(item));
  dependencies.push_back(before);
  ended.push_back(std::move(full));
}

bool is_capturing() { return captures > 0; }

}  // namespace interlatent::cuda::emulation

using namespace interlatent::cuda::emulation;

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode) {
  return call([=] {
    stream->captured = new Graph;
    stream->dependencies.clear();
    stream->edges.clear();
    captures++;
    count_living(1);
  });
}

cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph) {
  *graph = std::exchange(stream->captured, nullptr);
  captures--;
  if (!call_fails()) return cudaSuccess;
  delete std::exchange(*graph, nullptr);
  count_living(-1);
  return answer(cudaErrorUnknown);
}

cudaError_t cudaStreamGetCaptureInfo_v2(cudaStream_t stream,
                                        cudaStreamCaptureStatus* status,
                                        unsigned long long*, cudaGraph_t*,
                                        const cudaGraphNode_t** dependencies,
                                        size_t* count) {
  return call([=] {
    const auto has_data = [](const cudaGraphEdgeData& edge) {
      return edge.from_port != 0 || edge.type != 0;
    };
    if (std::any_of(stream->edges.begin(), stream->edges.end(), has_data)) {
      return cudaErrorLossyQuery;
    }
    *status = stream->captured == nullptr ? cudaStreamCaptureStatusNone
                                          : cudaStreamCaptureStatusActive;
    *dependencies = stream->dependencies.data();
    *count = stream->dependencies.size();
    return cudaSuccess;
  });
}

cudaError_t cudaStreamGetCaptureInfo_v3(cudaStream_t stream,
                                        cudaStreamCaptureStatus* status,
                                        unsigned long long*, cudaGraph_t*,
                                        const cudaGraphNode_t** dependencies,
                                        const cudaGraphEdgeData** edges,
                                        size_t* count) {
  return call([=] {
    if (!driver_knows_edge_data()) return cudaErrorCallRequiresNewerDriver;
    *status = stream->captured == nullptr ? cudaStreamCaptureStatusNone
                                          : cudaStreamCaptureStatusActive;
    *dependencies = stream->dependencies.data();
    *edges = stream->edges.data();
    *count = stream->dependencies.size();
    return cudaSuccess;
  });
}

cudaError_t cudaStreamUpdateCaptureDependencies(cudaStream_t stream,
                                                cudaGraphNode_t* dependencies,
                                                size_t count, unsigned) {
  return call([=] {
    stream->dependencies.assign(dependencies, dependencies + count);
    stream->edges.assign(count, cudaGraphEdgeData{});
  });
}

cudaError_t cudaStreamUpdateCaptureDependencies_v2(
    cudaStream_t stream, cudaGraphNode_t* dependencies,
    const cudaGraphEdgeData* edges, size_t count, unsigned) {
  return call([=] {
    if (!driver_knows_edge_data()) return cudaErrorCallRequiresNewerDriver;
    stream->dependencies.assign(dependencies, dependencies + count);
    stream->edges.assign(edges, edges + count);
    return cudaSuccess;
  });
}

cudaError_t cudaGraphGetEdges_v2(cudaGraph_t graph, cudaGraphNode_t* from,
                                 cudaGraphNode_t* to, cudaGraphEdgeData* edges,
                                 size_t* count) {
  return call([=] {
    if (!driver_knows_edge_data()) return cudaErrorCallRequiresNewerDriver;
    const Nodes& nodes = *graph->nodes;
    size_t total = 0;
    for (size_t i = 0; i < nodes.dependencies.size(); i++) {
      const auto& ended = nodes.ended[i];
      for (const size_t j : nodes.dependencies[i]) {
        if (edges != nullptr && total < *count) {
          const bool full =
              std::find(ended.begin(), ended.end(), j) != ended.end();
          from[total] = j;
          to[total] = i;
          edges[total] = full ? cudaGraphEdgeData{} : kProgrammaticEdge;
        }
        total++;
      }
    }
    *count = total;
    return cudaSuccess;
  });
}

cudaError_t cudaGraphInstantiate(cudaGraphExec_t* executable, cudaGraph_t graph,
                                 unsigned long long) {
  return call([=] {
    if (graph->nodes->invalid) return cudaErrorInvalidValue;
    *executable = new Graph(*graph);
    count_living(1);
    return cudaSuccess;
  });
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t executable, cudaStream_t stream) {
  return call_outside_captures([=] {
    stream->add(NodeType::kOther,
                [nodes = executable->nodes] { run_graph(*nodes); });
  });
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
  return give_back([=] {
    delete graph;
    count_living(-1);
  });
}

cudaError_t cudaGraphExecDestroy(cudaGraphExec_t executable) {
  return cudaGraphDestroy(executable);
}
