#include "program.h"
// After the Program it is about.
#include "abi.h"

const il_backend* il_cpu_backend(void) {
  static constexpr il_backend backend = interlatent::abi::backend("cpu");
  return &backend;
}
