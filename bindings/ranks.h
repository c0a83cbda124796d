// The JavaScript class Ranks (src/runtime/addon.ts): one rank of a process
// group that trains the same runs.
#pragma once

#include <napi.h>

#include <memory>

#include "ranks/ranks.h"

namespace interlatent::bindings {

class RanksObject : public Napi::ObjectWrap<RanksObject> {
 public:
  static Napi::Function define(Napi::Env env);
  // Returns the ranks of a program's option, or null if it is undefined. Throws
  // `invalid-argument`.
  static std::shared_ptr<Ranks> of(const Napi::Value& option);

  explicit RanksObject(const Napi::CallbackInfo& info);

 private:
  // local(count, seconds): Ranks[]
  static Napi::Value local(const Napi::CallbackInfo& info);
  // prepareMpi()
  static void prepare(const Napi::CallbackInfo& info);
  // beginMpi(library, seconds): Promise<{ rank, size }>
  static Napi::Value begin(const Napi::CallbackInfo& info);
  // mpi(first, count, seconds): Promise<Ranks>
  static Napi::Value mpi(const Napi::CallbackInfo& info);
  // giveUpMpi()
  static void give_up(const Napi::CallbackInfo& info);

  Napi::Value index(const Napi::CallbackInfo& info);
  Napi::Value count(const Napi::CallbackInfo& info);
  // gather(bytes): Promise<Uint8Array[]>
  Napi::Value gather(const Napi::CallbackInfo& info);
  void leave(const Napi::CallbackInfo& info);
  // end(): Promise<boolean>
  Napi::Value end(const Napi::CallbackInfo& info);

  std::shared_ptr<Ranks> ranks_;
};

}  // namespace interlatent::bindings
