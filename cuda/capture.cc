#include "cuda/capture.h"

#include <algorithm>
#include <string>
#include <utility>

#include "error.h"

namespace interlatent::cuda {
namespace {

// Functions for edges with data exist in toolkits from CUDA 12.3 on. They also
// need such a driver, which may be older than the toolkit.
constexpr int kFirstWithEdgeData = 12030;

cudaError_t update_dependencies(
    cudaStream_t stream, std::vector<cudaGraphNode_t>& nodes,
    [[maybe_unused]] const std::vector<cudaGraphEdgeData>& edges) {
  constexpr unsigned flags = cudaStreamSetCaptureDependencies;
#if CUDART_VERSION >= 13000
  return cudaStreamUpdateCaptureDependencies(stream, nodes.data(), edges.data(),
                                             nodes.size(), flags);
#else
#if CUDART_VERSION >= 12030
  if (edges_have_data()) {
    return cudaStreamUpdateCaptureDependencies_v2(
        stream, nodes.data(), edges.data(), nodes.size(), flags);
  }
#endif
  return cudaStreamUpdateCaptureDependencies(stream, nodes.data(), nodes.size(),
                                             flags);
#endif
}

cudaError_t ends_of_capture(cudaStream_t stream,
                            cudaStreamCaptureStatus* capturing,
                            const cudaGraphNode_t** nodes,
                            [[maybe_unused]] const cudaGraphEdgeData** edges,
                            size_t* count) {
#if CUDART_VERSION >= 13000
  return cudaStreamGetCaptureInfo(stream, capturing, nullptr, nullptr, nodes,
                                  edges, count);
#else
#if CUDART_VERSION >= 12030
  if (edges_have_data()) {
    return cudaStreamGetCaptureInfo_v3(stream, capturing, nullptr, nullptr,
                                       nodes, edges, count);
  }
#endif
  return cudaStreamGetCaptureInfo_v2(stream, capturing, nullptr, nullptr, nodes,
                                     count);
#endif
}

// Returns the number of programmatic edges of the captured graph.
size_t programmatic_edges([[maybe_unused]] cudaGraph_t graph) {
  size_t result = 0;
#if CUDART_VERSION >= 12030
#if CUDART_VERSION >= 13000
  constexpr auto get_edges = cudaGraphGetEdges;
#else
  constexpr auto get_edges = cudaGraphGetEdges_v2;
#endif
  size_t count = 0;
  check_cuda(get_edges(graph, nullptr, nullptr, nullptr, &count), "a graph");
  std::vector<cudaGraphNode_t> from(count);
  std::vector<cudaGraphNode_t> to(count);
  std::vector<cudaGraphEdgeData> edges(count);
  check_cuda(get_edges(graph, from.data(), to.data(), edges.data(), &count),
             "a graph");
  for (const cudaGraphEdgeData& edge : edges) {
    if (edge.type == cudaGraphDependencyTypeProgrammatic) result++;
  }
#endif
  return result;
}

cudaGraphEdgeData programmatic_edge() {
  cudaGraphEdgeData edge{};
#if CUDART_VERSION >= 12030
  edge.from_port = cudaGraphKernelNodePortProgrammatic;
  edge.type = cudaGraphDependencyTypeProgrammatic;
#endif
  return edge;
}

}  // namespace

bool edges_have_data() {
  if constexpr (CUDART_VERSION < kFirstWithEdgeData) return false;
  int driver = 0;
  check_cuda(cudaDriverGetVersion(&driver), "the driver's version");
  return driver >= kFirstWithEdgeData;
}

Capture::Capture(cudaStream_t stream, Overlap overlap)
    : stream_(stream), overlap_(overlap) {
  check_cuda(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal),
             "capture");
}

Capture::~Capture() {
  if (!running_) return;
  cudaGraph_t captured = nullptr;
  cudaStreamEndCapture(stream_, &captured);
  const Graph dropped(captured);
}

size_t Capture::overlapped(const std::vector<size_t>& launches) const {
  size_t chosen = count();
  if (overlap_ == Overlap::kNone || next_type_ != LaunchType::kKernel) {
    return chosen;
  }
  for (const size_t i : launches) {
    if (launches_[i].type != LaunchType::kKernel) continue;
    if (chosen == count() || launches_[i].depth > launches_[chosen].depth) {
      chosen = i;
    }
  }
  return chosen;
}

// The edge data that a library sets on its last nodes are ignored. They are
// meant for kernels that call griddepcontrol.wait; all other launches must wait
// for the end.
void Capture::wait_for(const std::vector<size_t>& launches, LaunchType next) {
  next_type_ = next;
  next_depth_ = 1;
  const size_t begins_before = overlapped(launches);
  std::vector<cudaGraphNode_t> nodes;
  std::vector<cudaGraphEdgeData> edges;
  for (const size_t i : launches) {
    Launched& launch = launches_[i];
    launch.awaited = true;
    next_depth_ = std::max(next_depth_, launch.depth + 1);
    nodes.insert(nodes.end(), launch.ends.begin(), launch.ends.end());
    edges.resize(nodes.size(), i == begins_before ? programmatic_edge()
                                                  : cudaGraphEdgeData{});
  }
  if (begins_before < count()) programmatic_++;
  check_cuda(update_dependencies(stream_, nodes, edges),
             "the dependencies of a launch");
}

void Capture::wait_for_all() {
  std::vector<size_t> last;
  for (size_t i = 0; i < launches_.size(); i++) {
    if (!launches_[i].awaited) last.push_back(i);
  }
  wait_for(last);
}

void Capture::launched() {
  cudaStreamCaptureStatus capturing{};
  const cudaGraphNode_t* nodes = nullptr;
  // A null pointer here is an error if an edge has data.
  const cudaGraphEdgeData* edges = nullptr;
  size_t count = 0;
  check_cuda(ends_of_capture(stream_, &capturing, &nodes, &edges, &count),
             "capture");
  if (capturing != cudaStreamCaptureStatusActive || count == 0) {
    throw Error("device", "[cuda] a kernel was not captured");
  }
  launches_.push_back({next_type_, next_depth_, false, {nodes, nodes + count}});
}

GraphExec Capture::finish() {
  cudaGraph_t captured = nullptr;
  running_ = false;
  check_cuda(cudaStreamEndCapture(stream_, &captured), "capture");
  const Graph graph(captured);
  const size_t overlaps = programmatic_ == 0 ? 0 : programmatic_edges(captured);
  // More edges than requested are valid: launches of a library can add some.
  if (overlaps < programmatic_) {
    throw Error("device", "[cuda] a captured step has " +
                              std::to_string(overlaps) + " of " +
                              std::to_string(programmatic_) +
                              " programmatic edges");
  }
  cudaGraphExec_t executable = nullptr;
  check_cuda(cudaGraphInstantiate(&executable, graph.get(), 0), "a graph");
  return GraphExec(executable);
}

}  // namespace interlatent::cuda
