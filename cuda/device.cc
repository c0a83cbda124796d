#include "cuda/device.h"

#include <cstdlib>

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

int device_count() {
  int count = 0;
  const cudaError_t status = cudaGetDeviceCount(&count);
  if (status == cudaErrorNoDevice) {
    throw Error("device", "[cuda] there is no CUDA device");
  }
  if (status == cudaErrorInsufficientDriver) {
    int runtime = 0;
    check_cuda(cudaRuntimeGetVersion(&runtime), "the runtime's version");
    throw Error("device",
                "[cuda] the NVIDIA driver is missing or too old for CUDA " +
                    version_text(runtime));
  }
  check_cuda(status, "the devices");
  return count;
}

}  // namespace

void use_device(uint32_t device) {
  // Clear a stale error left by an earlier call.
  cudaGetLastError();
  const int count = device_count();
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
  int driver = 0;
  check_cuda(cudaRuntimeGetVersion(&runtime), "the runtime's version");
  check_cuda(cudaDriverGetVersion(&driver), "the driver's version");
  const int count = device_count();
  const std::shared_ptr<const CublasLt> library = CublasLt::open();
  std::string kernels;
  for (const std::string& name : kernel_names()) {
    kernels += (kernels.empty() ? "" : ",") + json_text(name);
  }
  std::string json =
      R"({"runtime":")" + version_text(runtime) + R"(","driver":)" +
      (driver == 0 ? std::string("null") : json_text(version_text(driver))) +
      R"(,"architectures":[)" INTERLATENT_CUDA_ARCHITECTURES
      R"(],"emulated":)" +
      (kEmulated ? "true" : "false") + R"(,"kernels":[)" + kernels +
      R"(],"cublasLt":)" +
      (library == nullptr ? "null" : json_text(library->name())) +
      R"(,"devices":[)";
  for (int i = 0; i < count; i++) {
    use_device(static_cast<uint32_t>(i));
    const cudaDeviceProp properties =
        device_properties(static_cast<uint32_t>(i));
    size_t free = 0;
    size_t total = 0;
    check_cuda(cudaMemGetInfo(&free, &total), "the device's memory");
    json += (i == 0 ? "" : ",");
    json += R"({"index":)" + std::to_string(i) + R"(,"name":)" +
            json_text(properties.name) + R"(,"computeCapability":")" +
            compute_capability(properties) + R"(","memory":)" +
            std::to_string(total) + R"(,"free":)" + std::to_string(free) +
            R"(,"multiprocessors":)" +
            std::to_string(properties.multiProcessorCount) + "}";
  }
  return json + "]}";
}

}  // namespace interlatent::cuda
