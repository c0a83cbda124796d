// Work that waits for other ranks, on a thread of the environment's own, kept
// for the next. Threads of Node's pool are few, which may be too few for all
// who wait for each other, and an environment that ends waits for what they do,
// before anybody can tell them.
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

class Waiting {
 public:
  // What the work has made, as the promise's value, on the event loop.
  using Show = std::function<Napi::Value(Napi::Env)>;
  // Throws Error; is to give up once it is cancelled.
  using Work = std::function<Show(const Ranks::IsCancelled&)>;

  static Napi::Promise start(Napi::Env env, Work work);

  // Throws std::system_error.
  explicit Waiting(Environment& environment);
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

  bool is_idle() const { return !task_; }
  // The environment ends; what was to be done is not any more.
  void cancel();
  void join() { thread_.join(); }

 private:
  struct Task {
    Napi::Promise::Deferred deferred;
    Work work;
    Show show = nullptr;
    std::string code = {}, message = {};  // of an error
  };

  Napi::Promise begin(Napi::Env env, Work work);
  void loop();
  void run(Task& task) const;
  void settle(Napi::Env env);

  Environment& environment_;
  // Of the event loop, but for the thread while it has work.
  std::optional<Task> task_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool has_work_ = false;
  std::atomic<bool> is_cancelled_{false};
  std::thread thread_;
};

}  // namespace interlatent::bindings
