// The addon's entry: build information and the class Program
// (src/runtime/addon.ts). All state hangs off the Napi::Env.
#include <dnnl.h>
#include <napi.h>

#include <string>

#include "environment.h"
#include "error.h"
#include "isa.h"
#include "program.h"

namespace interlatent::bindings {
namespace {

std::string compiler() {
#if defined(__clang__)
  return "clang " __clang_version__;
#elif defined(__GNUC__)
  return "gcc " __VERSION__;
#else
  return "unknown";
#endif
}

std::string onednn_version() {
  const dnnl_version_t* version = dnnl_version();
  return std::to_string(version->major) + "." + std::to_string(version->minor) +
         "." + std::to_string(version->patch);
}

std::string isa() {
  try {
    return select_loops().isa;
  } catch (const Error&) {
    return "none";
  }
}

Napi::Object build_info(Napi::Env env) {
  auto backends = Napi::Array::New(env, 1);
  backends.Set(uint32_t{0}, Napi::String::New(env, il_cpu_backend()->name));
  auto info = Napi::Object::New(env);
  info.Set("version", Napi::String::New(env, INTERLATENT_VERSION));
  info.Set("compiler", Napi::String::New(env, compiler()));
  info.Set("oneDNN", Napi::String::New(env, onednn_version()));
  info.Set("isa", Napi::String::New(env, isa()));
  info.Set("backends", backends);
  return info;
}

Napi::Object init(Napi::Env env, Napi::Object exports) {
  Environment::create(env);
  exports.Set("buildInfo", build_info(env));
  exports.Set("Program", Program::define(env));
  return exports;
}

}  // namespace
}  // namespace interlatent::bindings

Napi::Object InitModule(Napi::Env env, Napi::Object exports) {
  return interlatent::bindings::init(env, exports);
}

NODE_API_MODULE(interlatent, InitModule)
