// The JavaScript class Program (src/runtime/addon.ts) over a Session.
#pragma once

#include <napi.h>

#include <memory>
#include <optional>

#include "environment.h"
#include "external_memory.h"
#include "ranks/ranks.h"
#include "session.h"

namespace interlatent::bindings {

class Program : public Napi::ObjectWrap<Program> {
 public:
  static Napi::Function define(Napi::Env env);

  explicit Program(const Napi::CallbackInfo& info);
  ~Program() override;

  // On the event loop: what the session's thread told.
  void answer(Session::Event event);
  // The environment ends: stops the thread and lets go of JavaScript.
  void abandon();

 private:
  struct Run {
    explicit Run(Napi::Env env) : deferred(env) {}
    Napi::Promise::Deferred deferred;
    Napi::ObjectReference results;
    Napi::FunctionReference on_progress;
    uint64_t reported = 0;
    // What onProgress threw.
    std::optional<Napi::Error> thrown;
  };

  void upload(const Napi::CallbackInfo& info);
  void download(const Napi::CallbackInfo& info);
  Napi::Value map(const Napi::CallbackInfo& info);
  Napi::Value run(const Napi::CallbackInfo& info);
  Napi::Value run_sync(const Napi::CallbackInfo& info);
  void cancel(const Napi::CallbackInfo& info);
  Napi::Value describe(const Napi::CallbackInfo& info);
  Napi::Value dispose(const Napi::CallbackInfo& info);

  // The session, ready for a call. Throws `disposed` or `busy`.
  Session& idle(Napi::Env env, const char* method);
  void start(const Napi::CallbackInfo& info, Napi::Promise::Deferred deferred);
  void report_progress(Napi::Env env, uint64_t steps_done);
  void settle(Napi::Env env);
  void finish_dispose(Napi::Env env);

  Environment* environment_ = nullptr;
  std::shared_ptr<Ranks> ranks_;  // of the session, which it outlives
  std::unique_ptr<Session> session_;
  // Of the session, without what files are mapped to.
  std::optional<ExternalMemory> memory_;
  uint64_t mapped_ = 0;
  std::optional<Run> run_;
  std::optional<Napi::Promise::Deferred> disposing_;
  Napi::ObjectReference disposed_;
};

}  // namespace interlatent::bindings
