#include "cuda/emulation/runtime.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

#include "cuda/emulation/fibers.h"
#include "cuda/emulation/language.h"
#include "cuda/emulation/stream.h"

namespace interlatent::cuda::emulation {

using Clock = std::chrono::steady_clock;

struct Graph {
  struct Node {
    std::function<void()> work;
    std::vector<size_t> dependencies;
  };
  std::vector<Node> nodes;

  // In an order that the dependencies allow: the first that can run, or, unless
  // threads run in order, the last.
  void run() const {
    std::vector<bool> done(nodes.size());
    for (size_t count = 0; count < nodes.size(); count++) {
      size_t next = nodes.size();
      for (size_t i = 0; i < nodes.size(); i++) {
        const auto& before = nodes[i].dependencies;
        const auto is_done = [&](size_t node) { return done[node]; };
        if (done[i] || !std::all_of(before.begin(), before.end(), is_done)) {
          continue;
        }
        next = i;
        if (is_forward()) break;
      }
      nodes[next].work();
      done[next] = true;
    }
  }
};

struct CapturingStream final : Stream {
  void add(std::function<void()> work) override {
    if (captured == nullptr) {
      work();
      return;
    }
    captured->nodes.push_back({std::move(work), std::move(dependencies)});
    dependencies.assign(1, captured->nodes.size() - 1);
  }
};

struct Event {
  Clock::time_point time;
};

void launch(dim3 grid, dim3 threads, size_t shared_bytes, Stream* stream,
            std::function<void()> thread) {
  stream->add([=, thread = std::move(thread)] {
    run_grid(grid, threads, shared_bytes, thread);
  });
}

namespace {

size_t setting(const char* name, size_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

size_t memory_size() {
  return setting("INTERLATENT_EMULATION_MEMORY", size_t{4} << 30);
}

class Memory {
 public:
  void* allocate(size_t bytes) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (bytes > memory_size() || used_ > memory_size() - bytes) return nullptr;
    // As on a device, what is new is not zero.
    constexpr size_t worth_filling = size_t{1} << 24;
    const size_t rounded = (bytes + 255) / 256 * 256;
    void* memory = bytes > worth_filling ? std::calloc(1, rounded)
                                         : std::aligned_alloc(256, rounded);
    if (memory == nullptr) return nullptr;
    if (bytes <= worth_filling) std::memset(memory, 0xff, bytes);
    sizes_[memory] = bytes;
    used_ += bytes;
    return memory;
  }

  void release(void* memory) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = sizes_.find(memory);
    if (found == sizes_.end()) return;
    used_ -= found->second;
    sizes_.erase(found);
    std::free(memory);
  }

  size_t free_bytes() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return memory_size() < used_ ? 0 : memory_size() - used_;
  }

 private:
  std::mutex mutex_;
  std::map<void*, size_t> sizes_;
  size_t used_ = 0;
};

Memory& memory() {
  static Memory all;
  return all;
}

}  // namespace
}  // namespace interlatent::cuda::emulation

using namespace interlatent::cuda::emulation;

const char* cudaGetErrorName(cudaError_t status) {
  switch (status) {
    case cudaSuccess:
      return "cudaSuccess";
    case cudaErrorMemoryAllocation:
      return "cudaErrorMemoryAllocation";
    case cudaErrorInvalidDevice:
      return "cudaErrorInvalidDevice";
    default:
      return "cudaErrorUnknown";
  }
}

const char* cudaGetErrorString(cudaError_t status) {
  return status == cudaErrorMemoryAllocation ? "out of memory" : "failure";
}

cudaError_t cudaGetLastError() { return cudaSuccess; }

cudaError_t cudaGetDeviceCount(int* count) {
  *count = 1;
  return cudaSuccess;
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int device) {
  if (device != 0) return cudaErrorInvalidDevice;
  *properties = {};
  std::snprintf(properties->name, sizeof properties->name,
                "CUDA emulation on the CPU");
  properties->totalGlobalMem = memory_size();
  // Kernels are cut up for as many: an H100's unless said otherwise.
  properties->multiProcessorCount =
      static_cast<int>(setting("INTERLATENT_EMULATION_MULTIPROCESSORS", 132));
  return cudaSuccess;
}

cudaError_t cudaSetDevice(int device) {
  return device == 0 ? cudaSuccess : cudaErrorInvalidDevice;
}

cudaError_t cudaMemGetInfo(size_t* free, size_t* total) {
  *free = memory().free_bytes();
  *total = memory_size();
  return cudaSuccess;
}

cudaError_t cudaDriverGetVersion(int* version) {
  *version = 0;
  return cudaSuccess;
}

cudaError_t cudaRuntimeGetVersion(int* version) {
  *version = 0;
  return cudaSuccess;
}

cudaError_t cudaMalloc(void** target, size_t bytes) {
  *target = memory().allocate(bytes);
  return *target == nullptr ? cudaErrorMemoryAllocation : cudaSuccess;
}

cudaError_t cudaFree(void* address) {
  memory().release(address);
  return cudaSuccess;
}

cudaError_t cudaMallocHost(void** target, size_t bytes) {
  *target = std::malloc(bytes);
  return *target == nullptr ? cudaErrorMemoryAllocation : cudaSuccess;
}

cudaError_t cudaFreeHost(void* address) {
  std::free(address);
  return cudaSuccess;
}

cudaError_t cudaMemsetAsync(void* target, int value, size_t bytes,
                            cudaStream_t stream) {
  stream->add([=] { std::memset(target, value, bytes); });
  return cudaSuccess;
}

cudaError_t cudaMemcpyAsync(void* target, const void* source, size_t bytes,
                            cudaMemcpyKind, cudaStream_t stream) {
  stream->add([=] { std::memcpy(target, source, bytes); });
  return cudaSuccess;
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned) {
  *stream = new CapturingStream;
  return cudaSuccess;
}

cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  delete stream;
  return cudaSuccess;
}

cudaError_t cudaStreamSynchronize(cudaStream_t) { return cudaSuccess; }

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode) {
  stream->captured = new Graph;
  stream->dependencies.clear();
  return cudaSuccess;
}

cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph) {
  *graph = std::exchange(stream->captured, nullptr);
  return cudaSuccess;
}

cudaError_t cudaStreamGetCaptureInfo(cudaStream_t stream,
                                     cudaStreamCaptureStatus* status,
                                     unsigned long long*, cudaGraph_t*,
                                     const cudaGraphNode_t** dependencies,
                                     const cudaGraphEdgeData**, size_t* count) {
  *status = stream->captured == nullptr ? cudaStreamCaptureStatusNone
                                        : cudaStreamCaptureStatusActive;
  *dependencies = stream->dependencies.data();
  *count = stream->dependencies.size();
  return cudaSuccess;
}

cudaError_t cudaStreamUpdateCaptureDependencies(cudaStream_t stream,
                                                cudaGraphNode_t* dependencies,
                                                const cudaGraphEdgeData*,
                                                size_t count, unsigned) {
  stream->dependencies.assign(dependencies, dependencies + count);
  return cudaSuccess;
}

cudaError_t cudaGraphInstantiate(cudaGraphExec_t* executable, cudaGraph_t graph,
                                 unsigned long long) {
  *executable = new Graph(*graph);
  return cudaSuccess;
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t executable, cudaStream_t) {
  executable->run();
  return cudaSuccess;
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
  delete graph;
  return cudaSuccess;
}

cudaError_t cudaGraphExecDestroy(cudaGraphExec_t executable) {
  delete executable;
  return cudaSuccess;
}

cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned) {
  *event = new Event;
  return cudaSuccess;
}

cudaError_t cudaEventDestroy(cudaEvent_t event) {
  delete event;
  return cudaSuccess;
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t) {
  event->time = Clock::now();
  return cudaSuccess;
}

cudaError_t cudaEventSynchronize(cudaEvent_t) { return cudaSuccess; }

cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t first,
                                 cudaEvent_t last) {
  *milliseconds =
      std::chrono::duration<float, std::milli>(last->time - first->time)
          .count();
  return cudaSuccess;
}
