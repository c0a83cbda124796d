// Transposes a mini-batch on its way in: 4 x 4 elements at a time in registers.
#include "loops/table.h"
#include "loops/vector.h"

namespace interlatent::IL_ISA {
namespace {

inline Four load_four(const float* p) {
  return *reinterpret_cast<const UnalignedFour*>(p);
}

inline void store_four(float* p, Four v) {
  *reinterpret_cast<UnalignedFour*>(p) = v;
}

}  // namespace

void gather(const GatherTile& tile) {
  int64_t column = 0;
  for (; column + 4 <= tile.columns; column += 4) {
    const float* rows[4];
    for (int i = 0; i < 4; i++) {
      rows[i] = tile.data + tile.index[column + i] * tile.features;
    }
    float* out = tile.out + column;
    int64_t feature = 0;
    for (; feature + 4 <= tile.features; feature += 4) {
      const Four a = load_four(rows[0] + feature);
      const Four b = load_four(rows[1] + feature);
      const Four c = load_four(rows[2] + feature);
      const Four d = load_four(rows[3] + feature);
      const Four ab_low = __builtin_shufflevector(a, b, 0, 4, 1, 5);
      const Four ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
      const Four cd_low = __builtin_shufflevector(c, d, 0, 4, 1, 5);
      const Four cd_high = __builtin_shufflevector(c, d, 2, 6, 3, 7);
      float* to = out + feature * tile.batch;
      store_four(to, __builtin_shufflevector(ab_low, cd_low, 0, 1, 4, 5));
      store_four(to + tile.batch,
                 __builtin_shufflevector(ab_low, cd_low, 2, 3, 6, 7));
      store_four(to + 2 * tile.batch,
                 __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5));
      store_four(to + 3 * tile.batch,
                 __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7));
    }
    for (; feature < tile.features; feature++) {
      for (int i = 0; i < 4; i++)
        out[feature * tile.batch + i] = rows[i][feature];
    }
  }
  for (; column < tile.columns; column++) {
    const float* row = tile.data + tile.index[column] * tile.features;
    for (int64_t feature = 0; feature < tile.features; feature++) {
      tile.out[feature * tile.batch + column] = row[feature];
    }
  }
}

}  // namespace interlatent::IL_ISA
