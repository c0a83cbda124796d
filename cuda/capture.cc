#include "cuda/capture.h"

#include <utility>

#include "error.h"

namespace interlatent::cuda {
namespace {

cudaError_t update_dependencies(
    cudaStream_t stream, std::vector<cudaGraphNode_t>& nodes,
    [[maybe_unused]] const std::vector<cudaGraphEdgeData>& edges) {
  constexpr unsigned flags = cudaStreamSetCaptureDependencies;
#if CUDART_VERSION >= 13000
  return cudaStreamUpdateCaptureDependencies(stream, nodes.data(), edges.data(),
                                             nodes.size(), flags);
#elif CUDART_VERSION >= 12030
  return cudaStreamUpdateCaptureDependencies_v2(
      stream, nodes.data(), edges.data(), nodes.size(), flags);
#else
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
#elif CUDART_VERSION >= 12030
  return cudaStreamGetCaptureInfo_v3(stream, capturing, nullptr, nullptr, nodes,
                                     edges, count);
#else
  return cudaStreamGetCaptureInfo_v2(stream, capturing, nullptr, nullptr, nodes,
                                     count);
#endif
}

}  // namespace

Capture::Capture(cudaStream_t stream) : stream_(stream) {
  check_cuda(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal),
             "capture");
}

Capture::~Capture() {
  if (!running_) return;
  cudaGraph_t captured = nullptr;
  cudaStreamEndCapture(stream_, &captured);
  const Graph dropped(captured);
}

void Capture::set_dependencies(const std::vector<size_t>& launches) {
  std::vector<cudaGraphNode_t> nodes;
  std::vector<cudaGraphEdgeData> edges;
  for (const size_t launch : launches) {
    for (const End& end : launches_[launch]) {
      nodes.push_back(end.node);
      edges.push_back(end.edge);
    }
    awaited_[launch] = true;
  }
  check_cuda(update_dependencies(stream_, nodes, edges),
             "the dependencies of a launch");
}

void Capture::wait_for(const std::vector<size_t>& launches) {
  set_dependencies(launches);
}

void Capture::wait_for_all() {
  std::vector<size_t> last;
  for (size_t i = 0; i < launches_.size(); i++) {
    if (!awaited_[i]) last.push_back(i);
  }
  set_dependencies(last);
}

void Capture::launched() {
  cudaStreamCaptureStatus capturing{};
  const cudaGraphNode_t* nodes = nullptr;
  const cudaGraphEdgeData* edges = nullptr;
  size_t count = 0;
  check_cuda(ends_of_capture(stream_, &capturing, &nodes, &edges, &count),
             "capture");
  if (capturing != cudaStreamCaptureStatusActive || count == 0) {
    throw Error("device", "[cuda] a kernel was not captured");
  }
  std::vector<End> ends;
  for (size_t i = 0; i < count; i++) {
    ends.push_back(
        {nodes[i], edges == nullptr ? cudaGraphEdgeData{} : edges[i]});
  }
  launches_.push_back(std::move(ends));
  awaited_.push_back(false);
}

GraphExec Capture::finish() {
  cudaGraph_t captured = nullptr;
  running_ = false;
  check_cuda(cudaStreamEndCapture(stream_, &captured), "capture");
  const Graph graph(captured);
  cudaGraphExec_t executable = nullptr;
  check_cuda(cudaGraphInstantiate(&executable, graph.get(), 0), "a graph");
  return GraphExec(executable);
}

}  // namespace interlatent::cuda
