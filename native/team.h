// A fixed team of threads that share the tasks of one kernel at a time. The
// calling thread is member 0. Handing over costs well under a microsecond while
// the members spin; between runs they sleep.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

namespace interlatent {

class Team {
 public:
  using Task = void (*)(void* context, uint32_t task, uint32_t member);

  // `size` counts the calling thread. Throws Error "out-of-memory" when the
  // system refuses threads.
  explicit Team(uint32_t size);
  ~Team();
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  uint32_t size() const { return static_cast<uint32_t>(members_.size()) + 1; }

  // Calls task(context, i, member) once for every i < tasks, in any order, and
  // returns when all are done. Tasks must not throw.
  void run(uint32_t tasks, Task task, void* context);

 private:
  void work(uint32_t member);
  void work_on_tasks(uint32_t member);
  void stop();

  // Generation in the high half, next task in the low half: a member claims a
  // task by incrementing it, which fails when the job has changed meanwhile.
  alignas(64) std::atomic<uint64_t> ticket_{0};
  std::atomic<uint32_t> tasks_{0};
  std::atomic<Task> task_{nullptr};
  std::atomic<void*> context_{nullptr};
  // Changes with every job; sleeping members wait on it.
  alignas(64) std::atomic<uint32_t> bell_{0};
  alignas(64) std::atomic<uint32_t> done_{0};
  std::atomic<bool> stopping_{false};
  std::vector<std::thread> members_;
};

// Makes OpenMP inside the calling thread serial for the lifetime of the object:
// oneDNN's OpenMP regions must not start threads beneath ours. Where oneDNN was
// built without OpenMP there is nothing to do.
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
