#include "abi.h"
#include "program.h"

const il_backend* il_cpu_backend(void) {
  static constexpr il_backend backend =
      interlatent::abi::backend<interlatent::Program>("cpu");
  return &backend;
}
