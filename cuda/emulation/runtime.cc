#include "cuda/emulation/runtime.h"

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

namespace interlatent::emulation {

using Clock = std::chrono::steady_clock;

struct Graph {
  std::vector<std::function<void()>> launches;
};

struct Stream {
  Graph* captured = nullptr;

  void add(std::function<void()> work) {
    if (captured != nullptr) {
      captured->launches.push_back(std::move(work));
    } else {
      work();
    }
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

// INTERLATENT_EMULATION_MEMORY bytes, or 4 GiB.
size_t memory_size() {
  const char* text = std::getenv("INTERLATENT_EMULATION_MEMORY");
  return text == nullptr ? size_t{4} << 30 : std::strtoull(text, nullptr, 10);
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
}  // namespace interlatent::emulation

using namespace interlatent::emulation;

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
  properties->multiProcessorCount = 1;
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
  *stream = new Stream;
  return cudaSuccess;
}

cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  delete stream;
  return cudaSuccess;
}

cudaError_t cudaStreamSynchronize(cudaStream_t) { return cudaSuccess; }

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode) {
  stream->captured = new Graph;
  return cudaSuccess;
}

cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph) {
  *graph = std::exchange(stream->captured, nullptr);
  return cudaSuccess;
}

cudaError_t cudaGraphInstantiate(cudaGraphExec_t* executable, cudaGraph_t graph,
                                 unsigned long long) {
  *executable = new Graph(*graph);
  return cudaSuccess;
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t executable, cudaStream_t) {
  for (const auto& work : executable->launches) work();
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
