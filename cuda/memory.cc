#include "cuda/memory.h"

#include "error.h"

namespace interlatent::cuda {
namespace {

// As aligned as an address of the device.
constexpr uintptr_t kNowhere = uintptr_t{1} << 20;

}  // namespace

void check_cuda(cudaError_t status, const char* what) {
  if (status == cudaSuccess) return;
  // The next launch would be told of it again.
  cudaGetLastError();
  const bool memory = status == cudaErrorMemoryAllocation;
  throw Error(memory ? "out-of-memory" : "device",
              std::string("[cuda] ") + what + ": " +
                  cudaGetErrorString(status) + " (" + cudaGetErrorName(status) +
                  ")");
}

void* Memory::allocate(const std::string& what, uint64_t bytes) {
  // Never nothing, so that every operand has an address.
  const uint64_t taken = bytes == 0 ? 16 : bytes;
  if (pretends()) {
    // A sum that overflows would fit nowhere either.
    if (__builtin_add_overflow(bytes_, taken, &bytes_)) bytes_ = UINT64_MAX;
    return reinterpret_cast<void*>(kNowhere);
  }
  void* memory = nullptr;
  const cudaError_t status = cudaMalloc(&memory, taken);
  if (status == cudaErrorMemoryAllocation) {
    cudaGetLastError();
    const Free left = free();
    throw Error("out-of-memory", "[load] no memory on the device for " + what +
                                     ": " + std::to_string(bytes) +
                                     " bytes are needed, " +
                                     std::to_string(left.bytes) + " of " +
                                     std::to_string(left.total) + " are free");
  }
  check_cuda(status, "cudaMalloc");
  const cudaError_t zeroed = cudaMemsetAsync(memory, 0, taken, stream_);
  if (zeroed != cudaSuccess) cudaFree(memory);
  check_cuda(zeroed, "cudaMemset");
  bytes_ += taken;
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
  // The source may go away.
  check_cuda(cudaStreamSynchronize(stream_), "copy to the device");
}

}  // namespace interlatent::cuda
