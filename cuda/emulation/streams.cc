// Streams and events. Work that is added to a stream runs only when the host
// waits for it, which is as late as a device might run it. A host that forgets
// to wait therefore reads old data.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <utility>
#include <vector>

#include "cuda/emulation/calls.h"
#include "cuda/emulation/fibers.h"
#include "cuda/emulation/graph.h"
#include "cuda/emulation/language.h"
#include "cuda/emulation/races.h"
#include "cuda/emulation/stream.h"

namespace interlatent::cuda::emulation {

using Clock = std::chrono::steady_clock;

// The pending work of a stream. Events share it, because they may outlive the
// stream.
class Queue {
 public:
  // Adds work and returns the number of all work items ever added.
  uint64_t add(Work work) {
    const std::lock_guard<std::mutex> lock(mutex_);
    waiting_.push_back(std::move(work));
    return ++added_;
  }

  // Runs work up to item `end`.
  void run_until(uint64_t end) {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (; done_ < std::min(end, added_); done_++) {
      waiting_.front()();
      waiting_.pop_front();
    }
  }
  void run_all() { run_until(UINT64_MAX); }

  const int device = current_device();

 private:
  std::mutex mutex_;
  std::deque<Work> waiting_;
  uint64_t added_ = 0;
  uint64_t done_ = 0;
};

namespace {

// The queues of all streams, so that freeing memory can wait for them.
struct Registry {
  std::mutex mutex;
  std::set<std::shared_ptr<Queue>> queues;
};

// The registry is never destroyed, because streams may be destroyed after
// static objects.
Registry& registry() {
  static auto* const all = new Registry;
  return *all;
}

}  // namespace

struct LazyStream final : Stream {
  LazyStream() {
    const std::lock_guard<std::mutex> lock(registry().mutex);
    registry().queues.insert(queue);
  }
  ~LazyStream() override {
    queue->run_all();
    const std::lock_guard<std::mutex> lock(registry().mutex);
    registry().queues.erase(queue);
  }

  void add(NodeType type, Work work) override {
    if (captured == nullptr) {
      queue->add(std::move(work));
      return;
    }
    Nodes& nodes = *captured->nodes;
    nodes.add(type, std::move(work), dependencies, edges);
    dependencies.assign(1, nodes.work.size() - 1);
    edges.assign(1, {});
  }

  std::shared_ptr<Queue> queue = std::make_shared<Queue>();
};

struct Event {
  std::shared_ptr<Clock::time_point> time =
      std::make_shared<Clock::time_point>();
  std::shared_ptr<Queue> queue;  // in which the event was recorded
  uint64_t position = 0;
};

namespace {

LazyStream& lazy(Stream* stream) { return *static_cast<LazyStream*>(stream); }

}  // namespace

void finish_streams() {
  std::vector<std::shared_ptr<Queue>> queues;
  {
    const std::lock_guard<std::mutex> lock(registry().mutex);
    for (const auto& queue : registry().queues) {
      if (queue->device == current_device()) queues.push_back(queue);
    }
  }
  for (const auto& queue : queues) queue->run_all();
}

void launch(const char* name, const void* kernel, dim3 grid, dim3 threads,
            size_t shared_bytes, Stream* stream, std::function<void()> thread) {
  call([&] {
    if (!can_launch(grid, threads)) return cudaErrorInvalidConfiguration;
    if (shared_bytes > allowed_shared(kernel)) return cudaErrorInvalidValue;
    stream->add(NodeType::kKernel, [=, thread = std::move(thread)] {
      races::begin_launch(name);
      run_grid(grid, threads, shared_bytes, thread);
      races::end_launch();
    });
    return cudaSuccess;
  });
}

}  // namespace interlatent::cuda::emulation

using namespace interlatent::cuda::emulation;

cudaError_t cudaMemsetAsync(void* target, int value, size_t bytes,
                            cudaStream_t stream) {
  return call([=] {
    stream->add(NodeType::kOther, [=] {
      races::access_by_node(target, bytes, true);
      std::memset(target, value, bytes);
    });
  });
}

cudaError_t cudaMemcpyAsync(void* target, const void* source, size_t bytes,
                            cudaMemcpyKind kind, cudaStream_t stream) {
  return call([=] {
    if (kind == cudaMemcpyHostToDevice && !is_page_locked(source)) {
      // Pageable memory is copied to a staging buffer before the call returns.
      const auto* const from = static_cast<const std::byte*>(source);
      stream->add(NodeType::kOther,
                  [target, staged = std::vector(from, from + bytes)] {
                    std::memcpy(target, staged.data(), staged.size());
                  });
      return cudaSuccess;
    }
    stream->add(NodeType::kOther, [=] { std::memcpy(target, source, bytes); });
    // Copies to pageable memory are complete when the call returns.
    if (kind == cudaMemcpyDeviceToHost && !is_page_locked(target)) {
      lazy(stream).queue->run_all();
    }
    return cudaSuccess;
  });
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned) {
  return call([=] {
    *stream = new LazyStream;
    count_living(1);
  });
}

cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  return give_back([=] {
    delete stream;
    count_living(-1);
  });
}

cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  return call_outside_captures([=] { lazy(stream).queue->run_all(); });
}

cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned) {
  return call([=] {
    *event = new Event;
    count_living(1);
  });
}

cudaError_t cudaEventDestroy(cudaEvent_t event) {
  return give_back([=] {
    delete event;
    count_living(-1);
  });
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  return call_outside_captures([=] {
    event->queue = lazy(stream).queue;
    event->position =
        event->queue->add([time = event->time] { *time = Clock::now(); });
  });
}

cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  return call_outside_captures([=] {
    if (event->queue != nullptr) event->queue->run_until(event->position);
  });
}

cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t first,
                                 cudaEvent_t last) {
  return call([=] {
    *milliseconds =
        std::chrono::duration<float, std::milli>(*last->time - *first->time)
            .count();
  });
}
