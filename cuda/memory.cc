#include "cuda/memory.h"

#include "error.h"

namespace interlatent::cuda {
namespace {

// Invalid address with the alignment of device memory.
constexpr uintptr_t kNowhere = uintptr_t{1} << 20;

}  // namespace

void check_cuda(cudaError_t status, const char* what) {
  if (status == cudaSuccess) return;
  // Clear the error, or the check after the next launch would report it again.
  cudaGetLastError();
  const bool memory = status == cudaErrorMemoryAllocation;
  throw Error(memory ? "out-of-memory" : "device",
              std::string("[cuda] ") + what + ": " +
                  cudaGetErrorString(status) + " (" + cudaGetErrorName(status) +
                  ")");
}

void* Memory::allocate(const std::string& what, uint64_t bytes) {
  // Allocate at least 16 bytes, so that every operand has an address.
  const uint64_t size = bytes == 0 ? 16 : bytes;
  if (pretends()) {
    // A sum that overflows does not fit any device.
    if (__builtin_add_overflow(bytes_, size, &bytes_)) bytes_ = UINT64_MAX;
    return reinterpret_cast<void*>(kNowhere);
  }
  void* memory = nullptr;
  const cudaError_t status = cudaMalloc(&memory, size);
  if (status == cudaErrorMemoryAllocation) {
    cudaGetLastError();
    const Free available = free();
    throw Error("out-of-memory",
                "[load] no memory on the device for " + what + ": " +
                    std::to_string(bytes) + " bytes are needed, " +
                    std::to_string(available.bytes) + " of " +
                    std::to_string(available.total) + " are free");
  }
  check_cuda(status, "cudaMalloc");
  const cudaError_t zeroed = cudaMemsetAsync(memory, 0, size, stream_);
  if (zeroed != cudaSuccess) cudaFree(memory);
  check_cuda(zeroed, "cudaMemset");
  bytes_ += size;
  return memory;
}

Memory::Free Memory::free() {
  size_t bytes = 0;
  size_t total = 0;
  check_cuda(cudaMemGetInfo(&bytes, &total), "free memory");
  return {bytes, total};
}

void Memory::copy_in(void* target, const void* source, uint64_t bytes) {
  if (bytes == 0 || pretends()) return;
  check_cuda(
      cudaMemcpyAsync(target, source, bytes, cudaMemcpyHostToDevice, stream_),
      "copy to the device");
  // The caller may free the source after this call.
  check_cuda(cudaStreamSynchronize(stream_), "copy to the device");
}

}  // namespace interlatent::cuda
