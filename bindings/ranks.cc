#include "ranks.h"

#include <atomic>
#include <string>
#include <utility>
#include <vector>

#include "environment.h"
#include "error.h"
#include "errors.h"
#include "ranks/mpi.h"
#include "waiting.h"

namespace interlatent::bindings {
namespace {

constexpr uint32_t kMostRanks = 1 << 20;
constexpr double kMostSeconds = 1e6;

using Made = std::shared_ptr<Ranks>;

// Whoever waits for ranks of MPI gives up.
std::atomic<bool> is_given_up{false};

Ranks::IsCancelled or_given_up(const Ranks::IsCancelled& is_cancelled) {
  return [&] { return is_given_up.load() || is_cancelled(); };
}

Napi::Object object_of(Napi::Env env, Made ranks) {
  auto wrapped = Napi::External<Made>::New(env, &ranks);
  return Environment::of(env).ranks().New({wrapped});
}

double seconds(const Napi::Value& value) {
  const double given =
      value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : -1;
  if (given > 0 && given <= kMostSeconds) return given;
  throw invalid_argument(value.Env(),
                         "Expected `seconds` to be a positive number, got " +
                             describe_value(value) + ".");
}

uint32_t number_of(const Napi::Value& value, const char* name) {
  return static_cast<uint32_t>(whole_number(value, name, kMostRanks));
}

using Contents = std::vector<std::vector<uint8_t>>;

// The bytes of every rank, which need not be equally many.
Contents gathered(Ranks& ranks, std::vector<uint8_t> own,
                  const Ranks::IsCancelled& is_cancelled) {
  std::vector<uint64_t> sizes(ranks.count());
  sizes[ranks.index()] = own.size();
  std::vector<il_piece> pieces;
  for (uint32_t i = 0; i < ranks.count(); i++) {
    pieces.push_back({&sizes[i], sizeof(uint64_t), i});
  }
  ranks.gather(pieces, is_cancelled);
  Contents all(ranks.count());
  for (uint32_t i = 0; i < ranks.count(); i++) {
    if (i != ranks.index()) all[i].resize(sizes[i]);
  }
  all[ranks.index()] = std::move(own);
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
                           "Ranks are made by Ranks.local and Ranks.mpi.");
  }
  ranks_ = *info[0].As<Napi::External<Made>>().Data();
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
  return Waiting::start(
      info.Env(), [=](const Ranks::IsCancelled& is_cancelled) -> Waiting::Show {
        const MpiPlace found =
            begin_mpi(library, deadline, or_given_up(is_cancelled));
        return [found](Napi::Env env) -> Napi::Value {
          auto place = Napi::Object::New(env);
          place.Set("rank", Napi::Number::New(env, found.rank));
          place.Set("size", Napi::Number::New(env, found.size));
          return place;
        };
      });
}

Napi::Value RanksObject::mpi(const Napi::CallbackInfo& info) {
  const MpiTeam team{number_of(info[0], "first"),
                     std::max(1u, number_of(info[1], "count"))};
  const double deadline = seconds(info[2]);
  return Waiting::start(
      info.Env(), [=](const Ranks::IsCancelled& is_cancelled) -> Waiting::Show {
        const Made made = mpi_ranks(team, deadline, or_given_up(is_cancelled));
        return [made](Napi::Env env) { return object_of(env, made); };
      });
}

void RanksObject::give_up(const Napi::CallbackInfo&) { is_given_up = true; }

Napi::Value RanksObject::index(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), ranks_->index());
}

Napi::Value RanksObject::count(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), ranks_->count());
}

Napi::Value RanksObject::gather(const Napi::CallbackInfo& info) {
  const Elements bytes = byte_elements(info[0], "bytes");
  const auto* first = static_cast<const uint8_t*>(bytes.data);
  std::vector<uint8_t> own(first, first + bytes.count);
  return Waiting::start(
      info.Env(),
      [ranks = ranks_, own = std::move(own)](
          const Ranks::IsCancelled& is_cancelled) -> Waiting::Show {
        return [all = gathered(*ranks, own, is_cancelled)](Napi::Env env) {
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
  return Waiting::start(
      info.Env(),
      [ranks =
           ranks_](const Ranks::IsCancelled& is_cancelled) -> Waiting::Show {
        const bool all = ranks->end(is_cancelled);
        return [all](Napi::Env env) { return Napi::Boolean::New(env, all); };
      });
}

}  // namespace interlatent::bindings
