// The JavaScript class Program (src/runtime/addon.ts), which wraps a Session.
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

  // Handles an event of the session. Runs on the event loop.
  void answer(Session::Event event);
  // Called when the environment ends: stops the thread and releases JavaScript
  // objects.
  void abandon();

 private:
  struct Run {
    explicit Run(Napi::Env env) : deferred(env) {}
    Napi::Promise::Deferred deferred;
    Napi::ObjectReference results;
    Napi::FunctionReference on_progress;
    uint64_t reported = 0;
    // The error that onProgress threw.
    std::optional<Napi::Error> callback_error;
  };

  void upload(const Napi::CallbackInfo& info);
  void download(const Napi::CallbackInfo& info);
  Napi::Value map(const Napi::CallbackInfo& info);
  Napi::Value run(const Napi::CallbackInfo& info);
  Napi::Value run_sync(const Napi::CallbackInfo& info);
  void cancel(const Napi::CallbackInfo& info);
  Napi::Value describe(const Napi::CallbackInfo& info);
  Napi::Value dispose(const Napi::CallbackInfo& info);

  // Returns the session if it is ready for a call. Throws `disposed` or `busy`.
  Session& idle(Napi::Env env, const char* method);
  void start(const Napi::CallbackInfo& info, Napi::Promise::Deferred deferred);
  void report_progress(Napi::Env env, uint64_t steps_done);
  void settle(Napi::Env env);
  void finish_dispose(Napi::Env env);

  Environment* environment_ = nullptr;
  std::shared_ptr<Ranks> ranks_;  // must outlive the session, which uses it
  std::unique_ptr<Session> session_;
  // Memory of the session, without mapped files.
  std::optional<ExternalMemory> memory_;
  uint64_t mapped_ = 0;  // bytes
  std::optional<Run> run_;
  std::optional<Napi::Promise::Deferred> disposing_;
  Napi::ObjectReference disposed_;
};

}  // namespace interlatent::bindings
