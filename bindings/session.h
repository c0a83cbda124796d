// A loaded plan with a thread that runs it. It knows the backend and threads,
// but not JavaScript: its thread reports events to a listener.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "interlatent/backend.h"

namespace interlatent::bindings {

// An error of a backend; `code` is stable (see backend.h).
class BackendError : public std::runtime_error {
 public:
  explicit BackendError(const il_error& error);
  BackendError(std::string code, const std::string& message);
  const std::string& code() const { return code_; }

 private:
  std::string code_;
};

struct Job {
  uint32_t entry = 0;
  uint64_t first_step = 0;
  uint64_t steps = 0;
  bool wants_progress = false;
};

struct Outcome {
  std::vector<float> results;
  uint64_t steps_done = 0;
  bool cancelled = false;
  std::vector<il_run_failure> failures;
  std::optional<BackendError> error;
};

class Session {
 public:
  enum class Event { kProgress, kDone, kClosed };
  using Listener = std::function<void(Event)>;

  // Loads the plan on the calling thread. Throws BackendError.
  Session(const il_backend* backend, const uint8_t* plan, size_t bytes,
          const il_load_options& options, Listener listener);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void upload(uint32_t slab, uint64_t offset, const void* source,
              uint64_t count);
  void download(uint32_t slab, uint64_t offset, void* target, uint64_t count);
  // Maps a file into a slab. Returns false if the backend cannot; the content
  // must then be uploaded.
  bool map(uint32_t slab, uint64_t offset, int descriptor, uint64_t bytes);
  std::string describe() const;
  // Returns all memory that the plan takes.
  uint64_t bytes() const { return loaded_.bytes; }

  // Runs on the calling thread and writes to `results`.
  Outcome run_here(const Job& job, float* results, uint64_t count);

  // Passes the job to the session's thread. The run writes `results_count`
  // results, which take_outcome() returns. The listener receives kProgress (at
  // most one at a time is unanswered) and finally kDone.
  void start(const Job& job, uint64_t results_count);
  // Answers kProgress: returns the latest number of completed steps.
  uint64_t take_progress();
  // Answers kDone: returns the outcome.
  Outcome take_outcome();

  // Stops the current run after its current step. Does nothing without a run.
  void cancel();
  // Cancels, frees the plan on the session's thread and reports kClosed.
  void close();
  // Cancels, frees the plan and waits for the thread. The listener is not
  // called afterwards; it receives kClosed only if close() was called before.
  void join();

 private:
  static void on_step(void* user, uint64_t steps_done);
  void loop();
  void stop(bool report_closed);
  Outcome run(const Job& job, float* results, uint64_t count, bool watched);

  const il_backend* const backend_;
  const il_loaded loaded_;
  il_program* const program_;
  const Listener listener_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Job> job_;
  Outcome outcome_;
  bool stopping_ = false;
  bool report_closed_ = false;

  std::atomic<bool> cancel_requested_{false};
  std::atomic<bool> progress_wanted_{false};
  std::atomic<bool> progress_reported_{false};
  std::atomic<uint64_t> steps_done_{0};
  int64_t reported_at_ = 0;

  std::thread thread_;
};

}  // namespace interlatent::bindings
