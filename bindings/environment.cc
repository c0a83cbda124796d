#include "environment.h"

#include <utility>

#include "program.h"
#include "waiting.h"

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

Environment::~Environment() = default;

void Environment::add(Program* program) { programs_.insert(program); }

void Environment::remove(Program* program) { programs_.erase(program); }

Waiting& Environment::idle_waiting() {
  for (const auto& one : waiting_) {
    if (one->is_idle()) return *one;
  }
  waiting_.push_back(std::make_unique<Waiting>(*this));
  return *waiting_.back();
}

void Environment::hold(Napi::Env env) {
  if (held_++ == 0) queue_.Ref(env);
}

void Environment::release(Napi::Env env) {
  if (--held_ == 0) queue_.Unref(env);
}

void Environment::post(Message act) {
  auto message = std::make_unique<Message>(std::move(act));
  // Refused only when the queue is closing; then nobody waits for an answer.
  if (queue_.NonBlockingCall(message.get()) == napi_ok) message.release();
}

void Environment::deliver(Napi::Env env, Napi::Function, Environment* self,
                          Message* raw) {
  const std::unique_ptr<Message> message(raw);
  // Without an env the queue is only being emptied.
  if (static_cast<napi_env>(env) == nullptr || self->closed_) return;
  (*message)(env);
}

void Environment::close() {
  closed_ = true;
  for (const auto& one : waiting_) one->cancel();
  for (const auto& one : waiting_) one->join();
  waiting_.clear();
  for (Program* program : programs_) program->abandon();
  programs_.clear();
}

}  // namespace interlatent::bindings
