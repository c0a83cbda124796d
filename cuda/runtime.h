// The CUDA runtime and language as the backend uses them: the real ones under
// nvcc, otherwise the emulation on the CPU (docs/gpu.md). Kernels are written
// once for both.
#pragma once

#include <type_traits>

#ifdef __CUDACC__

#include <cuda_runtime.h>

#define IL_START(kernel, grid, threads, shared_bytes, stream, ...) \
  kernel<<<(grid), (threads), (shared_bytes), (stream)>>>(__VA_ARGS__)
// A parameter that no thread writes; the emulation need not copy it for each.
#define IL_CONSTANT(type) std::type_identity_t<type>
// Memory of one thread block: of a type, or as many bytes as it was launched
// with.
#define IL_SHARED(type, name) __shared__ std::type_identity_t<type> name
#define IL_DYNAMIC_SHARED(type, name)                           \
  extern __shared__ __align__(16) unsigned char name##_bytes[]; \
  type* const name = reinterpret_cast<type*>(name##_bytes)

// First in every kernel: a launch of a captured step may begin before one that
// it depends on has ended, and waits here for that one, so that it has ended
// with all that came before it. From then on launches that depend on this one
// may begin. Nothing where launches do not overlap.
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

// Starts a kernel; throws what check_cuda throws where that cannot be, as for a
// grid without blocks.
#define IL_LAUNCH(kernel, grid, threads, shared_bytes, stream, ...)            \
  do {                                                                         \
    IL_START(kernel, grid, threads, shared_bytes, stream, __VA_ARGS__);        \
    ::interlatent::cuda::check_cuda(cudaGetLastError(), "launch of " #kernel); \
  } while (false)

namespace interlatent::cuda {

// Throws Error "out-of-memory" or "device" that says what failed.
void check_cuda(cudaError_t status, const char* what);

// Lets thread blocks of a kernel share so many bytes, where they are more than
// the 48 KB that any kernel may.
template <class... Parameters>
void allow_shared(void (*kernel)(Parameters...), size_t bytes) {
  check_cuda(
      cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                           static_cast<int>(bytes)),
      "more shared memory");
}

}  // namespace interlatent::cuda
