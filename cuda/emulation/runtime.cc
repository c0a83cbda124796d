// Emulates devices and memory.
#include "cuda/emulation/runtime.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <map>
#include <mutex>

#include "cuda/emulation/calls.h"

namespace interlatent::cuda::emulation {
namespace {

size_t memory_size() {
  const char* text = std::getenv("INTERLATENT_EMULATION_MEMORY");
  return text == nullptr ? size_t{4} << 30 : std::strtoull(text, nullptr, 10);
}

// All emulated devices share one memory.
int device_count() {
  const char* text = std::getenv("INTERLATENT_EMULATION_DEVICES");
  const int count = text == nullptr ? 1 : std::atoi(text);
  return count < 1 ? 1 : count;
}

// CUDA version of the emulated driver: 12020 is 12.2.
int driver_version() {
  const char* text = std::getenv("INTERLATENT_EMULATION_DRIVER");
  return text == nullptr ? CUDART_VERSION : std::atoi(text);
}

thread_local int device_of_thread = 0;

class Memory {
 public:
  void* allocate(size_t bytes) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (bytes > memory_size() || used_ > memory_size() - bytes) return nullptr;
    // New memory is not zero, as on a device.
    constexpr size_t worth_filling = size_t{1} << 24;
    const size_t rounded = (bytes + 255) / 256 * 256;
    void* memory = bytes > worth_filling ? std::calloc(1, rounded)
                                         : std::aligned_alloc(256, rounded);
    if (memory == nullptr) return nullptr;
    if (bytes <= worth_filling) std::memset(memory, 0xff, bytes);
    sizes_[memory] = bytes;
    used_ += bytes;
    count_living(1);
    return memory;
  }

  void release(void* memory) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto entry = sizes_.find(memory);
    if (entry == sizes_.end()) return;
    used_ -= entry->second;
    count_living(-1);
    sizes_.erase(entry);
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

// Sizes of page-locked host allocations by address.
struct PageLocked {
  std::mutex mutex;
  std::map<uintptr_t, size_t> sizes;
};

PageLocked& page_locked() {
  static PageLocked all;
  return all;
}

}  // namespace

int current_device() { return device_of_thread; }

bool driver_knows_edge_data() { return driver_version() >= 12030; }

bool is_page_locked(const void* address) {
  const auto at = reinterpret_cast<uintptr_t>(address);
  const std::lock_guard<std::mutex> lock(page_locked().mutex);
  const auto& sizes = page_locked().sizes;
  const auto after = sizes.upper_bound(at);
  if (after == sizes.begin()) return false;
  const auto& [begin, bytes] = *std::prev(after);
  return at - begin < bytes;
}

}  // namespace interlatent::cuda::emulation

using namespace interlatent::cuda::emulation;

cudaError_t cudaGetDeviceCount(int* count) {
  return call([=] { *count = device_count(); });
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int device) {
  return call([=] {
    if (device < 0 || device >= device_count()) return cudaErrorInvalidDevice;
    *properties = {};
    std::snprintf(properties->name, sizeof properties->name,
                  "CUDA emulation on the CPU");
    properties->totalGlobalMem = memory_size();
    properties->multiProcessorCount = 132;  // as an H100
    properties->sharedMemPerBlockOptin = kMaxSharedBytes;
    return cudaSuccess;
  });
}

cudaError_t cudaSetDevice(int device) {
  return call([=] {
    if (device < 0 || device >= device_count()) return cudaErrorInvalidDevice;
    device_of_thread = device;
    return cudaSuccess;
  });
}

cudaError_t cudaMemGetInfo(size_t* free, size_t* total) {
  return call([=] {
    *free = memory().free_bytes();
    *total = memory_size();
  });
}

cudaError_t cudaDriverGetVersion(int* version) {
  return call([=] { *version = driver_version(); });
}

cudaError_t cudaRuntimeGetVersion(int* version) {
  return call([=] { *version = CUDART_VERSION; });
}

cudaError_t cudaMalloc(void** target, size_t bytes) {
  return call_outside_captures([=] {
    *target = memory().allocate(bytes);
    return *target == nullptr ? cudaErrorMemoryAllocation : cudaSuccess;
  });
}

cudaError_t cudaFree(void* address) {
  return give_back([=] {
    if (address == nullptr) return;
    finish_streams();
    memory().release(address);
  });
}

cudaError_t cudaMallocHost(void** target, size_t bytes) {
  return call_outside_captures([=] {
    *target = std::malloc(bytes);
    if (*target == nullptr) return cudaErrorMemoryAllocation;
    const std::lock_guard<std::mutex> lock(page_locked().mutex);
    page_locked().sizes[reinterpret_cast<uintptr_t>(*target)] = bytes;
    count_living(1);
    return cudaSuccess;
  });
}

cudaError_t cudaFreeHost(void* address) {
  return give_back([=] {
    if (address == nullptr) return;
    finish_streams();
    {
      const std::lock_guard<std::mutex> lock(page_locked().mutex);
      page_locked().sizes.erase(reinterpret_cast<uintptr_t>(address));
    }
    std::free(address);
    count_living(-1);
  });
}
