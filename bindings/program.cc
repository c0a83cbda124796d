#include "program.h"

#include <algorithm>
#include <climits>
#include <string>
#include <utility>
#include <vector>

#include "cuda.h"
#include "errors.h"
#include "ranks.h"

namespace interlatent::bindings {
namespace {

constexpr uint32_t kMaxThreads = 1024;
constexpr uint32_t kMaxDevices = 1023;
constexpr uint32_t kMaxRuns = INT32_MAX;

// Reads every field of the request once. A getter may do anything, so pointers
// are taken only after the last getter has run.
struct Request {
  Job job;
  Napi::Value results;
};

Request read_request(Napi::Value value) {
  if (!value.IsObject()) {
    throw invalid_argument(value.Env(),
                           "Expected the request to be an object { entry, "
                           "firstStep, steps, results }, got " +
                               describe_value(value) + ".");
  }
  const auto object = value.As<Napi::Object>();
  Request request;
  request.job.entry = static_cast<uint32_t>(
      whole_number(object.Get("entry"), "entry", UINT32_MAX));
  request.job.first_step =
      whole_number(object.Get("firstStep"), "firstStep", kMaxSafeInteger);
  request.job.steps =
      whole_number(object.Get("steps"), "steps", kMaxSafeInteger);
  request.results = object.Get("results");
  return request;
}

Napi::Object report(Napi::Env env, const Outcome& outcome) {
  auto failures = Napi::Array::New(env, outcome.failures.size());
  for (uint32_t i = 0; i < outcome.failures.size(); ++i) {
    const il_run_failure& failure = outcome.failures[i];
    auto entry = Napi::Object::New(env);
    entry.Set("run", Napi::Number::New(env, failure.run));
    entry.Set("step",
              Napi::Number::New(env, static_cast<double>(failure.step)));
    entry.Set("label", Napi::String::New(env, failure.label));
    failures.Set(i, entry);
  }
  auto object = Napi::Object::New(env);
  object.Set("stepsDone",
             Napi::Number::New(env, static_cast<double>(outcome.steps_done)));
  object.Set("cancelled", Napi::Boolean::New(env, outcome.cancelled));
  object.Set("failures", failures);
  return object;
}

// Throws errors of the session as JavaScript errors.
template <typename Call>
auto with_js_errors(Napi::Env env, Call call) {
  try {
    return call();
  } catch (const BackendError& error) {
    throw coded_error(env, error);
  } catch (const std::bad_alloc&) {
    throw coded_error(env, "out-of-memory",
                      "There is not enough memory for the call.");
  }
}

// Converts a name of src/runtime/addon.ts.
uint32_t matmul_precision(const Napi::Value& value) {
  const std::string name = text(value, "matmulPrecision");
  if (name == "float32") return IL_MATMUL_FLOAT32;
  if (name == "tf32") return IL_MATMUL_TF32;
  if (name == "bfloat16") return IL_MATMUL_BFLOAT16;
  if (name == "tf32-convolutions") return IL_MATMUL_TF32_CONVOLUTIONS;
  throw invalid_argument(
      value.Env(),
      "Expected `matmulPrecision` to be 'float32', 'tf32-convolutions', "
      "'tf32' or 'bfloat16', got '" +
          name + "'.");
}

// Returns the backend that the options name. For CUDA it also fills in the
// options of the device.
const il_backend* backend_of(const Napi::Object& options,
                             il_load_options& load) {
  const Napi::Env env = options.Env();
  const Napi::Value device = options.Get("device");
  const std::string name =
      device.IsString() ? device.As<Napi::String>().Utf8Value() : "";
  if (name == "cpu") return il_cpu_backend();
  if (name != "cuda") {
    throw invalid_argument(
        env,
        "Expected `device` to be 'cpu' or 'cuda', got " +
            (device.IsString() ? "'" + name + "'" : describe_value(device)) +
            ".");
  }
  const std::string library = text(options.Get("library"), "library");
  load.device = static_cast<uint32_t>(
      whole_number(options.Get("index"), "index", kMaxDevices));
  load.matmul_precision = matmul_precision(options.Get("matmulPrecision"));
  load.data_on_device =
      flag(options.Get("dataOnDevice"), "dataOnDevice") ? 1 : 0;
  const Napi::Value all_runs = options.Get("allRuns");
  if (!all_runs.IsUndefined()) {
    load.all_runs =
        static_cast<uint32_t>(whole_number(all_runs, "allRuns", kMaxRuns));
  }
  return with_js_errors(env, [&] { return open_cuda_backend(library); });
}

}  // namespace

Napi::Function Program::define(Napi::Env env) {
  return DefineClass(env, "Program",
                     {
                         InstanceMethod<&Program::upload>("upload"),
                         InstanceMethod<&Program::download>("download"),
                         InstanceMethod<&Program::map>("map"),
                         InstanceMethod<&Program::run>("run"),
                         InstanceMethod<&Program::run_sync>("runSync"),
                         InstanceMethod<&Program::cancel>("cancel"),
                         InstanceMethod<&Program::describe>("describe"),
                         InstanceMethod<&Program::dispose>("dispose"),
                     });
}

Program::Program(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<Program>(info) {
  const Napi::Env env = info.Env();
  byte_elements(info[0], "plan");
  if (!info[1].IsObject()) {
    throw invalid_argument(
        env, "Expected the options to be an object { device, threads }, got " +
                 describe_value(info[1]) + ".");
  }
  const auto options = info[1].As<Napi::Object>();
  il_load_options load{};
  load.threads = static_cast<uint32_t>(
      whole_number(options.Get("threads"), "threads", kMaxThreads));
  load.profile = flag(options.Get("profile"), "profile") ? 1 : 0;
  ranks_ = RanksObject::of(options.Get("ranks"));
  if (ranks_ != nullptr) load.ranks = &ranks_->c_interface();
  const il_backend* backend = backend_of(options, load);
  Environment& environment = Environment::of(env);
  // Take the memory after all getters have run, because they may detach or
  // shrink it. Copy it, so that no other thread can change the plan while it is
  // checked.
  const Elements memory = byte_elements(info[0], "plan");
  session_ = with_js_errors(env, [&] {
    const auto* bytes = static_cast<const uint8_t*>(memory.data);
    const std::vector<uint8_t> plan(bytes, bytes + memory.count);
    return std::make_unique<Session>(
        backend, plan.data(), plan.size(), load,
        [this, &environment](Session::Event event) {
          environment.post([this, event](Napi::Env) { answer(event); });
        });
  });
  memory_.emplace(env, session_->bytes());
  environment_ = &environment;
  environment.add(this);
}

Program::~Program() {
  if (environment_ != nullptr) environment_->remove(this);
}

void Program::upload(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Session& session = idle(env, "upload");
  const uint64_t slab = whole_number(info[0], "slab", IL_SLAB_COUNT - 1);
  const uint64_t offset = whole_number(info[1], "offset", kMaxSafeInteger);
  const Elements values = slab_elements(info[2], "values");
  with_js_errors(env, [&] {
    session.upload(static_cast<uint32_t>(slab), offset, values.data,
                   values.count);
  });
}

void Program::download(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Session& session = idle(env, "download");
  const uint64_t slab = whole_number(info[0], "slab", IL_SLAB_COUNT - 1);
  const uint64_t offset = whole_number(info[1], "offset", kMaxSafeInteger);
  const Elements target = slab_elements(info[2], "target");
  with_js_errors(env, [&] {
    session.download(static_cast<uint32_t>(slab), offset, target.data,
                     target.count);
  });
}

Napi::Value Program::map(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Session& session = idle(env, "map");
  const uint64_t slab = whole_number(info[0], "slab", IL_SLAB_COUNT - 1);
  const uint64_t offset = whole_number(info[1], "offset", kMaxSafeInteger);
  const auto descriptor =
      static_cast<int>(whole_number(info[2], "descriptor", INT_MAX));
  const uint64_t bytes = whole_number(info[3], "bytes", kMaxSafeInteger);
  const bool mapped = with_js_errors(env, [&] {
    return session.map(static_cast<uint32_t>(slab), offset, descriptor, bytes);
  });
  if (mapped) {
    mapped_ += bytes;
    memory_.reset();
    memory_.emplace(env, session.bytes() - std::min(mapped_, session.bytes()));
  }
  return Napi::Boolean::New(env, mapped);
}

Napi::Value Program::run(const Napi::CallbackInfo& info) {
  const auto deferred = Napi::Promise::Deferred::New(info.Env());
  try {
    start(info, deferred);
  } catch (const Napi::Error& error) {
    deferred.Reject(error.Value());
  }
  return deferred.Promise();
}

void Program::start(const Napi::CallbackInfo& info,
                    Napi::Promise::Deferred deferred) {
  const Napi::Env env = info.Env();
  Request request = read_request(info[0]);
  const Napi::Value on_progress = info[1];
  if (!on_progress.IsUndefined() && !on_progress.IsFunction()) {
    throw invalid_argument(env, "Expected `onProgress` to be a function, got " +
                                    describe_value(on_progress) + ".");
  }
  // Reading the request may have run a getter that changed this program.
  Session& session = idle(env, "run");
  const Elements results = float_elements(request.results, "results");
  request.job.wants_progress = on_progress.IsFunction();
  Run run(env);
  run.deferred = deferred;
  run.results = Napi::Persistent(request.results.As<Napi::Object>());
  if (request.job.wants_progress) {
    run.on_progress = Napi::Persistent(on_progress.As<Napi::Function>());
  }
  with_js_errors(env, [&] { session.start(request.job, results.count); });
  run_.emplace(std::move(run));
  // Keep this object and the event loop alive until the promise settles.
  Ref();
  environment_->hold(env);
}

Napi::Value Program::run_sync(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Request request = read_request(info[0]);
  Session& session = idle(env, "runSync");
  const Elements results = float_elements(request.results, "results");
  return with_js_errors(env, [&] {
    const Outcome outcome = session.run_here(
        request.job, static_cast<float*>(results.data), results.count);
    if (outcome.error) throw *outcome.error;
    return report(env, outcome);
  });
}

void Program::cancel(const Napi::CallbackInfo&) {
  if (session_ != nullptr) session_->cancel();
}

Napi::Value Program::describe(const Napi::CallbackInfo& info) {
  return Napi::String::New(info.Env(), idle(info.Env(), "describe").describe());
}

Napi::Value Program::dispose(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!disposed_.IsEmpty()) return disposed_.Value();
  disposing_.emplace(env);
  const Napi::Promise promise = disposing_->Promise();
  disposed_ = Napi::Persistent(promise.As<Napi::Object>());
  Ref();
  environment_->hold(env);
  session_->close();
  return promise;
}

void Program::answer(Session::Event event) {
  const Napi::Env env = Env();
  switch (event) {
    case Session::Event::kProgress:
      report_progress(env, session_->take_progress());
      break;
    case Session::Event::kDone:
      settle(env);
      break;
    case Session::Event::kClosed:
      finish_dispose(env);
      break;
  }
}

void Program::abandon() {
  environment_ = nullptr;
  session_.reset();
  memory_.reset();
  run_.reset();
  disposed_.Reset();
}

Session& Program::idle(Napi::Env env, const char* method) {
  if (!disposed_.IsEmpty() || session_ == nullptr) {
    throw coded_error(env, "disposed",
                      std::string("The program was disposed; `") + method +
                          "` cannot be called any more.");
  }
  if (run_) {
    throw coded_error(env, "busy",
                      std::string("The program is running; wait for the "
                                  "promise of `run` before calling `") +
                          method + "`.");
  }
  return *session_;
}

void Program::report_progress(Napi::Env env, uint64_t steps_done) {
  if (run_->on_progress.IsEmpty() || run_->callback_error ||
      steps_done == run_->reported) {
    return;
  }
  run_->reported = steps_done;
  try {
    run_->on_progress.Call(
        {Napi::Number::New(env, static_cast<double>(steps_done))});
  } catch (const Napi::Error& error) {
    // The callback may have disposed of this program, but the run exists until
    // kDone.
    run_->callback_error = error;
    session_->cancel();
  }
}

void Program::settle(Napi::Env env) {
  const Outcome outcome = session_->take_outcome();
  if (!outcome.error) report_progress(env, outcome.steps_done);
  const Run run = std::move(*run_);
  run_.reset();
  environment_->release(env);
  Unref();
  if (run.callback_error) {
    run.deferred.Reject(run.callback_error->Value());
    return;
  }
  if (outcome.error) {
    run.deferred.Reject(coded_error(env, *outcome.error).Value());
    return;
  }
  const Elements results = float_elements(run.results.Value(), "results");
  if (results.count != outcome.results.size()) {
    run.deferred.Reject(
        invalid_argument(env,
                         "The memory of `results` was detached or resized "
                         "during the run; its values are lost.")
            .Value());
    return;
  }
  std::copy(outcome.results.begin(), outcome.results.end(),
            static_cast<float*>(results.data));
  run.deferred.Resolve(report(env, outcome));
}

void Program::finish_dispose(Napi::Env env) {
  session_->join();
  session_.reset();
  memory_.reset();
  environment_->remove(this);
  environment_->release(env);
  const Napi::Promise::Deferred deferred = *disposing_;
  disposing_.reset();
  Unref();
  deferred.Resolve(env.Undefined());
}

}  // namespace interlatent::bindings
