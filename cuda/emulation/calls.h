// What the emulated runtime answers to its calls: failures that are asked for,
// the last error, and what has not been given back.
#pragma once

#include "cuda/emulation/runtime.h"

namespace interlatent::cuda::emulation {

// Counts a call of the runtime, a launch included. True for the one whose
// number INTERLATENT_EMULATION_FAIL is; counting starts again whenever that
// variable changes.
bool call_fails();

// Passes a status on, and keeps an error for cudaGetLastError.
cudaError_t answer(cudaError_t status);

// A call that may fail, and otherwise does this.
template <class Work>
cudaError_t call(const Work& work) {
  return answer(call_fails() ? cudaErrorUnknown : work());
}

// A call that gives something back: done in any case, so that nothing leaks.
template <class Work>
cudaError_t give_back(const Work& work) {
  work();
  return answer(call_fails() ? cudaErrorUnknown : cudaSuccess);
}

// Not while the calling thread captures, as in
// cudaStreamCaptureModeThreadLocal.
template <class Work>
cudaError_t call_outside_captures(const Work& work) {
  if (is_capturing()) return answer(cudaErrorStreamCaptureUnsupported);
  return call(work);
}

// What cudaFuncSetAttribute allows a kernel to share.
size_t allowed_shared(const void* kernel);

// Allocations, streams, events and graphs that somebody still has.
void count_living(int more);

// Whether cudaMallocHost gave it: other memory of the host is pageable.
bool is_page_locked(const void* address);

// That of the calling thread.
int current_device();

// Runs all that the device's streams still have to do.
void finish_streams();

}  // namespace interlatent::cuda::emulation
