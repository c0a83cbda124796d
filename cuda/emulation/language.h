// CUDA C++ for g++. Every thread of a block is a fiber that switches only at
// barriers; blocks run in sequence. If some running threads do not reach a
// barrier of their block or warp, the program ends with a message.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <tuple>
#include <type_traits>

#include "cuda/emulation/races.h"

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline __attribute__((always_inline))
#define __launch_bounds__(...)
#define IL_CONSTANT(type) const std::type_identity_t<type>&

struct dim3 {
  unsigned x, y, z;
  constexpr dim3(unsigned x_ = 1, unsigned y_ = 1, unsigned z_ = 1)
      : x(x_), y(y_), z(z_) {}
};

struct alignas(8) float2 {
  float x, y;
};
struct alignas(16) float4 {
  float x, y, z, w;
};
struct alignas(16) uint4 {
  unsigned x, y, z, w;
};

// Marks functions that emulate device instructions. The race detector does not
// check their memory accesses.
#define IL_UNCHECKED __attribute__((no_sanitize("thread")))

namespace interlatent::cuda::emulation {

// Indices of the running thread.
struct Thread {
  dim3 index, block, block_size, grid_size;
  unsigned in_block = 0;  // linear index
};
extern constinit thread_local const Thread* current;

// Limits of a launch on every device since the A100. Exceeding them ends the
// program.
constexpr size_t kMaxParameterBytes = 32764;
constexpr size_t kMaxSharedBytes = 99 * 1024;
// Limit of a kernel without cudaFuncSetAttribute.
constexpr size_t kDefaultSharedBytes = 48 * 1024;
constexpr unsigned kMaxThreads = 1024;

void block_barrier();
void warp_barrier();
// The barrier of a shuffle. It does not order memory accesses.
void shuffle_barrier();
// Returns the value that lane `lane` of the warp passed. All running threads of
// the warp must call it.
uint64_t exchange(uint64_t value, unsigned lane);

template <class Value>
Value shuffle(Value value, unsigned lane) {
  static_assert(sizeof(Value) <= sizeof(uint64_t));
  uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof value);
  bits = exchange(bits, lane);
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

// Maximum size of the value that a lane passes to with_warp.
constexpr size_t kPassedBytes = 64;
void* passed_by_warp();

// Calls `use` with the values that all lanes of the warp passed. The values are
// valid during the call. All running threads of the warp must call it.
template <class Value, class Use>
IL_UNCHECKED void with_warp(const Value& value, Use use) {
  static_assert(sizeof(Value) <= kPassedBytes);
  Value* const values = static_cast<Value*>(passed_by_warp());
  values[current->in_block % 32] = value;
  shuffle_barrier();
  use(values);
  shuffle_barrier();
}

// Returns the block's memory of a shared variable, which `variable` identifies.
// It is filled with NaN at the first call of a block, so that reading unwritten
// memory gives NaN.
void* shared(const void* variable, size_t bytes);
void* dynamic_shared();

// Adds the execution of a grid to a stream. Errors are reported by
// cudaGetLastError, as in the runtime.
void launch(const char* name, const void* kernel, dim3 grid, dim3 threads,
            size_t shared_bytes, struct Stream* stream,
            std::function<void()> thread);

template <class... Parameters, class... Arguments>
void launch_kernel(const char* name, dim3 grid, dim3 threads,
                   size_t shared_bytes, struct Stream* stream,
                   void (*kernel)(Parameters...),
                   const Arguments&... arguments) {
  static_assert((0 + ... + sizeof(Parameters)) <= kMaxParameterBytes);
  launch(name, reinterpret_cast<const void*>(kernel), grid, threads,
         shared_bytes, stream,
         [kernel, copies = std::tuple<std::remove_cvref_t<Parameters>...>(
                      arguments...)] { std::apply(kernel, copies); });
}

}  // namespace interlatent::cuda::emulation

#define threadIdx (::interlatent::cuda::emulation::current->index)
#define blockIdx (::interlatent::cuda::emulation::current->block)
#define blockDim (::interlatent::cuda::emulation::current->block_size)
#define gridDim (::interlatent::cuda::emulation::current->grid_size)

#define IL_START(kernel, grid, threads, shared_bytes, stream, ...)          \
  ::interlatent::cuda::emulation::launch_kernel(#kernel, (grid), (threads), \
                                                (shared_bytes), (stream),   \
                                                (kernel), __VA_ARGS__)
#define IL_SHARED(type, name)                             \
  static char name##_is;                                  \
  auto& name = *static_cast<std::type_identity_t<type>*>( \
      ::interlatent::cuda::emulation::shared(             \
          &name##_is, sizeof(std::type_identity_t<type>)))
#define IL_DYNAMIC_SHARED(type, name) \
  type* const name =                  \
      static_cast<type*>(::interlatent::cuda::emulation::dynamic_shared())

inline void await_predecessors() {
  ::interlatent::cuda::emulation::races::await_nodes();
}
inline void __syncthreads() { ::interlatent::cuda::emulation::block_barrier(); }
inline void __syncwarp(unsigned = 0xffffffffu) {
  ::interlatent::cuda::emulation::warp_barrier();
}
inline void __threadfence() { ::interlatent::cuda::emulation::races::fence(); }
template <class Value>
Value __shfl_sync(unsigned, Value value, unsigned lane) {
  return ::interlatent::cuda::emulation::shuffle(value, lane % 32);
}
template <class Value>
Value __shfl_xor_sync(unsigned, Value value, unsigned mask) {
  const unsigned lane = ::interlatent::cuda::emulation::current->in_block % 32;
  return ::interlatent::cuda::emulation::shuffle(value, lane ^ mask);
}
template <class Value>
Value __ldg(const Value* address) {
  return *address;
}
template <class Value>
Value __ldcg(const Value* address) {
  return *address;
}
IL_UNCHECKED inline unsigned atomicAdd(unsigned* address, unsigned value) {
  ::interlatent::cuda::emulation::races::atomic(address, sizeof *address);
  const unsigned before = *address;
  *address += value;
  return before;
}
IL_UNCHECKED inline unsigned atomicExch(unsigned* address, unsigned value) {
  ::interlatent::cuda::emulation::races::atomic(address, sizeof *address);
  const unsigned before = *address;
  *address = value;
  return before;
}
IL_UNCHECKED inline unsigned long long atomicMin(unsigned long long* address,
                                                 unsigned long long value) {
  ::interlatent::cuda::emulation::races::atomic(address, sizeof *address);
  const unsigned long long before = *address;
  if (value < before) *address = value;
  return before;
}
