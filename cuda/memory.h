// Device memory of one program. All of it is allocated while the program is
// loaded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "cuda/runtime.h"

namespace interlatent::cuda {

// Allocates memory and counts the bytes.
class Memory {
 public:
  // kPretends only counts the bytes; the addresses that it returns are invalid.
  enum class Mode { kTakes, kPretends };

  explicit Memory(cudaStream_t stream, Mode mode = Mode::kTakes)
      : stream_(stream), mode_(mode) {}

  // Returns zeroed memory. Throws Error "out-of-memory" with the name `what`,
  // the bytes that are needed, and the bytes that are free.
  void* allocate(const std::string& what, uint64_t bytes);
  void copy_in(void* target, const void* source, uint64_t bytes);

  bool pretends() const { return mode_ == Mode::kPretends; }
  // Returns the bytes of all allocations.
  uint64_t bytes() const { return bytes_; }

  // Free and total memory of the device.
  struct Free {
    uint64_t bytes, total;
  };
  static Free free();

 private:
  cudaStream_t stream_;
  Mode mode_;
  uint64_t bytes_ = 0;
};

// An array on the device, zeroed or copied from the host; empty by default.
template <class Element>
class DeviceArray {
 public:
  DeviceArray() = default;
  DeviceArray(Memory& memory, const std::string& what, uint64_t count)
      : count_(count), owned_(!memory.pretends()) {
    if (count > UINT64_MAX / sizeof(Element)) count = UINT64_MAX;
    data_ = static_cast<Element*>(
        memory.allocate(what, count == UINT64_MAX ? count : bytes()));
  }
  DeviceArray(Memory& memory, const std::string& what,
              const std::vector<Element>& elements)
      : DeviceArray(memory, what, elements.size()) {
    memory.copy_in(data_, elements.data(), bytes());
  }
  ~DeviceArray() {
    if (owned_) cudaFree(data_);
  }
  DeviceArray(DeviceArray&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)),
        count_(std::exchange(other.count_, 0)),
        owned_(std::exchange(other.owned_, false)) {}
  DeviceArray& operator=(DeviceArray&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(count_, other.count_);
    std::swap(owned_, other.owned_);
    return *this;
  }

  Element* data() const { return data_; }
  uint64_t count() const { return count_; }
  uint64_t bytes() const { return count_ * sizeof(Element); }

 private:
  Element* data_ = nullptr;
  uint64_t count_ = 0;
  bool owned_ = false;
};

// An array in page-locked host memory, which kernels access directly.
template <class Element>
class PinnedArray {
 public:
  PinnedArray() = default;
  explicit PinnedArray(uint64_t count,
                       const char* what = "page-locked memory") {
    void* memory = nullptr;
    check_cuda(cudaMallocHost(&memory, (count + 1) * sizeof(Element)), what);
    data_ = static_cast<Element*>(memory);
  }
  ~PinnedArray() { cudaFreeHost(data_); }
  PinnedArray(PinnedArray&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)) {}
  PinnedArray& operator=(PinnedArray&& other) noexcept {
    std::swap(data_, other.data_);
    return *this;
  }

  Element* data() const { return data_; }
  Element& operator[](uint64_t index) const { return data_[index]; }

 private:
  Element* data_ = nullptr;
};

}  // namespace interlatent::cuda
