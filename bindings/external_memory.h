// Reports memory outside the heap of V8 that lives as long as a JavaScript
// object. V8 then collects objects that hold much memory.
#pragma once

#include <napi.h>

#include <cstdint>

namespace interlatent::bindings {

class ExternalMemory {
 public:
  ExternalMemory(Napi::Env env, uint64_t bytes)
      : env_(env), bytes_(static_cast<int64_t>(bytes)) {
    adjust(bytes_);
  }
  ~ExternalMemory() { adjust(-bytes_); }
  ExternalMemory(const ExternalMemory&) = delete;
  ExternalMemory& operator=(const ExternalMemory&) = delete;

 private:
  void adjust(int64_t change) {
    int64_t total = 0;
    napi_adjust_external_memory(env_, change, &total);
  }

  napi_env env_;
  int64_t bytes_;
};

}  // namespace interlatent::bindings
