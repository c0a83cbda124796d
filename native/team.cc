// Members spin for a while, then sleep on a futex (std::atomic::wait).
#include "team.h"

#include <exception>
#include <string>

#include "error.h"
#include "held_signals.h"

#ifdef _OPENMP
#include <omp.h>
#endif

namespace interlatent {
namespace {

// About 20 µs: longer than any serial kernel between two parallel ones, short
// enough that idle members leave the core to others.
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

Team::Team(uint32_t size) {
  const HeldSignals held;
  try {
    for (uint32_t member = 1; member < size; member++) {
      members_.emplace_back([this, member] { work(member); });
    }
  } catch (const std::exception& error) {
    const size_t refused = members_.size() + 2;
    stop();
    throw Error("out-of-memory",
                "[load] the system refused thread " + std::to_string(refused) +
                    " of " + std::to_string(size) + ": " + error.what());
  }
}

Team::~Team() { stop(); }

void Team::stop() {
  stopping_.store(true);
  bell_.fetch_add(1);
  bell_.notify_all();
  for (std::thread& member : members_) member.join();
  members_.clear();
}

void Team::work_on_tasks(uint32_t member) {
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
    task(context, next, member);
    if (done_.fetch_add(1, std::memory_order_acq_rel) + 1 == tasks) {
      done_.notify_one();
    }
  }
}

void Team::run(uint32_t tasks, Task task, void* context) {
  if (tasks <= 1 || members_.empty()) {
    for (uint32_t i = 0; i < tasks; i++) task(context, i, 0);
    return;
  }
  done_.store(0, std::memory_order_relaxed);
  // A member that still looks at the finished job must not see it with the new
  // number of tasks: the generation moves first, with no task left in it.
  const uint64_t generation =
      (ticket_.load(std::memory_order_relaxed) & ~kLow) + (uint64_t{1} << 32);
  ticket_.store(generation | kLow, std::memory_order_relaxed);
  tasks_.store(tasks, std::memory_order_release);
  task_.store(task, std::memory_order_relaxed);
  context_.store(context, std::memory_order_relaxed);
  ticket_.store(generation + (uint64_t{1} << 32), std::memory_order_release);
  bell_.fetch_add(1, std::memory_order_release);
  bell_.notify_all();
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

void Team::work(uint32_t member) {
  const SerialOpenMp serial;
  uint32_t heard = bell_.load(std::memory_order_acquire);
  while (!stopping_.load(std::memory_order_relaxed)) {
    work_on_tasks(member);
    bool ringing = false;
    for (int spin = 0; spin < kSpins && !ringing; spin++) {
      ringing = bell_.load(std::memory_order_acquire) != heard;
      if (!ringing) pause();
    }
    if (!ringing) bell_.wait(heard, std::memory_order_acquire);
    heard = bell_.load(std::memory_order_acquire);
  }
}

}  // namespace interlatent
