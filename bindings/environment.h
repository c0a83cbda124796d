// State of one Node environment (the main thread or a worker_thread): the queue
// from other threads to its event loop, its programs, and the threads that wait
// for ranks.
#pragma once

#include <napi.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <vector>

namespace interlatent::bindings {

class BlockingThread;
class Program;

class Environment {
 public:
  // Creates the instance data of `env`.
  static void create(Napi::Env env);
  static Environment& of(Napi::Env env);

  explicit Environment(Napi::Env env);
  ~Environment();
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  // Stores the JavaScript class Ranks, by which programs check their option.
  void set_ranks_class(Napi::Function ranks) {
    ranks_ = Napi::Persistent(ranks);
  }
  Napi::Function ranks() const { return ranks_.Value(); }

  void add(Program* program);
  void remove(Program* program);
  // Returns a thread without work; starts one if all have work. Throws
  // std::system_error.
  BlockingThread& idle_thread();

  // The event loop stays alive between `hold` and `release`.
  void hold(Napi::Env env);
  void release(Napi::Env env);

  // Runs the message on the event loop, unless the environment ends before. Any
  // thread may call it.
  using Message = std::function<void(Napi::Env)>;
  void post(Message message);

 private:
  static void deliver(Napi::Env env, Napi::Function callback,
                      Environment* environment, Message* message);
  using Queue = Napi::TypedThreadSafeFunction<Environment, Message,
                                              &Environment::deliver>;

  // Called when the environment ends: stops all programs and threads and waits
  // for them.
  void close();

  Queue queue_;
  Napi::FunctionReference ranks_;
  std::set<Program*> programs_;
  std::vector<std::unique_ptr<BlockingThread>> blocking_threads_;
  uint32_t hold_count_ = 0;
  bool closed_ = false;
};

}  // namespace interlatent::bindings
