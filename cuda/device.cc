#include "cuda/device.h"

#include <cstdlib>
#include <map>

#include "cuda/cublaslt.h"
#include "cuda/kernel.h"
#include "error.h"
#include "profile.h"

namespace interlatent::cuda {
namespace {

// Formats a CUDA version: 13000 is 13.0.
std::string version_text(int version) {
  return std::to_string(version / 1000) + "." +
         std::to_string(version % 1000 / 10);
}

// Returns 0 if there is no device, or if the driver is missing or too old for
// the runtime.
int device_count() {
  int count = 0;
  const cudaError_t status = cudaGetDeviceCount(&count);
  if (status == cudaErrorNoDevice || status == cudaErrorInsufficientDriver) {
    cudaGetLastError();
    return 0;
  }
  check_cuda(status, "the devices");
  return count;
}

// Loads a kernel on a device. Returns why it cannot run there, or an empty
// text. The reasons are a device without machine code in the library, and PTX
// that is newer than the driver.
std::string kernel_problem(int device) {
  cudaError_t status = cudaSetDevice(device);
  if (status == cudaSuccess) status = load_kernel();
  if (status == cudaSuccess) return "";
  cudaGetLastError();
  return std::string(cudaGetErrorName(status)) + " (" +
         cudaGetErrorString(status) + ")";
}

}  // namespace

void use_device(uint32_t device) {
  // Clear a stale error left by an earlier call.
  cudaGetLastError();
  const int count = device_count();
  if (count == 0) throw Error("device", "[cuda] there is no CUDA device");
  if (device >= static_cast<uint32_t>(count)) {
    throw Error("out-of-range",
                "[load] there is no CUDA device " + std::to_string(device) +
                    "; the number of devices is " + std::to_string(count) +
                    ", and their numbers begin at 0");
  }
  check_cuda(cudaSetDevice(static_cast<int>(device)), "the device");
}

cudaDeviceProp device_properties(uint32_t device) {
  cudaDeviceProp properties;
  check_cuda(cudaGetDeviceProperties(&properties, static_cast<int>(device)),
             "the device's properties");
  const char* text = std::getenv("INTERLATENT_CUDA_MULTIPROCESSORS");
  const int count = text == nullptr ? 0 : std::atoi(text);
  if (count > 0) properties.multiProcessorCount = count;
  return properties;
}

std::string compute_capability(const cudaDeviceProp& properties) {
  return std::to_string(properties.major) + "." +
         std::to_string(properties.minor);
}

std::string devices_json() {
  int runtime = 0;
  check_cuda(cudaRuntimeGetVersion(&runtime), "the runtime's version");
  const int count = device_count();
  std::string kernels;
  for (const std::string& name : kernel_names()) {
    kernels += (kernels.empty() ? "" : ",") + json_text(name);
  }
  std::shared_ptr<const CublasLt> library;
  if (count > 0) {
    use_device(0);
    library = CublasLt::open();
  }
  std::string json =
      R"({"runtime":")" + version_text(runtime) +
      R"(","architectures":[)" INTERLATENT_CUDA_ARCHITECTURES
      R"(],"emulated":)" +
      (kEmulated ? "true" : "false") + R"(,"kernels":[)" + kernels +
      R"(],"cublasLt":)" +
      (library == nullptr ? "null" : json_text(library->name())) +
      R"(,"devices":[)";
  // A kernel is loaded once per compute capability, because that makes a
  // context, which takes a large part of a second. All other properties need
  // none.
  std::map<std::string, std::string> problems;
  for (int i = 0; i < count; i++) {
    const cudaDeviceProp properties =
        device_properties(static_cast<uint32_t>(i));
    const std::string capability = compute_capability(properties);
    const auto [problem, is_new] = problems.try_emplace(capability);
    if (is_new) problem->second = kernel_problem(i);
    json += (i == 0 ? "" : ",");
    json += R"({"index":)" + std::to_string(i) + R"(,"name":)" +
            json_text(properties.name) + R"(,"computeCapability":")" +
            capability + R"(","memory":)" +
            std::to_string(properties.totalGlobalMem) +
            R"(,"multiprocessors":)" +
            std::to_string(properties.multiProcessorCount) + R"(,"problem":)" +
            json_text(problem->second) + "}";
  }
  return json + "]}";
}

}  // namespace interlatent::cuda
