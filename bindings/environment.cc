#include "environment.h"

#include <memory>

#include "program.h"

namespace interlatent::bindings {

void Environment::create(Napi::Env env) {
  env.SetInstanceData(new Environment(env));
}

Environment& Environment::of(Napi::Env env) {
  return *env.GetInstanceData<Environment>();
}

Environment::Environment(Napi::Env env)
    : queue_(Queue::New(env, "interlatent", 0, 1, this)) {
  queue_.Unref(env);
  // Hooks run last in, first out: this one comes before the queue's own, so
  // no program thread is left when the queue closes.
  env.AddCleanupHook([](Environment* self) { self->close(); }, this);
}

void Environment::add(Program* program) { programs_.insert(program); }

void Environment::remove(Program* program) { programs_.erase(program); }

void Environment::hold(Napi::Env env) {
  if (held_++ == 0) queue_.Ref(env);
}

void Environment::release(Napi::Env env) {
  if (--held_ == 0) queue_.Unref(env);
}

void Environment::post(Program* program, Session::Event event) {
  auto message = std::make_unique<Message>(Message{program, event});
  // Refused only when the queue is closing; then nobody waits for an answer.
  if (queue_.NonBlockingCall(message.get()) == napi_ok) message.release();
}

void Environment::deliver(Napi::Env env, Napi::Function, Environment* self,
                          Message* raw) {
  const std::unique_ptr<Message> message(raw);
  // Without an env the queue is only being emptied.
  if (static_cast<napi_env>(env) == nullptr || self->closed_) return;
  message->program->answer(message->event);
}

void Environment::close() {
  closed_ = true;
  for (Program* program : programs_) program->abandon();
  programs_.clear();
}

}  // namespace interlatent::bindings
