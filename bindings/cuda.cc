#include "cuda.h"

#ifdef _WIN32
#include <windows.h>
#else
#include <dlfcn.h>
#endif

#include <filesystem>

#include "session.h"

namespace interlatent::bindings {
namespace {

BackendError no_library(const std::string& path, const std::string& reason) {
  return BackendError("no-cuda-library", path + ": " + reason);
}

// Returns the loader's error message without the path that it may begin with.
std::string loader_error(const std::string& path) {
#ifdef _WIN32
  (void)path;
  return "Windows cannot load it: error " + std::to_string(GetLastError());
#else
  const char* text = dlerror();
  const std::string reason = text == nullptr ? "unknown error" : text;
  const std::string prefix = path + ": ";
  return reason.rfind(prefix, 0) == 0 ? reason.substr(prefix.size()) : reason;
#endif
}

// Returns null if the library cannot be opened.
void* try_library(const std::string& path) {
#ifdef _WIN32
  // Node passes paths as UTF-8.
  const std::u8string name(path.begin(), path.end());
  return LoadLibraryW(std::filesystem::path(name).c_str());
#else
  return dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
#endif
}

void* open_library(const std::string& path) {
  void* library = try_library(path);
  if (library == nullptr) throw no_library(path, loader_error(path));
  return library;
}

template <typename Function>
Function* find(void* library, const char* name) {
#ifdef _WIN32
  return reinterpret_cast<Function*>(
      GetProcAddress(static_cast<HMODULE>(library), name));
#else
  return reinterpret_cast<Function*>(dlsym(library, name));
#endif
}

// Driver functions that list devices, under the names that the library exports.
class Driver {
 public:
  explicit Driver(void* library)
      : init(find<int(unsigned)>(library, "cuInit")),
        driver_version(find<int(int*)>(library, "cuDriverGetVersion")),
        device_count(find<int(int*)>(library, "cuDeviceGetCount")),
        device_get(find<int(int*, int)>(library, "cuDeviceGet")),
        device_name(find<int(char*, int, int)>(library, "cuDeviceGetName")),
        total_memory(find<int(size_t*, int)>(library, "cuDeviceTotalMem_v2")),
        attribute(find<int(int*, int, int)>(library, "cuDeviceGetAttribute")),
        error_text(find<int(int, const char**)>(library, "cuGetErrorString")) {}

  bool complete() const {
    return init && driver_version && device_count && device_get &&
           device_name && total_memory && attribute;
  }

  std::string error(const char* function, int status) const {
    const char* text = nullptr;
    if (error_text == nullptr || error_text(status, &text) != 0) {
      text = nullptr;
    }
    return std::string(function) + " returned " + std::to_string(status) +
           (text == nullptr ? "" : std::string(" (") + text + ")");
  }

  int (*init)(unsigned);
  int (*driver_version)(int*);
  int (*device_count)(int*);
  int (*device_get)(int*, int);
  int (*device_name)(char*, int, int);
  int (*total_memory)(size_t*, int);
  int (*attribute)(int*, int, int);
  int (*error_text)(int, const char**);
};

// CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR and _MINOR.
constexpr int kMajor = 75;
constexpr int kMinor = 76;
// CUDA_ERROR_NO_DEVICE.
constexpr int kNoDevice = 100;

}  // namespace

const il_backend* open_cuda_backend(const std::string& path) {
  void* library = open_library(path);
  auto* backend = find<const il_backend*()>(library, "il_cuda_backend");
  if (backend == nullptr) {
    throw no_library(path, "it is not the CUDA library of interlatent");
  }
  const il_backend* opened = backend();
  if (opened == nullptr || opened->abi != IL_BACKEND_ABI) {
    throw no_library(
        path, "it belongs to another version of interlatent (interface " +
                  std::to_string(opened == nullptr ? 0 : opened->abi) +
                  ", this version needs " + std::to_string(IL_BACKEND_ABI) +
                  ")");
  }
  return opened;
}

std::string describe_cuda_library(const std::string& path) {
  open_cuda_backend(path);
  auto* devices =
      find<int(char*, size_t)>(open_library(path), "il_cuda_devices");
  if (devices == nullptr) {
    throw no_library(path, "it belongs to another version of interlatent");
  }
  std::string json(1 << 16, '\0');
  const int status = devices(json.data(), json.size());
  json.resize(json.find('\0'));
  if (status != 0) throw BackendError("no-cuda-device", json);
  return json;
}

CudaDriver ask_cuda_driver() {
#ifdef _WIN32
  const std::string name = "nvcuda.dll";
#else
  const std::string name = "libcuda.so.1";
#endif
  CudaDriver answer;
  answer.code = "no-cuda-driver";
  void* library = try_library(name);
  if (library == nullptr) {
    answer.problem = name + ": " + loader_error(name);
    return answer;
  }
  const Driver driver(library);
  if (!driver.complete()) {
    answer.problem = name + ": it lacks required functions";
    return answer;
  }
  // The version is available even if cuInit fails.
  driver.driver_version(&answer.version);
  const auto fails = [&](const char* function, int status) {
    if (status == 0) return false;
    answer.problem = driver.error(function, status);
    if (status == kNoDevice) answer.code = "no-cuda-device";
    return true;
  };
  int count = 0;
  if (fails("cuInit", driver.init(0)) ||
      fails("cuDeviceGetCount", driver.device_count(&count))) {
    return answer;
  }
  for (int i = 0; i < count; ++i) {
    int device = 0;
    char label[256] = "";
    size_t memory = 0;
    DriverDevice properties;
    if (fails("cuDeviceGet", driver.device_get(&device, i)) ||
        fails("cuDeviceGetName",
              driver.device_name(label, sizeof label, device)) ||
        fails("cuDeviceTotalMem", driver.total_memory(&memory, device)) ||
        fails("cuDeviceGetAttribute",
              driver.attribute(&properties.major, kMajor, device)) ||
        fails("cuDeviceGetAttribute",
              driver.attribute(&properties.minor, kMinor, device))) {
      return answer;
    }
    properties.name = label;
    properties.memory = memory;
    answer.devices.push_back(properties);
  }
  answer.code = count == 0 ? "no-cuda-device" : "";
  if (count == 0) answer.problem = "the driver reports no devices";
  return answer;
}

}  // namespace interlatent::bindings
