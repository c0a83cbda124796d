#include "moments.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "blocking_thread.h"
#include "error.h"
#include "errors.h"
#include "moments/search.h"

namespace interlatent::bindings {
namespace {

constexpr uint32_t kMaxSearchThreads = 1024;
constexpr uint32_t kMaxTerms = 1 << 16;

template <typename T>
struct ArrayOf;
template <>
struct ArrayOf<double> {
  static constexpr napi_typedarray_type kType = napi_float64_array;
  static constexpr const char* kName = "Float64Array";
};
template <>
struct ArrayOf<uint32_t> {
  static constexpr napi_typedarray_type kType = napi_uint32_array;
  static constexpr const char* kName = "Uint32Array";
};
template <>
struct ArrayOf<uint8_t> {
  static constexpr napi_typedarray_type kType = napi_uint8_array;
  static constexpr const char* kName = "Uint8Array";
};

// Copies a typed array. The raw call also accepts shared memory.
template <typename T>
std::vector<T> copied(const Napi::Value& value, const char* name) {
  const Napi::Env env = value.Env();
  if (!value.IsTypedArray() ||
      value.As<Napi::TypedArray>().TypedArrayType() != ArrayOf<T>::kType) {
    throw invalid_argument(env, std::string("Expected `") + name +
                                    "` to be a " + ArrayOf<T>::kName +
                                    ", got " + describe_value(value) + ".");
  }
  size_t count = 0;
  void* data = nullptr;
  const napi_status status = napi_get_typedarray_info(
      env, value, nullptr, &count, &data, nullptr, nullptr);
  if (status != napi_ok) throw Napi::Error::New(env);
  const auto* first = static_cast<const T*>(data);
  return std::vector<T>(first, first + count);
}

template <typename T>
std::vector<T> copied_field(const Napi::Object& object, const char* name) {
  return copied<T>(object.Get(name), name);
}

// Calls `read` for each object of a list.
template <typename Read>
void each(const Napi::Object& object, const char* name, const Read& read) {
  const Napi::Value value = object.Get(name);
  if (!value.IsArray()) {
    throw invalid_argument(object.Env(), std::string("Expected `") + name +
                                             "` to be an array, got " +
                                             describe_value(value) + ".");
  }
  const auto list = value.As<Napi::Array>();
  for (uint32_t i = 0; i < list.Length(); i++) read(list.Get(i));
}

Napi::Object object_of(const Napi::Value& value, const char* name) {
  if (value.IsObject()) return value.As<Napi::Object>();
  throw invalid_argument(value.Env(), std::string("Expected `") + name +
                                          "` to be an object, got " +
                                          describe_value(value) + ".");
}

double number(const Napi::Value& value, const char* name) {
  if (value.IsNumber()) return value.As<Napi::Number>().DoubleValue();
  throw invalid_argument(value.Env(), std::string("Expected `") + name +
                                          "` to be a number, got " +
                                          describe_value(value) + ".");
}

moments::Problem problem_of(const Napi::Value& value) {
  const Napi::Object object = object_of(value, "problem");
  moments::Problem problem;
  problem.blocks = copied_field<uint32_t>(object, "blocks");
  problem.terms = static_cast<uint32_t>(
      whole_number(object.Get("terms"), "terms", kMaxTerms));
  each(object, "environments", [&](const Napi::Value& item) {
    const Napi::Object environment = object_of(item, "environment");
    problem.environments.push_back(
        {number(environment.Get("weight"), "weight"),
         copied_field<double>(environment, "mean"),
         copied_field<double>(environment, "covariance")});
  });
  each(object, "gates", [&](const Napi::Value& item) {
    const Napi::Object gate = object_of(item, "gate");
    const std::string effect = text(gate.Get("effect"), "effect");
    problem.gates.push_back({effect == "soft"      ? moments::Effect::kSoft
                             : effect == "perfect" ? moments::Effect::kPerfect
                                                   : moments::Effect::kShift,
                             copied_field<uint32_t>(gate, "members")});
  });
  problem.allowed_edges = copied_field<uint8_t>(object, "allowedEdges");
  problem.order_is_free = flag(object.Get("orderIsFree"), "orderIsFree");
  problem.allowed_gates = copied_field<uint8_t>(object, "allowedGates");
  problem.known_gates = copied_field<uint8_t>(object, "known");
  problem.edge_prices = copied_field<double>(object, "edgePrices");
  problem.gate_prices = copied_field<double>(object, "gatePrices");
  each(object, "starts", [&](const Napi::Value& item) {
    problem.starts.push_back(copied<double>(item, "start"));
  });
  problem.seed = whole_number(object.Get("seed"), "seed", kMaxSafeInteger);
  return problem;
}

template <typename Array, typename T>
Array array_of(Napi::Env env, const std::vector<T>& values) {
  auto array = Array::New(env, values.size());
  std::copy(values.begin(), values.end(), array.Data());
  return array;
}

Napi::Value fits_of(Napi::Env env, const std::vector<moments::Fit>& fits) {
  auto list = Napi::Array::New(env, fits.size());
  for (uint32_t i = 0; i < fits.size(); i++) {
    const moments::Fit& fit = fits[i];
    auto object = Napi::Object::New(env);
    object.Set("maps", array_of<Napi::Float64Array>(env, fit.maps));
    object.Set("edges", array_of<Napi::Uint8Array>(env, fit.structure.edges));
    object.Set("gates", array_of<Napi::Uint8Array>(env, fit.structure.gates));
    object.Set("likelihood", Napi::Number::New(env, fit.likelihood));
    object.Set("objective", Napi::Number::New(env, fit.objective));
    list.Set(i, object);
  }
  return list;
}

void check_count(Napi::Env env, size_t count, size_t expected,
                 const char* name) {
  if (count == expected) return;
  throw invalid_argument(env, std::string("Expected `") + name + "` to have " +
                                  std::to_string(expected) + " elements, got " +
                                  std::to_string(count) + ".");
}

}  // namespace

Napi::Function MomentSearch::define(Napi::Env env) {
  return DefineClass(env, "MomentSearch",
                     {
                         InstanceMethod<&MomentSearch::run>("run"),
                         InstanceMethod<&MomentSearch::stop>("stop"),
                         InstanceAccessor<&MomentSearch::progress>("progress"),
                         InstanceMethod<&MomentSearch::evaluate>("evaluate"),
                     });
}

MomentSearch::MomentSearch(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<MomentSearch>(info),
      shared_(std::make_shared<Shared>()) {
  shared_->problem = problem_of(info[0]);
  try {
    moments::check(shared_->problem);
  } catch (const Error& error) {
    throw coded_error(info.Env(), error.code(), error.what());
  }
}

Napi::Value MomentSearch::run(const Napi::CallbackInfo& info) {
  const auto threads =
      std::max(1u, static_cast<uint32_t>(
                       whole_number(info[0], "threads", kMaxSearchThreads)));
  return BlockingThread::start(
      info.Env(),
      [shared = shared_, threads](
          const Ranks::IsCancelled& is_cancelled) -> BlockingThread::MakeValue {
        moments::SearchOptions options;
        options.threads = threads;
        options.is_cancelled = [&] {
          return shared->is_stopped.load(std::memory_order_relaxed) ||
                 is_cancelled();
        };
        options.progress = &shared->progress;
        return [fits = moments::search(shared->problem, options)](
                   Napi::Env env) { return fits_of(env, fits); };
      });
}

void MomentSearch::stop(const Napi::CallbackInfo&) {
  shared_->is_stopped = true;
}

Napi::Value MomentSearch::progress(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), shared_->progress.load());
}

Napi::Value MomentSearch::evaluate(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto maps = copied<double>(info[0], "maps");
  const moments::Structure structure{copied<uint8_t>(info[1], "edges"),
                                     copied<uint8_t>(info[2], "gates")};
  const size_t latents = shared_->problem.latents();
  check_count(env, maps.size(), latents * latents, "maps");
  check_count(env, structure.edges.size(), latents * latents, "edges");
  check_count(env, structure.gates.size(),
              shared_->problem.gates.size() * latents, "gates");
  std::vector<double> gradient;
  const double cost =
      moments::evaluate(shared_->problem, maps, structure, gradient);
  auto answer = Napi::Object::New(env);
  answer.Set("cost", Napi::Number::New(env, cost));
  answer.Set("gradient", array_of<Napi::Float64Array>(env, gradient));
  return answer;
}

}  // namespace interlatent::bindings
