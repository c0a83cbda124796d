// The JavaScript class MomentSearch (src/runtime/addon.ts): a search for graph,
// gates, and maps on moments, in another thread.
#pragma once

#include <napi.h>

#include <atomic>
#include <memory>

#include "moments/problem.h"

namespace interlatent::bindings {

class MomentSearch : public Napi::ObjectWrap<MomentSearch> {
 public:
  static Napi::Function define(Napi::Env env);

  // new MomentSearch(problem)
  explicit MomentSearch(const Napi::CallbackInfo& info);

 private:
  // What the thread of the search shares with JavaScript.
  struct Shared {
    moments::Problem problem;
    std::atomic<bool> is_stopped{false};
    std::atomic<double> progress{0};
  };

  // run(threads): Promise<NativeMomentFit[]>
  Napi::Value run(const Napi::CallbackInfo& info);
  void stop(const Napi::CallbackInfo& info);
  Napi::Value progress(const Napi::CallbackInfo& info);
  // evaluate(maps, edges, gates): { cost, gradient }
  Napi::Value evaluate(const Napi::CallbackInfo& info);

  std::shared_ptr<Shared> shared_;
};

}  // namespace interlatent::bindings
