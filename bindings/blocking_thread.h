// A thread for calls that wait for other ranks or compute for long. The
// environment keeps it for later calls. Threads of Node do not suit: they may
// be fewer than the calls that wait for each other. An environment that ends
// also waits for them, before anything can cancel their calls.
#pragma once

#include <napi.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "ranks/ranks.h"

namespace interlatent::bindings {

class Environment;

class BlockingThread {
 public:
  // Converts the result of the work to the value of the promise. Runs on the
  // event loop.
  using MakeValue = std::function<Napi::Value(Napi::Env)>;
  // Must return soon after it is cancelled. Throws Error.
  using Work = std::function<MakeValue(const Ranks::IsCancelled&)>;

  static Napi::Promise start(Napi::Env env, Work work);

  // Throws std::system_error.
  explicit BlockingThread(Environment& environment);
  BlockingThread(const BlockingThread&) = delete;
  BlockingThread& operator=(const BlockingThread&) = delete;

  bool is_idle() const { return !task_; }
  // Called when the environment ends: cancels the current work and starts no
  // other.
  void cancel();
  void join() { thread_.join(); }

 private:
  struct Task {
    Napi::Promise::Deferred deferred;
    Work work;
    MakeValue make_value = nullptr;
    std::string code = {}, message = {};  // of an error, if any
  };

  Napi::Promise begin(Napi::Env env, Work work);
  void loop();
  void run(Task& task) const;
  void settle(Napi::Env env);

  Environment& environment_;
  // Belongs to the event loop, except while the thread has work.
  std::optional<Task> task_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool has_work_ = false;
  std::atomic<bool> is_cancelled_{false};
  std::thread thread_;
};

}  // namespace interlatent::bindings
