// Updates the maximum of a window by its next element, for every subject.
#include "loops/table.h"

namespace interlatent::IL_ISA {
namespace {

// NaN is larger than all values. Of equal values the first is retained.
inline bool is_larger(float x, float best) { return (x > best) | (x != x); }

}  // namespace

void largest(float* best, const float* x, int64_t count) {
  IL_INDEPENDENT
  for (int64_t b = 0; b < count; b++) {
    best[b] = is_larger(x[b], best[b]) ? x[b] : best[b];
  }
}

void largest_place(float* best, int32_t* places, const float* x, int32_t place,
                   int64_t count) {
  IL_INDEPENDENT
  for (int64_t b = 0; b < count; b++) {
    const bool larger = is_larger(x[b], best[b]);
    best[b] = larger ? x[b] : best[b];
    places[b] = larger ? place : places[b];
  }
}

}  // namespace interlatent::IL_ISA
