#include "index_pairs.h"

#include <algorithm>
#include <numeric>

namespace interlatent {
namespace {

int64_t floor_of(int64_t a, int64_t b) {
  return a >= 0 ? a / b : -((b - 1 - a) / b);
}
int64_t ceiling_of(int64_t a, int64_t b) { return -floor_of(-a, b); }

// Returns the indices p from 0 below `count` for which start + p * step (step >
// 0) lies in 0 ... limit - 1.
IndexPairs within(int64_t start, int64_t step, int64_t count, int64_t limit) {
  const int64_t first = std::max<int64_t>(0, ceiling_of(-start, step));
  const int64_t last = std::min(count - 1, floor_of(limit - 1 - start, step));
  if (last < first) return {0, 1, 0, 0, 0};
  return {
      static_cast<int32_t>(first), 1, static_cast<int32_t>(last - first + 1),
      static_cast<int32_t>(start + first * step), static_cast<int32_t>(step)};
}

}  // namespace

std::vector<IndexPairs> taps_of_outputs(const ConvolutionRecord::Axis& axis) {
  std::vector<IndexPairs> all;
  for (int64_t i = 0; i < axis.output; i++) {
    all.push_back(within(i * axis.stride - axis.padding, axis.dilation,
                         axis.taps, axis.input));
  }
  return all;
}

std::vector<IndexPairs> outputs_of_taps(const ConvolutionRecord::Axis& axis) {
  std::vector<IndexPairs> all;
  for (int64_t k = 0; k < axis.taps; k++) {
    all.push_back(within(k * axis.dilation - axis.padding, axis.stride,
                         axis.output, axis.input));
  }
  return all;
}

// Tap and input belong to output (input + padding - tap * dilation) / stride if
// that is whole. This holds at every `step`th tap, beginning with one of the
// first `step` taps.
std::vector<IndexPairs> taps_of_inputs(const ConvolutionRecord::Axis& axis) {
  const int64_t step = axis.stride / std::gcd(axis.stride, axis.dilation);
  const int64_t read = axis.dilation * step / axis.stride;
  std::vector<IndexPairs> all;
  for (int64_t at = 0; at < axis.input; at++) {
    IndexPairs pairs = {0, 1, 0, 0, 0};
    for (int64_t tap = 0; tap < std::min(step, axis.taps); tap++) {
      const int64_t place = at + axis.padding - tap * axis.dilation;
      if (place % axis.stride != 0) continue;
      // place / stride - n * read, for the n-th such tap, must lie in the
      // output.
      const int64_t start = place / axis.stride;
      const int64_t count = (axis.taps - 1 - tap) / step + 1;
      const int64_t first =
          std::max<int64_t>(0, ceiling_of(start - (axis.output - 1), read));
      const int64_t last = std::min(count - 1, floor_of(start, read));
      if (last < first) break;
      pairs = {static_cast<int32_t>(tap + first * step),
               static_cast<int32_t>(step),
               static_cast<int32_t>(last - first + 1),
               static_cast<int32_t>(start - first * read),
               static_cast<int32_t>(-read)};
      break;
    }
    all.push_back(pairs);
  }
  return all;
}

}  // namespace interlatent
