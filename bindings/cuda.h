// Opens the CUDA backend at run time; the addon never links to it. Also asks
// the NVIDIA driver for its devices.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "interlatent/backend.h"

namespace interlatent::bindings {

// Opens the library, which is never closed. Throws BackendError
// "no-cuda-library" if it cannot be opened, is another library, or belongs to
// another version.
const il_backend* open_cuda_backend(const std::string& path);

// Returns JSON that describes the library and its devices (il_cuda_devices in
// cuda/). Throws BackendError "no-cuda-library", or "no-cuda-device" if the
// library can use none.
std::string describe_cuda_library(const std::string& path);

struct DriverDevice {
  std::string name;
  int major = 0;
  int minor = 0;
  uint64_t memory = 0;  // bytes
};

struct CudaDriver {
  int version = 0;  // newest CUDA supported, 1000 major + 10 minor
  std::vector<DriverDevice> devices;
  // "no-cuda-driver", "no-cuda-device", or empty on success.
  std::string code;
  std::string problem;
};

// Opens the driver library and queries it. Call it in a child process, because
// a broken driver can crash the process.
CudaDriver ask_cuda_driver();

}  // namespace interlatent::bindings
