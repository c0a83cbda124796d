// What one Node environment (the main thread or a worker_thread) owns: the way
// from program threads to its event loop, and the list of living programs.
#pragma once

#include <napi.h>

#include <cstdint>
#include <set>

#include "session.h"

namespace interlatent::bindings {

class Program;

class Environment {
 public:
  // Creates the instance data of `env`.
  static void create(Napi::Env env);
  static Environment& of(Napi::Env env);

  explicit Environment(Napi::Env env);
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  // The class Ranks, which programs know their option by.
  void keep(Napi::Function ranks) { ranks_ = Napi::Persistent(ranks); }
  Napi::Function ranks() const { return ranks_.Value(); }

  void add(Program* program);
  void remove(Program* program);

  // While anything is held the event loop stays alive.
  void hold(Napi::Env env);
  void release(Napi::Env env);

  // From any thread: calls program->answer(event) on the event loop. The
  // program must be alive until then.
  void post(Program* program, Session::Event event);

 private:
  struct Message {
    Program* program;
    Session::Event event;
  };
  static void deliver(Napi::Env env, Napi::Function callback,
                      Environment* environment, Message* message);
  using Queue = Napi::TypedThreadSafeFunction<Environment, Message,
                                              &Environment::deliver>;

  // The environment ends: stops every program and waits for its thread.
  void close();

  Queue queue_;
  Napi::FunctionReference ranks_;
  std::set<Program*> programs_;
  uint32_t held_ = 0;
  bool closed_ = false;
};

}  // namespace interlatent::bindings
