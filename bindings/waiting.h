// Work that waits for other ranks, on a thread of its own. Threads of Node's
// pool are few, which may be too few for all who wait for each other, and an
// environment that ends waits for what they do, before anybody can tell them.
#pragma once

#include <napi.h>

#include <atomic>
#include <functional>
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

  // The environment ends.
  void cancel() { is_cancelled_ = true; }
  void join() { thread_.join(); }

 private:
  Waiting(Napi::Env env, Work work);
  void run();
  void settle(Napi::Env env);

  Environment& environment_;
  const Napi::Promise::Deferred deferred_;
  const Work work_;
  std::atomic<bool> is_cancelled_{false};
  Show show_;
  std::string code_, message_;  // of an error
  std::thread thread_;
};

}  // namespace interlatent::bindings
