// Moves of images: an image is mirrored and then shifted by whole rows and
// columns. Three numbers per subject describe a move.
#pragma once

#include <cstdint>

#include "math/host_device.h"

namespace interlatent {

// Numbers per subject: mirror if above 0; rows to shift down; columns to shift
// right.
inline constexpr int64_t kMoveRows = 3;

// Returns false for NaN, and from 2^24 on, where single precision does not
// represent all whole numbers.
IL_HD bool is_move(float move) { return fabsf(move) < 16777216.0f; }

// Returns the row or column that moves to `at`, or -1 if none does.
IL_HD int64_t moved_from(int64_t at, float move, int64_t extent, bool wraps) {
  const int64_t from = at - static_cast<int64_t>(move);
  if (from >= 0 && from < extent) return from;
  if (!wraps) return -1;
  const int64_t rest = from % extent;
  return rest < 0 ? rest + extent : rest;
}

}  // namespace interlatent
