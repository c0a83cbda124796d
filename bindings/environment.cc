#include "environment.h"

#include <utility>

#include "blocking_thread.h"
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
  // Hooks run in reverse order, so this one runs before that of the queue: no
  // program thread is left when the queue closes.
  env.AddCleanupHook([](Environment* self) { self->close(); }, this);
}

Environment::~Environment() = default;

void Environment::add(Program* program) { programs_.insert(program); }

void Environment::remove(Program* program) { programs_.erase(program); }

BlockingThread& Environment::idle_thread() {
  for (const auto& thread : blocking_threads_) {
    if (thread->is_idle()) return *thread;
  }
  blocking_threads_.push_back(std::make_unique<BlockingThread>(*this));
  return *blocking_threads_.back();
}

void Environment::hold(Napi::Env env) {
  if (hold_count_++ == 0) queue_.Ref(env);
}

void Environment::release(Napi::Env env) {
  if (--hold_count_ == 0) queue_.Unref(env);
}

void Environment::post(Message act) {
  auto message = std::make_unique<Message>(std::move(act));
  // The call fails only while the queue closes. Nobody waits for an answer
  // then.
  if (queue_.NonBlockingCall(message.get()) == napi_ok) message.release();
}

void Environment::deliver(Napi::Env env, Napi::Function, Environment* self,
                          Message* raw) {
  const std::unique_ptr<Message> message(raw);
  // Without an env, the queue is being emptied.
  if (static_cast<napi_env>(env) == nullptr || self->closed_) return;
  (*message)(env);
}

void Environment::close() {
  closed_ = true;
  for (const auto& thread : blocking_threads_) thread->cancel();
  for (const auto& thread : blocking_threads_) thread->join();
  blocking_threads_.clear();
  for (Program* program : programs_) program->abandon();
  programs_.clear();
}

}  // namespace interlatent::bindings
