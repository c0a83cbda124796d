// Common parts of the emulated calls: injected failures, the last error, and
// the count of objects that have not been destroyed.
#pragma once

#include <type_traits>

#include "cuda/emulation/runtime.h"

namespace interlatent::cuda::emulation {

// Counts a call of the runtime; launches count as calls. Returns true if the
// count is INTERLATENT_EMULATION_FAIL. Counting starts again whenever that
// variable changes.
bool call_fails();

// Returns the status and stores an error for cudaGetLastError.
cudaError_t answer(cudaError_t status);

// Emulates a call: does the work unless the call is to fail. Work without a
// status succeeds.
template <class Work>
cudaError_t call(const Work& work) {
  if (call_fails()) return answer(cudaErrorUnknown);
  if constexpr (!std::is_void_v<decltype(work())>) return answer(work());
  work();
  return cudaSuccess;
}

// Emulates a call that releases an object. It does the work even if the call is
// to fail, so that nothing leaks.
template <class Work>
cudaError_t give_back(const Work& work) {
  work();
  return answer(call_fails() ? cudaErrorUnknown : cudaSuccess);
}

// Emulates a call that is an error while the calling thread captures, as in
// cudaStreamCaptureModeThreadLocal.
template <class Work>
cudaError_t call_outside_captures(const Work& work) {
  if (is_capturing()) return answer(cudaErrorStreamCaptureUnsupported);
  return call(work);
}

// Returns the dynamic shared memory that a kernel may have, in bytes, see
// cudaFuncSetAttribute.
size_t allowed_shared(const void* kernel);

// Changes the count of existing allocations, streams, events and graphs.
void count_living(int more);

// True if cudaMallocHost allocated the memory. Other host memory is pageable.
bool is_page_locked(const void* address);

// Returns the device of the calling thread.
int current_device();

// True if INTERLATENT_EMULATION_DRIVER is a driver that knows data of edges.
bool driver_knows_edge_data();

// Runs all pending work of the device's streams.
void finish_streams();

}  // namespace interlatent::cuda::emulation
