#include "waiting.h"

#include <system_error>
#include <utility>

#include "environment.h"
#include "error.h"
#include "errors.h"
#include "held_signals.h"

namespace interlatent::bindings {

Napi::Promise Waiting::start(Napi::Env env, Work work) {
  try {
    return Environment::of(env).idle_waiting().begin(env, std::move(work));
  } catch (const std::system_error& error) {
    throw coded_error(env, "out-of-memory",
                      std::string("No thread could be started to wait for "
                                  "ranks: ") +
                          error.what());
  }
}

Waiting::Waiting(Environment& environment) : environment_(environment) {
  const HeldSignals held;
  thread_ = std::thread(&Waiting::loop, this);
}

void Waiting::cancel() {
  is_cancelled_ = true;
  const std::lock_guard lock(mutex_);
  changed_.notify_one();
}

Napi::Promise Waiting::begin(Napi::Env env, Work work) {
  task_.emplace(Task{Napi::Promise::Deferred(env), std::move(work)});
  const Napi::Promise promise = task_->deferred.Promise();
  environment_.hold(env);
  const std::lock_guard lock(mutex_);
  has_work_ = true;
  changed_.notify_one();
  return promise;
}

void Waiting::loop() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return has_work_ || is_cancelled_; });
    if (is_cancelled_) return;
    has_work_ = false;
    lock.unlock();
    run(*task_);
    environment_.post([this](Napi::Env env) { settle(env); });
    lock.lock();
  }
}

void Waiting::run(Task& task) const {
  try {
    task.show = task.work([this] { return is_cancelled_.load(); });
  } catch (const Error& error) {
    task.code = error.code();
    task.message = error.what();
  } catch (const std::exception& error) {
    task.code = "device";
    task.message = error.what();
  }
}

void Waiting::settle(Napi::Env env) {
  const Task task = std::move(*task_);
  task_.reset();
  environment_.release(env);
  try {
    if (!task.code.empty()) throw coded_error(env, task.code, task.message);
    task.deferred.Resolve(task.show(env));
  } catch (const Napi::Error& error) {
    task.deferred.Reject(error.Value());
  }
}

}  // namespace interlatent::bindings
