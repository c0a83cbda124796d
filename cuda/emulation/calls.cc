#include "cuda/emulation/calls.h"

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "cuda/emulation/language.h"

namespace interlatent::cuda::emulation {
namespace {

std::atomic<int64_t> living = 0;
std::atomic<uint64_t> calls = 0;
thread_local cudaError_t last_error = cudaSuccess;

struct Allowed {
  std::mutex mutex;
  std::map<const void*, size_t> bytes;
};

Allowed& allowed() {
  static Allowed all;
  return all;
}

}  // namespace

bool call_fails() {
  static std::mutex mutex;
  static std::string setting;
  const char* text = std::getenv("INTERLATENT_EMULATION_FAIL");
  if (text == nullptr) text = "";
  const std::lock_guard<std::mutex> lock(mutex);
  if (setting != text) {
    setting = text;
    calls = 0;
  }
  calls++;
  return !setting.empty() && calls == std::strtoull(text, nullptr, 10);
}

cudaError_t answer(cudaError_t status) {
  if (status != cudaSuccess) last_error = status;
  return status;
}

void count_living(int more) { living += more; }

size_t allowed_shared(const void* kernel) {
  const std::lock_guard<std::mutex> lock(allowed().mutex);
  const auto entry = allowed().bytes.find(kernel);
  return entry == allowed().bytes.end() ? kDefaultSharedBytes : entry->second;
}

}  // namespace interlatent::cuda::emulation

using namespace interlatent::cuda::emulation;

// For tests: returns the number of calls since INTERLATENT_EMULATION_FAIL
// changed.
extern "C" __attribute__((visibility("default"))) uint64_t
il_emulation_calls() {
  return calls;
}

// For tests: returns the number of objects that were created and not destroyed.
extern "C" __attribute__((visibility("default"))) int64_t
il_emulation_living() {
  return living;
}

cudaError_t cudaFuncGetAttributes(cudaFuncAttributes* attributes, const void*) {
  return call([=] { *attributes = {}; });
}

cudaError_t cudaFuncSetAttribute(const void* kernel, cudaFuncAttribute,
                                 int value) {
  return call([=] {
    const auto bytes = static_cast<size_t>(value);
    if (value < 0 || bytes > kMaxSharedBytes) return cudaErrorInvalidValue;
    const std::lock_guard<std::mutex> lock(allowed().mutex);
    allowed().bytes[kernel] = bytes;
    return cudaSuccess;
  });
}

const char* cudaGetErrorName(cudaError_t status) {
  switch (status) {
    case cudaSuccess:
      return "cudaSuccess";
    case cudaErrorMemoryAllocation:
      return "cudaErrorMemoryAllocation";
    case cudaErrorInvalidConfiguration:
      return "cudaErrorInvalidConfiguration";
    case cudaErrorInvalidDevice:
      return "cudaErrorInvalidDevice";
    case cudaErrorCallRequiresNewerDriver:
      return "cudaErrorCallRequiresNewerDriver";
    case cudaErrorNoKernelImageForDevice:
      return "cudaErrorNoKernelImageForDevice";
    case cudaErrorLossyQuery:
      return "cudaErrorLossyQuery";
    case cudaErrorStreamCaptureUnsupported:
      return "cudaErrorStreamCaptureUnsupported";
    default:
      return "cudaErrorUnknown";
  }
}

const char* cudaGetErrorString(cudaError_t status) {
  switch (status) {
    case cudaErrorMemoryAllocation:
      return "out of memory";
    case cudaErrorInvalidConfiguration:
      return "invalid configuration argument";
    case cudaErrorStreamCaptureUnsupported:
      return "operation not permitted when stream is capturing";
    default:
      return "failure";
  }
}

cudaError_t cudaGetLastError() {
  return std::exchange(last_error, cudaSuccess);
}
