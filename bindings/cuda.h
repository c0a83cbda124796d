// The CUDA backend is opened at run time, never linked: its shared library, and
// what NVIDIA's driver says of the devices.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "interlatent/backend.h"

namespace interlatent::bindings {

// Opened once and kept. Throws BackendError "no-cuda-library": it cannot be
// opened, is another library, or is of another version.
const il_backend* open_cuda_backend(const std::string& path);

// What the library says of itself and its devices, JSON (il_cuda_devices in
// cuda/). Throws BackendError "no-cuda-library"; "no-cuda-device" when it finds
// none that it can use.
std::string describe_cuda_library(const std::string& path);

struct DriverDevice {
  std::string name;
  int major = 0;
  int minor = 0;
  uint64_t memory = 0;  // bytes
};

struct CudaDriver {
  int version = 0;  // of the newest CUDA it serves, 1000 major + 10 minor
  std::vector<DriverDevice> devices;
  // "no-cuda-driver", "no-cuda-device" or, when all is well, empty.
  std::string code;
  std::string problem;
};

// Opens libcuda.so.1 and asks it. A broken driver can take the process down, so
// this is for a child process.
CudaDriver ask_cuda_driver();

}  // namespace interlatent::bindings
