// What one Node environment (the main thread or a worker_thread) owns: the way
// from other threads to its event loop, living programs, and who waits.
#pragma once

#include <napi.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <vector>

namespace interlatent::bindings {

class Program;
class Waiting;

class Environment {
 public:
  // Creates the instance data of `env`.
  static void create(Napi::Env env);
  static Environment& of(Napi::Env env);

  explicit Environment(Napi::Env env);
  ~Environment();
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  // The class Ranks, which programs know their option by.
  void keep(Napi::Function ranks) { ranks_ = Napi::Persistent(ranks); }
  Napi::Function ranks() const { return ranks_.Value(); }

  void add(Program* program);
  void remove(Program* program);
  // Throws std::system_error.
  Waiting& idle_waiting();

  // While anything is held the event loop stays alive.
  void hold(Napi::Env env);
  void release(Napi::Env env);

  // From any thread: what is done on the event loop, unless that ends before.
  using Message = std::function<void(Napi::Env)>;
  void post(Message message);

 private:
  static void deliver(Napi::Env env, Napi::Function callback,
                      Environment* environment, Message* message);
  using Queue = Napi::TypedThreadSafeFunction<Environment, Message,
                                              &Environment::deliver>;

  // The environment ends: stops all that it has and waits for their threads.
  void close();

  Queue queue_;
  Napi::FunctionReference ranks_;
  std::set<Program*> programs_;
  std::vector<std::unique_ptr<Waiting>> waiting_;
  uint32_t held_ = 0;
  bool closed_ = false;
};

}  // namespace interlatent::bindings
