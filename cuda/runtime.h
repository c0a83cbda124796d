// The CUDA runtime and language: the real ones, or the emulation on the CPU
// (docs/explanation/cuda-testing.md). Kernels are written once for both.
#pragma once

#include <type_traits>

#ifdef __CUDACC__

#include <cuda_runtime.h>

#define IL_START(kernel, grid, threads, shared_bytes, stream, ...) \
  kernel<<<(grid), (threads), (shared_bytes), (stream)>>>(__VA_ARGS__)
// A parameter that no thread writes. The emulation does not copy it for every
// thread.
#define IL_CONSTANT(type) std::type_identity_t<type>
// Declares shared memory of a thread block: a variable of a type, or an array
// of the size that the launch sets.
#define IL_SHARED(type, name) __shared__ std::type_identity_t<type> name
#define IL_DYNAMIC_SHARED(type, name)                           \
  extern __shared__ __align__(16) unsigned char name##_bytes[]; \
  type* const name = reinterpret_cast<type*>(name##_bytes)

// Every kernel begins with this call. A launch of a captured step may begin
// before a launch that it depends on has ended; it waits here until that
// launch, and with it all earlier ones, has ended. After this, launches that
// depend on this one may begin. It has no effect if launches do not overlap.
__device__ __forceinline__ void await_predecessors() {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
  asm volatile("griddepcontrol.wait;\n\tgriddepcontrol.launch_dependents;" ::
                   : "memory");
#endif
}

#elif defined(INTERLATENT_CUDA_EMULATED)

#include "cuda/emulation/language.h"
#include "cuda/emulation/runtime.h"

#else

#include <cuda_runtime.h>

#endif

// Starts a kernel. Throws as check_cuda does if the launch is invalid, for
// example for an empty grid.
#define IL_LAUNCH(kernel, grid, threads, shared_bytes, stream, ...)            \
  do {                                                                         \
    IL_START(kernel, grid, threads, shared_bytes, stream, __VA_ARGS__);        \
    ::interlatent::cuda::check_cuda(cudaGetLastError(), "launch of " #kernel); \
  } while (false)

namespace interlatent::cuda {

// Throws Error "out-of-memory" or "device" with the text `what` unless the
// status is success.
void check_cuda(cudaError_t status, const char* what);

// Allows the thread blocks of a kernel to have `bytes` of dynamic shared
// memory. Without this the limit is 48 KB.
template <class... Parameters>
void allow_shared(void (*kernel)(Parameters...), size_t bytes) {
  check_cuda(
      cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                           static_cast<int>(bytes)),
      "more shared memory");
}

}  // namespace interlatent::cuda
