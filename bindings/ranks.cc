#include "ranks.h"

#include <atomic>
#include <string>
#include <utility>
#include <vector>

#include "blocking_thread.h"
#include "environment.h"
#include "error.h"
#include "errors.h"
#include "ranks/mpi.h"

namespace interlatent::bindings {
namespace {

constexpr uint32_t kMaxRanks = 1 << 20;
constexpr double kMaxSeconds = 1e6;

using SharedRanks = std::shared_ptr<Ranks>;

// True once this process stops waiting for ranks of MPI.
std::atomic<bool> has_given_up{false};

Ranks::IsCancelled including_given_up(const Ranks::IsCancelled& is_cancelled) {
  return [&] { return has_given_up.load() || is_cancelled(); };
}

Napi::Object object_of(Napi::Env env, SharedRanks ranks) {
  auto wrapped = Napi::External<SharedRanks>::New(env, &ranks);
  return Environment::of(env).ranks().New({wrapped});
}

double seconds(const Napi::Value& value) {
  const double number =
      value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : -1;
  if (number > 0 && number <= kMaxSeconds) return number;
  throw invalid_argument(value.Env(),
                         "Expected `seconds` to be a positive number, got " +
                             describe_value(value) + ".");
}

uint32_t number_of(const Napi::Value& value, const char* name) {
  return static_cast<uint32_t>(whole_number(value, name, kMaxRanks));
}

using Contents = std::vector<std::vector<uint8_t>>;

// Returns the bytes of every rank. Their sizes may differ.
Contents gather_bytes(Ranks& ranks, std::vector<uint8_t> bytes,
                      const Ranks::IsCancelled& is_cancelled) {
  std::vector<uint64_t> sizes(ranks.count());
  sizes[ranks.index()] = bytes.size();
  std::vector<il_piece> pieces;
  for (uint32_t i = 0; i < ranks.count(); i++) {
    pieces.push_back({&sizes[i], sizeof(uint64_t), i});
  }
  ranks.gather(pieces, is_cancelled);
  Contents all(ranks.count());
  for (uint32_t i = 0; i < ranks.count(); i++) {
    if (i != ranks.index()) all[i].resize(sizes[i]);
  }
  all[ranks.index()] = std::move(bytes);
  for (uint32_t i = 0; i < ranks.count(); i++) {
    pieces[i] = {all[i].data(), all[i].size(), i};
  }
  ranks.gather(pieces, is_cancelled);
  return all;
}

Napi::Value arrays_of(Napi::Env env, const Contents& all) {
  auto arrays = Napi::Array::New(env, all.size());
  for (uint32_t i = 0; i < all.size(); i++) {
    auto array = Napi::Uint8Array::New(env, all[i].size());
    std::copy(all[i].begin(), all[i].end(), array.Data());
    arrays.Set(i, array);
  }
  return arrays;
}

}  // namespace

Napi::Function RanksObject::define(Napi::Env env) {
  return DefineClass(env, "Ranks",
                     {
                         StaticMethod<&RanksObject::local>("local"),
                         StaticMethod<&RanksObject::prepare>("prepareMpi"),
                         StaticMethod<&RanksObject::begin>("beginMpi"),
                         StaticMethod<&RanksObject::mpi>("mpi"),
                         StaticMethod<&RanksObject::give_up>("giveUpMpi"),
                         InstanceAccessor<&RanksObject::index>("index"),
                         InstanceAccessor<&RanksObject::count>("count"),
                         InstanceMethod<&RanksObject::gather>("gather"),
                         InstanceMethod<&RanksObject::leave>("leave"),
                         InstanceMethod<&RanksObject::end>("end"),
                     });
}

std::shared_ptr<Ranks> RanksObject::of(const Napi::Value& option) {
  if (option.IsUndefined()) return nullptr;
  const Napi::Env env = option.Env();
  if (!option.IsObject() ||
      !option.As<Napi::Object>().InstanceOf(Environment::of(env).ranks())) {
    throw invalid_argument(env, "Expected `ranks` to be of class Ranks, got " +
                                    describe_value(option) + ".");
  }
  return Unwrap(option.As<Napi::Object>())->ranks_;
}

RanksObject::RanksObject(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<RanksObject>(info) {
  if (!info[0].IsExternal()) {
    throw invalid_argument(info.Env(),
                           "Call Ranks.local or Ranks.mpi to create ranks.");
  }
  ranks_ = *info[0].As<Napi::External<SharedRanks>>().Data();
}

Napi::Value RanksObject::local(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto all =
      local_ranks(std::max(1u, number_of(info[0], "count")), seconds(info[1]));
  auto objects = Napi::Array::New(env, all.size());
  for (uint32_t i = 0; i < all.size(); i++) {
    objects.Set(i, object_of(env, all[i]));
  }
  return objects;
}

void RanksObject::prepare(const Napi::CallbackInfo&) { prepare_mpi(); }

Napi::Value RanksObject::begin(const Napi::CallbackInfo& info) {
  const std::string library = text(info[0], "library");
  const double deadline = seconds(info[1]);
  return BlockingThread::start(
      info.Env(),
      [=](const Ranks::IsCancelled& is_cancelled) -> BlockingThread::MakeValue {
        const MpiPlace mpi_place =
            begin_mpi(library, deadline, including_given_up(is_cancelled));
        return [mpi_place](Napi::Env env) -> Napi::Value {
          auto place = Napi::Object::New(env);
          place.Set("rank", Napi::Number::New(env, mpi_place.rank));
          place.Set("size", Napi::Number::New(env, mpi_place.size));
          return place;
        };
      });
}

Napi::Value RanksObject::mpi(const Napi::CallbackInfo& info) {
  const ProcessGroup group{number_of(info[0], "first"),
                           std::max(1u, number_of(info[1], "count"))};
  const double deadline = seconds(info[2]);
  return BlockingThread::start(
      info.Env(),
      [=](const Ranks::IsCancelled& is_cancelled) -> BlockingThread::MakeValue {
        const SharedRanks ranks =
            mpi_ranks(group, deadline, including_given_up(is_cancelled));
        return [ranks](Napi::Env env) { return object_of(env, ranks); };
      });
}

void RanksObject::give_up(const Napi::CallbackInfo&) { has_given_up = true; }

Napi::Value RanksObject::index(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), ranks_->index());
}

Napi::Value RanksObject::count(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), ranks_->count());
}

Napi::Value RanksObject::gather(const Napi::CallbackInfo& info) {
  const Elements bytes = byte_elements(info[0], "bytes");
  const auto* first = static_cast<const uint8_t*>(bytes.data);
  std::vector<uint8_t> copy(first, first + bytes.count);
  return BlockingThread::start(
      info.Env(),
      [ranks = ranks_, copy = std::move(copy)](
          const Ranks::IsCancelled& is_cancelled) -> BlockingThread::MakeValue {
        return [all = gather_bytes(*ranks, copy, is_cancelled)](Napi::Env env) {
          return arrays_of(env, all);
        };
      });
}

void RanksObject::leave(const Napi::CallbackInfo& info) {
  try {
    ranks_->leave(text(info[0], "why"));
  } catch (const Error& error) {
    throw coded_error(info.Env(), error.code(), error.what());
  }
}

Napi::Value RanksObject::end(const Napi::CallbackInfo& info) {
  return BlockingThread::start(
      info.Env(),
      [ranks = ranks_](
          const Ranks::IsCancelled& is_cancelled) -> BlockingThread::MakeValue {
        const bool all = ranks->end(is_cancelled);
        return [all](Napi::Env env) { return Napi::Boolean::New(env, all); };
      });
}

}  // namespace interlatent::bindings
