#include "session.h"

#include <chrono>
#include <new>
#include <system_error>
#include <utility>

#include "blocked_signals.h"

namespace interlatent::bindings {
namespace {

// A step can take microseconds. Waking the event loop after each would leave it
// no time for anything else.
constexpr int64_t kProgressIntervalNs = 20'000'000;

int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

il_loaded load(const il_backend* backend, const uint8_t* plan, size_t bytes,
               const il_load_options& options) {
  il_loaded loaded{};
  il_error error{};
  if (backend->load(plan, bytes, &options, &loaded, &error) != 0) {
    throw BackendError(error);
  }
  return loaded;
}

}  // namespace

BackendError::BackendError(const il_error& error)
    : BackendError(error.code, error.message) {}

BackendError::BackendError(std::string code, const std::string& message)
    : std::runtime_error(message), code_(std::move(code)) {}

Session::Session(const il_backend* backend, const uint8_t* plan, size_t bytes,
                 const il_load_options& options, Listener listener)
    : backend_(backend),
      loaded_(load(backend, plan, bytes, options)),
      program_(loaded_.program),
      listener_(std::move(listener)) {
  try {
    const BlockedSignals blocked;
    thread_ = std::thread(&Session::loop, this);
  } catch (const std::system_error& error) {
    backend_->destroy(program_);
    throw BackendError("out-of-memory",
                       std::string("The thread of the program could not be "
                                   "started: ") +
                           error.what());
  }
}

Session::~Session() { join(); }

void Session::upload(uint32_t slab, uint64_t offset, const void* source,
                     uint64_t count) {
  il_error error{};
  if (backend_->upload(program_, slab, offset, source, count, &error) != 0) {
    throw BackendError(error);
  }
}

void Session::download(uint32_t slab, uint64_t offset, void* target,
                       uint64_t count) {
  il_error error{};
  if (backend_->download(program_, slab, offset, target, count, &error) != 0) {
    throw BackendError(error);
  }
}

bool Session::map(uint32_t slab, uint64_t offset, int descriptor,
                  uint64_t bytes) {
  if (backend_->map == nullptr) return false;
  uint32_t mapped = 0;
  il_error error{};
  if (backend_->map(program_, slab, offset, descriptor, bytes, &mapped,
                    &error) != 0) {
    throw BackendError(error);
  }
  return mapped != 0;
}

std::string Session::describe() const { return backend_->describe(program_); }

Outcome Session::run_here(const Job& job, float* results, uint64_t count) {
  return run(job, results, count, false);
}

void Session::start(const Job& job, uint64_t results_count) {
  Outcome outcome;
  outcome.results.resize(results_count);
  {
    std::lock_guard lock(mutex_);
    outcome_ = std::move(outcome);
    job_ = job;
    cancel_requested_ = false;
    progress_wanted_ = job.wants_progress;
    progress_reported_ = false;
    steps_done_ = 0;
    reported_at_ = 0;
  }
  changed_.notify_one();
}

uint64_t Session::take_progress() {
  progress_reported_ = false;
  return steps_done_;
}

Outcome Session::take_outcome() {
  std::lock_guard lock(mutex_);
  return std::move(outcome_);
}

void Session::cancel() { cancel_requested_ = true; }

void Session::close() { stop(true); }

void Session::join() {
  if (!thread_.joinable()) return;
  stop(false);
  thread_.join();
}

void Session::stop(bool report_closed) {
  cancel();
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    report_closed_ = report_closed_ || report_closed;
  }
  changed_.notify_one();
}

void Session::on_step(void* user, uint64_t steps_done) {
  auto* self = static_cast<Session*>(user);
  self->steps_done_ = steps_done;
  // Forward the request only from inside a run. A request that reached the
  // backend between two runs would stop the wrong one.
  if (self->cancel_requested_) self->backend_->cancel(self->program_);
  if (!self->progress_wanted_) return;
  const int64_t now = now_ns();
  if (now - self->reported_at_ < kProgressIntervalNs) return;
  if (self->progress_reported_.exchange(true)) return;
  self->reported_at_ = now;
  self->listener_(Event::kProgress);
}

void Session::loop() {
  for (;;) {
    Job job;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return job_.has_value() || stopping_; });
      if (!job_.has_value()) break;
      job = *job_;
      job_.reset();
    }
    // No other thread accesses outcome_ until kDone is answered.
    float* const results = outcome_.results.data();
    const uint64_t count = outcome_.results.size();
    Outcome outcome = run(job, results, count, true);
    {
      std::lock_guard lock(mutex_);
      outcome.results = std::move(outcome_.results);
      outcome_ = std::move(outcome);
    }
    listener_(Event::kDone);
  }
  backend_->destroy(program_);
  bool report_closed = false;
  {
    std::lock_guard lock(mutex_);
    report_closed = report_closed_;
  }
  if (report_closed) listener_(Event::kClosed);
}

Outcome Session::run(const Job& job, float* results, uint64_t count,
                     bool watched) {
  Outcome outcome;
  if (watched && cancel_requested_) {
    outcome.cancelled = true;
    return outcome;
  }
  try {
    outcome.failures.resize(loaded_.runs);
  } catch (const std::bad_alloc&) {
    outcome.error.emplace(
        "out-of-memory",
        "There is not enough memory for the report of the run.");
    return outcome;
  }
  il_run_request request{};
  request.entry = job.entry;
  request.first_step = job.first_step;
  request.steps = job.steps;
  request.results = results;
  request.results_count = count;
  request.on_step = watched ? &Session::on_step : nullptr;
  request.user = this;
  request.is_cancelled = [](void* user) {
    return static_cast<Session*>(user)->cancel_requested_ ? 1 : 0;
  };
  request.failures = outcome.failures.data();
  il_run_report report{};
  il_error error{};
  if (backend_->run(program_, &request, &report, &error) != 0) {
    outcome.failures.clear();
    outcome.error.emplace(error);
    return outcome;
  }
  outcome.steps_done = report.steps_done;
  outcome.cancelled = report.cancelled != 0;
  outcome.failures.resize(report.failure_count);
  return outcome;
}

}  // namespace interlatent::bindings
