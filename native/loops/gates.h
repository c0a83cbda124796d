// Shared code of the steps of recurrences: loops over the subjects.
#pragma once

#include "loops/table.h"
#include "math/gates.h"

namespace interlatent::IL_ISA {
namespace {

// No two pointers of a step refer to the same element.
#define IL_COLUMNS IL_INDEPENDENT for (int64_t j = 0; j < columns; j++)

// Rows of tensors are pages apart, so the hardware does not prefetch them.
inline void fetch(const float* row, int64_t columns) {
  for (int64_t j = 0; j < columns; j += 16) __builtin_prefetch(row + j);
}
constexpr int64_t kAhead = 4;

}  // namespace
}  // namespace interlatent::IL_ISA
