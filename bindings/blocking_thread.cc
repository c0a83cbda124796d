#include "blocking_thread.h"

#include <system_error>
#include <utility>

#include "blocked_signals.h"
#include "environment.h"
#include "error.h"
#include "errors.h"

namespace interlatent::bindings {

Napi::Promise BlockingThread::start(Napi::Env env, Work work) {
  try {
    return Environment::of(env).idle_thread().begin(env, std::move(work));
  } catch (const std::system_error& error) {
    throw coded_error(env, "out-of-memory",
                      std::string("A thread for a long call could not be "
                                  "started: ") +
                          error.what());
  }
}

BlockingThread::BlockingThread(Environment& environment)
    : environment_(environment) {
  const BlockedSignals blocked;
  thread_ = std::thread(&BlockingThread::loop, this);
}

void BlockingThread::cancel() {
  is_cancelled_ = true;
  const std::lock_guard lock(mutex_);
  changed_.notify_one();
}

Napi::Promise BlockingThread::begin(Napi::Env env, Work work) {
  task_.emplace(Task{Napi::Promise::Deferred(env), std::move(work)});
  const Napi::Promise promise = task_->deferred.Promise();
  environment_.hold(env);
  const std::lock_guard lock(mutex_);
  has_work_ = true;
  changed_.notify_one();
  return promise;
}

void BlockingThread::loop() {
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

void BlockingThread::run(Task& task) const {
  try {
    task.make_value = task.work([this] { return is_cancelled_.load(); });
  } catch (const Error& error) {
    task.code = error.code();
    task.message = error.what();
  } catch (const std::exception& error) {
    task.code = "device";
    task.message = error.what();
  }
}

void BlockingThread::settle(Napi::Env env) {
  const Task task = std::move(*task_);
  task_.reset();
  environment_.release(env);
  try {
    if (!task.code.empty()) throw coded_error(env, task.code, task.message);
    task.deferred.Resolve(task.make_value(env));
  } catch (const Napi::Error& error) {
    task.deferred.Reject(error.Value());
  }
}

}  // namespace interlatent::bindings
