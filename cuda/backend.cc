// The exported functions of the shared library.
#include <cstring>

#include "abi.h"
#include "cuda/device.h"
#include "cuda/program.h"

#define IL_EXPORT extern "C" __attribute__((visibility("default")))

IL_EXPORT const il_backend* il_cuda_backend(void) {
  static constexpr il_backend backend =
      interlatent::abi::backend<interlatent::cuda::Program>("cuda");
  return &backend;
}

// Writes devices_json() and returns 0. On failure it writes the error message
// instead.
IL_EXPORT int il_cuda_devices(char* text, size_t room) {
  il_error error{};
  const int status = interlatent::abi::guarded(&error, [&] {
    const std::string json = interlatent::cuda::devices_json();
    if (json.size() >= room) {
      throw interlatent::Error("out-of-range", "the list of devices needs " +
                                                   std::to_string(json.size()) +
                                                   " bytes");
    }
    std::memcpy(text, json.c_str(), json.size() + 1);
  });
  if (status != 0 && room > 0) interlatent::abi::put(text, room, error.message);
  return status;
}
