// CUDA devices of this computer.
#pragma once

#include <cstdint>
#include <string>

#include "cuda/runtime.h"

namespace interlatent::cuda {

// True if kernels run on the CPU (docs/explanation/cuda-testing.md).
#ifdef INTERLATENT_CUDA_EMULATED
inline constexpr bool kEmulated = true;
#else
inline constexpr bool kEmulated = false;
#endif

// Selects the device for the calling thread. Throws Error "device", which names
// what is missing, or "out-of-range" if the device does not exist.
void use_device(uint32_t device);

// Returns the device's properties. INTERLATENT_CUDA_MULTIPROCESSORS overrides
// the number of multiprocessors, which determines how kernels are cut.
cudaDeviceProp device_properties(uint32_t device);

// Returns the compute capability as text, for example "9.0".
std::string compute_capability(const cudaDeviceProp& properties);

// Loads the machine code of a kernel on the selected device
// (cuda/kernels/guard.cu).
cudaError_t load_kernel();

// Returns JSON: { runtime, architectures, emulated, kernels, cublasLt, devices:
// [{ index, name, computeCapability, memory, multiprocessors, problem }] }.
// `problem` says why the kernels cannot run on a device; it is empty if they
// can. Throws Error "device".
std::string devices_json();

}  // namespace interlatent::cuda
