#include "cuda/capture.h"

#include <utility>

#include "error.h"

namespace interlatent::cuda {

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

void Capture::set_dependencies(std::vector<cudaGraphNode_t> nodes) {
#if CUDART_VERSION >= 13000
  const cudaError_t status = cudaStreamUpdateCaptureDependencies(
      stream_, nodes.data(), nullptr, nodes.size(),
      cudaStreamSetCaptureDependencies);
#else
  const cudaError_t status = cudaStreamUpdateCaptureDependencies(
      stream_, nodes.data(), nodes.size(), cudaStreamSetCaptureDependencies);
#endif
  check_cuda(status, "the dependencies of a launch");
}

void Capture::wait_for(const std::vector<size_t>& launches) {
  std::vector<cudaGraphNode_t> nodes;
  for (const size_t launch : launches) nodes.push_back(nodes_[launch]);
  set_dependencies(std::move(nodes));
}

void Capture::wait_for_all() { set_dependencies(nodes_); }

void Capture::launched() {
  cudaStreamCaptureStatus capturing{};
  const cudaGraphNode_t* last = nullptr;
  size_t count = 0;
#if CUDART_VERSION >= 13000
  const cudaError_t status = cudaStreamGetCaptureInfo(
      stream_, &capturing, nullptr, nullptr, &last, nullptr, &count);
#else
  const cudaError_t status = cudaStreamGetCaptureInfo_v2(
      stream_, &capturing, nullptr, nullptr, &last, &count);
#endif
  check_cuda(status, "capture");
  if (capturing != cudaStreamCaptureStatusActive || count != 1) {
    throw Error("device", "[cuda] a kernel was not captured as one launch");
  }
  nodes_.push_back(*last);
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
