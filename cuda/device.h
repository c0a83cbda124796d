// The devices of this machine.
#pragma once

#include <cstdint>
#include <string>

#include "cuda/runtime.h"

namespace interlatent::cuda {

// Whether kernels run on the CPU (docs/gpu.md).
#ifdef INTERLATENT_CUDA_EMULATED
inline constexpr bool kEmulated = true;
#else
inline constexpr bool kEmulated = false;
#endif

// Makes the device that of the calling thread. Throws Error "device" that says
// what is missing, or "out-of-range" for a number that is no device.
void use_device(uint32_t device);

// INTERLATENT_CUDA_MULTIPROCESSORS says for how many multiprocessors kernels
// are cut up instead of the device's own.
cudaDeviceProp device_properties(uint32_t device);

// "9.0"
std::string compute_capability(const cudaDeviceProp& properties);

// JSON: { runtime, driver, architectures, emulated, kernels, cublasLt, devices:
// [{ index, name, computeCapability, memory, free, multiprocessors }] }. Throws
// Error "device".
std::string devices_json();

}  // namespace interlatent::cuda
