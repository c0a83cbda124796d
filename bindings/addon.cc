// Entry point of the addon: build information, the classes Program, Ranks,
// MomentSearch and RowScanner, and functions for CUDA and file locks
// (src/runtime/addon.ts). State belongs
// to the Napi::Env, except that of MPI, which belongs to the process.
#include <dnnl.h>
#include <napi.h>

#include <string>

#include "cuda.h"
#include "environment.h"
#include "error.h"
#include "errors.h"
#include "file_lock.h"
#include "isa.h"
#include "moments.h"
#include "program.h"
#include "ranks.h"
#include "registry.h"
#include "row_scanner.h"

namespace interlatent::bindings {
namespace {

std::string compiler() {
#if defined(__clang__)
  // The text after the version names the source revision.
  const std::string version = __clang_version__;
  return "clang " + version.substr(0, version.find(' '));
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
  auto kernels = Napi::Array::New(env);
  for (const std::string& name : kernel_names()) {
    kernels.Set(kernels.Length(), Napi::String::New(env, name));
  }
  auto info = Napi::Object::New(env);
  info.Set("version", Napi::String::New(env, INTERLATENT_VERSION));
  info.Set("compiler", Napi::String::New(env, compiler()));
  info.Set("oneDNN", Napi::String::New(env, onednn_version()));
  info.Set("isa", Napi::String::New(env, isa()));
  info.Set("backends", backends);
  info.Set("kernels", kernels);
  return info;
}

// cudaDriver(): returns { version, devices, code, problem }
// (src/runtime/addon.ts).
Napi::Value cuda_driver(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const CudaDriver driver = ask_cuda_driver();
  auto devices = Napi::Array::New(env, driver.devices.size());
  for (uint32_t i = 0; i < driver.devices.size(); ++i) {
    const DriverDevice& source = driver.devices[i];
    auto device = Napi::Object::New(env);
    device.Set("name", Napi::String::New(env, source.name));
    device.Set("computeCapability",
               Napi::String::New(env, std::to_string(source.major) + "." +
                                          std::to_string(source.minor)));
    device.Set("memory",
               Napi::Number::New(env, static_cast<double>(source.memory)));
    devices.Set(i, device);
  }
  auto answer = Napi::Object::New(env);
  answer.Set("version", Napi::Number::New(env, driver.version));
  answer.Set("devices", devices);
  answer.Set("code", Napi::String::New(env, driver.code));
  answer.Set("problem", Napi::String::New(env, driver.problem));
  return answer;
}

// cudaLibrary(path): returns JSON. Throws `no-cuda-library` or
// `no-cuda-device`.
Napi::Value cuda_library(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  try {
    return Napi::String::New(env, describe_cuda_library(text(info[0], "path")));
  } catch (const BackendError& error) {
    throw coded_error(env, error);
  }
}

Napi::Object init(Napi::Env env, Napi::Object exports) {
  Environment::create(env);
  exports.Set("buildInfo", build_info(env));
  exports.Set("Program", Program::define(env));
  const Napi::Function ranks = RanksObject::define(env);
  Environment::of(env).set_ranks_class(ranks);
  exports.Set("Ranks", ranks);
  exports.Set("MomentSearch", MomentSearch::define(env));
  exports.Set("RowScanner", RowScanner::define(env));
  exports.Set("cudaDriver", Napi::Function::New(env, cuda_driver));
  exports.Set("cudaLibrary", Napi::Function::New(env, cuda_library));
  exports.Set("lockFile", Napi::Function::New(env, lock_file));
  return exports;
}

}  // namespace
}  // namespace interlatent::bindings

Napi::Object InitModule(Napi::Env env, Napi::Object exports) {
  return interlatent::bindings::init(env, exports);
}

NODE_API_MODULE(interlatent, InitModule)
