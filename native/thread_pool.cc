// Threads spin for a while, then sleep on a futex (std::atomic::wait).
#include "thread_pool.h"

#include <exception>
#include <string>

#include "blocked_signals.h"
#include "error.h"

#ifdef _OPENMP
#include <omp.h>
#endif

namespace interlatent {
namespace {

// About 20 µs: longer than any serial kernel between two parallel ones, but
// short enough that idle threads soon release their cores.
constexpr int kSpins = 4000;

void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

constexpr uint64_t kLow = 0xffffffffu;

}  // namespace

#ifdef _OPENMP
SerialOpenMp::SerialOpenMp() : previous_(omp_get_max_threads()) {
  omp_set_num_threads(1);
}
SerialOpenMp::~SerialOpenMp() { omp_set_num_threads(previous_); }
#else
SerialOpenMp::SerialOpenMp() = default;
SerialOpenMp::~SerialOpenMp() = default;
#endif

ThreadPool::ThreadPool(uint32_t size) {
  const BlockedSignals blocked;
  try {
    for (uint32_t worker = 1; worker < size; worker++) {
      threads_.emplace_back([this, worker] { work(worker); });
    }
  } catch (const std::exception& error) {
    const size_t failed = threads_.size() + 2;
    stop();
    throw Error("out-of-memory", "[load] the system could not start thread " +
                                     std::to_string(failed) + " of " +
                                     std::to_string(size) + ": " +
                                     error.what());
  }
}

ThreadPool::~ThreadPool() { stop(); }

void ThreadPool::stop() {
  stopping_.store(true);
  wakeups_.fetch_add(1);
  wakeups_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void ThreadPool::work_on_tasks(uint32_t worker) {
  for (;;) {
    uint64_t ticket = ticket_.load(std::memory_order_acquire);
    const uint32_t tasks = tasks_.load(std::memory_order_acquire);
    const Task task = task_.load(std::memory_order_relaxed);
    void* context = context_.load(std::memory_order_relaxed);
    const auto next = static_cast<uint32_t>(ticket & kLow);
    if (next >= tasks) return;
    if (!ticket_.compare_exchange_weak(ticket, ticket + 1,
                                       std::memory_order_acq_rel)) {
      continue;
    }
    task(context, next, worker);
    if (done_.fetch_add(1, std::memory_order_acq_rel) + 1 == tasks) {
      done_.notify_one();
    }
  }
}

void ThreadPool::run(uint32_t tasks, Task task, void* context) {
  if (tasks <= 1 || threads_.empty()) {
    for (uint32_t i = 0; i < tasks; i++) task(context, i, 0);
    return;
  }
  done_.store(0, std::memory_order_relaxed);
  // A worker that still looks at the finished job must not combine it with the
  // new number of tasks. Therefore the generation changes first, with no task
  // left in it.
  const uint64_t generation =
      (ticket_.load(std::memory_order_relaxed) & ~kLow) + (uint64_t{1} << 32);
  ticket_.store(generation | kLow, std::memory_order_relaxed);
  tasks_.store(tasks, std::memory_order_release);
  task_.store(task, std::memory_order_relaxed);
  context_.store(context, std::memory_order_relaxed);
  ticket_.store(generation + (uint64_t{1} << 32), std::memory_order_release);
  wakeups_.fetch_add(1, std::memory_order_release);
  wakeups_.notify_all();
  work_on_tasks(0);
  for (int spin = 0; spin < kSpins; spin++) {
    if (done_.load(std::memory_order_acquire) == tasks) return;
    pause();
  }
  for (;;) {
    const uint32_t done = done_.load(std::memory_order_acquire);
    if (done == tasks) return;
    done_.wait(done, std::memory_order_acquire);
  }
}

void ThreadPool::work(uint32_t worker) {
  const SerialOpenMp serial;
  uint32_t seen = wakeups_.load(std::memory_order_acquire);
  while (!stopping_.load(std::memory_order_relaxed)) {
    work_on_tasks(worker);
    bool is_woken = false;
    for (int spin = 0; spin < kSpins && !is_woken; spin++) {
      is_woken = wakeups_.load(std::memory_order_acquire) != seen;
      if (!is_woken) pause();
    }
    if (!is_woken) wakeups_.wait(seen, std::memory_order_acquire);
    seen = wakeups_.load(std::memory_order_acquire);
  }
}

}  // namespace interlatent
