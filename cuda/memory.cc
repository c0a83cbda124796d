#include "cuda/memory.h"

#include "error.h"

namespace interlatent {

void check_cuda(cudaError_t status, const char* what) {
  if (status == cudaSuccess) return;
  const bool memory = status == cudaErrorMemoryAllocation;
  throw Error(memory ? "out-of-memory" : "device",
              std::string("[cuda] ") + what + ": " +
                  cudaGetErrorString(status) + " (" + cudaGetErrorName(status) +
                  ")");
}

void* Memory::allocate(const std::string& what, uint64_t bytes) {
  // Never nothing, so that every operand has an address.
  const uint64_t taken = bytes == 0 ? 16 : bytes;
  void* memory = nullptr;
  const cudaError_t status = cudaMalloc(&memory, taken);
  if (status == cudaErrorMemoryAllocation) {
    cudaGetLastError();
    size_t free = 0;
    size_t total = 0;
    check_cuda(cudaMemGetInfo(&free, &total), "free memory");
    throw Error("out-of-memory",
                "[load] no memory on the device for " + what + ": " +
                    std::to_string(bytes) + " bytes are needed, " +
                    std::to_string(free) + " of " + std::to_string(total) +
                    " are free. Fewer runs or a smaller batch need less");
  }
  check_cuda(status, "cudaMalloc");
  bytes_ += taken;
  check_cuda(cudaMemsetAsync(memory, 0, taken, stream_), "cudaMemset");
  return memory;
}

void Memory::copy_in(void* target, const void* source, uint64_t bytes) {
  if (bytes == 0) return;
  check_cuda(
      cudaMemcpyAsync(target, source, bytes, cudaMemcpyHostToDevice, stream_),
      "copy to the device");
  // The source may go away.
  check_cuda(cudaStreamSynchronize(stream_), "copy to the device");
}

}  // namespace interlatent
