// Streams, events and graphs that are destroyed with their owner.
#pragma once

#include <utility>

#include "cuda/runtime.h"

namespace interlatent::cuda {

#if CUDART_VERSION < 12030
// Stand-in for a type that earlier runtimes do not have: their edges have no
// data.
struct cudaGraphEdgeData {};
#endif

template <class Value, cudaError_t (*kDestroy)(Value)>
class Handle {
 public:
  Handle() = default;
  explicit Handle(Value value) : value_(value) {}
  ~Handle() {
    if (value_ != nullptr) kDestroy(value_);
  }
  Handle(Handle&& other) noexcept
      : value_(std::exchange(other.value_, nullptr)) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }

  Value get() const { return value_; }
  explicit operator bool() const { return value_ != nullptr; }

 private:
  Value value_ = nullptr;
};

using Stream = Handle<cudaStream_t, cudaStreamDestroy>;
using Event = Handle<cudaEvent_t, cudaEventDestroy>;
using Graph = Handle<cudaGraph_t, cudaGraphDestroy>;
using GraphExec = Handle<cudaGraphExec_t, cudaGraphExecDestroy>;

inline Stream make_stream() {
  cudaStream_t stream = nullptr;
  check_cuda(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking),
             "a stream");
  return Stream(stream);
}

inline Event make_event(unsigned flags) {
  cudaEvent_t event = nullptr;
  check_cuda(cudaEventCreateWithFlags(&event, flags), "an event");
  return Event(event);
}

}  // namespace interlatent::cuda
