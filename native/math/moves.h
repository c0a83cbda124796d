// Pictures that are mirrored and then moved by whole rows and columns, each
// subject's by three numbers.
#pragma once

#include <cstdint>

#include "math/host_device.h"

namespace interlatent {

// Of a subject: above 0 to mirror, rows down, columns to the right.
inline constexpr int64_t kMoveRows = 3;

// From 2^24 on single precision does not have all whole numbers. False for NaN.
IL_HD bool is_move(float move) { return fabsf(move) < 16777216.0f; }

// The row or column that comes to `at`; -1: none does.
IL_HD int64_t moved_from(int64_t at, float move, int64_t extent, bool wraps) {
  const int64_t from = at - static_cast<int64_t>(move);
  if (from >= 0 && from < extent) return from;
  if (!wraps) return -1;
  const int64_t rest = from % extent;
  return rest < 0 ? rest + extent : rest;
}

}  // namespace interlatent
