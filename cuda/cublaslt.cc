#include "cuda/cublaslt.h"

#include <dlfcn.h>

#include <cstdlib>
#include <vector>

#include "cuda/device.h"
#include "cuda/wheels.h"
#include "error.h"
#include "profile.h"

namespace interlatent::cuda {
namespace {

std::vector<std::string> candidates() {
  const char* path = std::getenv("INTERLATENT_CUBLASLT_PATH");
  if (path != nullptr && path[0] != '\0') {
    if (std::string(path) == "off") return {};
    return {path};
  }
  // NVIDIA's library would treat the emulation's memory as device memory.
  if (kEmulated) return {};
  std::vector<std::string> paths{"libcublasLt.so.13", "libcublasLt.so.12"};
  for (const char* library :
       {"cu13/lib/libcublasLt.so.13", "cublas/lib/libcublasLt.so.12"}) {
    for (const std::string& wheel : in_wheels(library)) paths.push_back(wheel);
  }
  return paths;
}

bool is_requested() {
  const char* path = std::getenv("INTERLATENT_CUBLASLT_PATH");
  return path != nullptr && path[0] != '\0';
}

[[noreturn]] void refuse(const std::string& path, bool is_missing) {
  const char* why = is_missing ? dlerror() : "functions are missing";
  throw Error("device", "[cublasLt] INTERLATENT_CUBLASLT_PATH is " + path +
                            ", which cannot be used: " +
                            (why == nullptr ? "unknown reason" : why));
}

// Formats a cuBLASLt version: 130002 is 13.0.2.
std::string version_text(size_t version) {
  return std::to_string(version / 10000) + "." +
         std::to_string(version / 100 % 100) + "." +
         std::to_string(version % 100);
}

// Looks up all functions. Returns false if one is missing.
bool find_all(void* library, lt::Functions& functions) {
  const auto find = [&](auto& function, const char* symbol) {
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(
        dlsym(library, symbol));
    return function != nullptr;
  };
#define IL_FIND(name, symbol, parameters) \
  if (!find(functions.name, #symbol)) return false;
  IL_CUBLASLT_FUNCTIONS(IL_FIND)
#undef IL_FIND
  return true;
}

}  // namespace

void check_cublaslt(lt::Status status, const char* what) {
  if (status == 0) return;
  constexpr lt::Status kAllocationFailed = 3;
  throw Error(status == kAllocationFailed ? "out-of-memory" : "device",
              std::string("[cublasLt] ") + what + ": status " +
                  std::to_string(status) +
                  ". INTERLATENT_CUBLASLT_PATH=off computes without "
                  "cuBLASLt");
}

std::shared_ptr<const CublasLt> CublasLt::open() {
  for (const std::string& path : candidates()) {
    // The library is never closed, because it keeps state in the driver.
    void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    std::shared_ptr<CublasLt> opened(new CublasLt);
    if (library == nullptr || !find_all(library, opened->functions_)) {
      if (is_requested()) refuse(path, library == nullptr);
      continue;
    }
    // A library that is newer than the driver cannot start.
    const lt::Status status = opened->functions_.create(&opened->handle_);
    if (status != 0) {
      opened->handle_ = nullptr;
      if (is_requested()) check_cublaslt(status, "cublasLtCreate");
      continue;
    }
    auto* version =
        reinterpret_cast<size_t (*)()>(dlsym(library, "cublasLtGetVersion"));
    opened->name_ = path.substr(path.rfind('/') + 1);
    if (version != nullptr) opened->name_ += " " + version_text(version());
    return opened;
  }
  return nullptr;
}

std::shared_ptr<const CublasLt> CublasLtProducts::library() {
  if (!has_searched_) library_ = CublasLt::open();
  has_searched_ = true;
  return library_;
}

std::string CublasLtProducts::describe() const {
  if (library_ == nullptr) return "null";
  return R"({"library":)" + json_text(library_->name()) + R"(,"products":)" +
         std::to_string(count_) + "}";
}

CublasLt::~CublasLt() {
  if (handle_ != nullptr) functions_.destroy(handle_);
}

}  // namespace interlatent::cuda
