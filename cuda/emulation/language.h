// CUDA C++ for g++: every thread of a block is a fiber that switches at
// barriers only, blocks run one after the other. Barriers of blocks and warps
// that not all living threads reach end the program with a message.
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

// What stands for instructions of the device makes no accesses of its own.
#define IL_UNSEEN __attribute__((no_sanitize("thread")))

namespace interlatent::cuda::emulation {

// Of the thread that is running.
struct Thread {
  dim3 index, block, block_size, grid_size;
  unsigned in_block = 0;  // linear index
};
extern constinit thread_local const Thread* current;

// What a launch may ask for on any device since the A100; more ends the
// program.
constexpr size_t kMaxParameterBytes = 32764;
constexpr size_t kMaxSharedBytes = 99 * 1024;
// Without being allowed to.
constexpr size_t kUsualSharedBytes = 48 * 1024;
constexpr unsigned kMaxThreads = 1024;

void block_barrier();
void warp_barrier();
// As shuffles wait for each other; it orders no memory.
void shuffle_barrier();
// The value that lane `lane` of the warp passed; all its living threads call.
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

// Of a lane, by with_warp.
constexpr size_t kPassedBytes = 64;
void* passed_by_warp();

// What all lanes of the warp passed, for as long as `use` runs; all its living
// threads call.
template <class Value, class Use>
IL_UNSEEN void with_warp(const Value& own, Use use) {
  static_assert(sizeof(Value) <= kPassedBytes);
  Value* const values = static_cast<Value*>(passed_by_warp());
  values[current->in_block % 32] = own;
  shuffle_barrier();
  use(values);
  shuffle_barrier();
}

// The block's memory of the variable that `variable` stands for, filled with
// NaN when a block meets it first: what was not written must not be read.
void* shared(const void* variable, size_t bytes);
void* dynamic_shared();

// Adds the threads of a grid to what the stream has to do. Fails as the
// runtime does: see cudaGetLastError.
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
  const unsigned own = ::interlatent::cuda::emulation::current->in_block % 32;
  return ::interlatent::cuda::emulation::shuffle(value, own ^ mask);
}
template <class Value>
Value __ldg(const Value* address) {
  return *address;
}
template <class Value>
Value __ldcg(const Value* address) {
  return *address;
}
IL_UNSEEN inline unsigned atomicAdd(unsigned* address, unsigned value) {
  ::interlatent::cuda::emulation::races::atomic(address, sizeof *address);
  const unsigned before = *address;
  *address += value;
  return before;
}
IL_UNSEEN inline unsigned atomicExch(unsigned* address, unsigned value) {
  ::interlatent::cuda::emulation::races::atomic(address, sizeof *address);
  const unsigned before = *address;
  *address = value;
  return before;
}
IL_UNSEEN inline unsigned long long atomicMin(unsigned long long* address,
                                              unsigned long long value) {
  ::interlatent::cuda::emulation::races::atomic(address, sizeof *address);
  const unsigned long long before = *address;
  if (value < before) *address = value;
  return before;
}
