// A fixed number of threads that share the tasks of one kernel at a time. The
// calling thread is worker 0. A handover takes well under a microsecond while
// the threads spin; between runs they sleep.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

namespace interlatent {

class ThreadPool {
 public:
  using Task = void (*)(void* context, uint32_t task, uint32_t worker);

  // `size` includes the calling thread. Throws Error "out-of-memory" if the
  // system cannot start threads.
  explicit ThreadPool(uint32_t size);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  uint32_t size() const { return static_cast<uint32_t>(threads_.size()) + 1; }

  // Calls task(context, i, worker) once for every i < tasks, in any order, and
  // returns when all are done. Tasks must not throw.
  void run(uint32_t tasks, Task task, void* context);

 private:
  void work(uint32_t worker);
  void work_on_tasks(uint32_t worker);
  void stop();

  // The generation is in the high half, the next task in the low half. A worker
  // takes a task by incrementing it, which fails if the job has changed
  // meanwhile.
  alignas(64) std::atomic<uint64_t> ticket_{0};
  std::atomic<uint32_t> tasks_{0};
  std::atomic<Task> task_{nullptr};
  std::atomic<void*> context_{nullptr};
  // Changes with every job; sleeping threads wait on it.
  alignas(64) std::atomic<uint32_t> wakeups_{0};
  alignas(64) std::atomic<uint32_t> done_{0};
  std::atomic<bool> stopping_{false};
  std::vector<std::thread> threads_;
};

// Makes OpenMP serial in the calling thread for the lifetime of the object:
// OpenMP regions of oneDNN must not start threads inside the thread pool. Does
// nothing if oneDNN was built without OpenMP.
class SerialOpenMp {
 public:
  SerialOpenMp();
  ~SerialOpenMp();
  SerialOpenMp(const SerialOpenMp&) = delete;
  SerialOpenMp& operator=(const SerialOpenMp&) = delete;

 private:
  [[maybe_unused]] int previous_ = 1;
};

}  // namespace interlatent
