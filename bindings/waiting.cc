#include "waiting.h"

#include <memory>
#include <system_error>
#include <utility>

#include "environment.h"
#include "error.h"
#include "errors.h"
#include "held_signals.h"

namespace interlatent::bindings {

Napi::Promise Waiting::start(Napi::Env env, Work work) {
  std::unique_ptr<Waiting> own(new Waiting(env, std::move(work)));
  const Napi::Promise promise = own->deferred_.Promise();
  try {
    const HeldSignals held;
    own->thread_ = std::thread(&Waiting::run, own.get());
  } catch (const std::system_error& error) {
    throw coded_error(env, "out-of-memory",
                      std::string("No thread could be started to wait for "
                                  "ranks: ") +
                          error.what());
  }
  Environment& environment = own->environment_;
  environment.hold(env);
  environment.add(std::move(own));
  return promise;
}

Waiting::Waiting(Napi::Env env, Work work)
    : environment_(Environment::of(env)),
      deferred_(env),
      work_(std::move(work)) {}

void Waiting::run() {
  try {
    show_ = work_([this] { return is_cancelled_.load(); });
  } catch (const Error& error) {
    code_ = error.code();
    message_ = error.what();
  } catch (const std::exception& error) {
    code_ = "device";
    message_ = error.what();
  }
  environment_.post([this](Napi::Env env) { settle(env); });
}

void Waiting::settle(Napi::Env env) {
  thread_.join();
  const std::unique_ptr<Waiting> own = environment_.remove(this);
  environment_.release(env);
  try {
    if (!code_.empty()) throw coded_error(env, code_, message_);
    deferred_.Resolve(show_(env));
  } catch (const Napi::Error& error) {
    deferred_.Reject(error.Value());
  }
}

}  // namespace interlatent::bindings
