// Transposes a mini-batch while copying it: 4 x 4 values at a time in
// registers, for 16 subjects next to each other, so that whole cache lines are
// written.
#include <cstddef>
#include <cstring>

#include "loops/table.h"
#include "loops/vector.h"

namespace interlatent::IL_ISA {
namespace {

template <class Value>
inline Four load_four(const Value* p) {
  typedef Value Packed __attribute__((vector_size(4 * sizeof(Value))));
  Packed values;
  std::memcpy(&values, p, sizeof values);
  return __builtin_convertvector(values, Four);
}

inline void store_four(float* p, Four v) {
  *reinterpret_cast<UnalignedFour*>(p) = v;
}

struct Unchanged {
  template <class Values>
  Values operator()(Values values) const {
    return values;
  }
};

struct Standardised {
  float mean, inverse_sd;
  template <class Values>
  Values operator()(Values values) const {
    return (values - mean) * inverse_sd;
  }
};

template <class Value, class Scale>
inline void gather_four(const Value* const* rows, int64_t feature, float* to,
                        int64_t batch, const Scale& scale) {
  const Four a = scale(load_four(rows[0] + feature));
  const Four b = scale(load_four(rows[1] + feature));
  const Four c = scale(load_four(rows[2] + feature));
  const Four d = scale(load_four(rows[3] + feature));
  const Four ab_low = __builtin_shufflevector(a, b, 0, 4, 1, 5);
  const Four ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  const Four cd_low = __builtin_shufflevector(c, d, 0, 4, 1, 5);
  const Four cd_high = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  store_four(to, __builtin_shufflevector(ab_low, cd_low, 0, 1, 4, 5));
  store_four(to + batch, __builtin_shufflevector(ab_low, cd_low, 2, 3, 6, 7));
  store_four(to + 2 * batch,
             __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5));
  store_four(to + 3 * batch,
             __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7));
}

// The hardware prefetches long rows. Short rows of the next columns are fetched
// while those of this one are copied.
constexpr int64_t kAhead = 2 * kLanes;
constexpr int64_t kLine = 64;
constexpr int64_t kFetchedBytes = 4 * kLine;

// Copies features `from` to `end` of all columns.
template <class Value, class Scale>
void gather_features(const GatherTile& tile, int64_t from, int64_t end,
                     const Scale& scale) {
  const Value* data = reinterpret_cast<const Value*>(tile.data);
  const Value* rows[kLanes];
  const int64_t bytes = (end - from) * int64_t{sizeof(Value)};
  for (int64_t column = 0; column < tile.columns; column += kLanes) {
    if (column % kAhead == 0 && bytes <= kFetchedBytes) {
      // Rows are anywhere in a data set that no cache may hold.
      for (int64_t i = column == 0 ? 0 : kAhead; i < 2 * kAhead; i++) {
        if (column + i >= tile.columns) break;
        const auto* row = reinterpret_cast<const std::byte*>(
            data + tile.index[column + i] * tile.features + from);
        for (int64_t at = 0; at < bytes; at += kLine)
          __builtin_prefetch(row + at);
        __builtin_prefetch(row + bytes - 1);
      }
    }
    const int64_t remaining = tile.columns - column;
    const int64_t count = remaining < kLanes ? remaining : kLanes;
    for (int64_t i = 0; i < count; i++) {
      rows[i] = data + tile.index[column + i] * tile.features;
    }
    float* out = tile.out + column;
    const int64_t whole = count / 4 * 4;
    const auto copy_four = [&](int64_t feature) {
      float* to = out + feature * tile.batch;
      for (int64_t i = 0; i < whole; i += 4) {
        gather_four(rows + i, feature, to + i, tile.batch, scale);
      }
    };
    int64_t feature = from;
    for (; feature + 4 <= end; feature += 4) copy_four(feature);
    if (feature < end && end - from >= 4) {
      // The last four features again, instead of single ones.
      copy_four(end - 4);
      feature = end;
    }
    for (int64_t i = 0; i < count; i++) {
      for (int64_t f = i < whole ? feature : from; f < end; f++) {
        out[f * tile.batch + i] = scale(static_cast<float>(rows[i][f]));
      }
    }
  }
}

template <class Value>
void gather_values(const GatherTile& tile) {
  if (tile.channels == 0) {
    gather_features<Value>(tile, 0, tile.features, Unchanged{});
    return;
  }
  const int64_t share = tile.features / tile.channels;
  for (int64_t channel = 0; channel < tile.channels; channel++) {
    gather_features<Value>(
        tile, channel * share, (channel + 1) * share,
        Standardised{tile.means[channel], tile.inverse_sds[channel]});
  }
}

}  // namespace

void gather(const GatherTile& tile) {
  switch (tile.type) {
    case DataType::kFloat32:
      return gather_values<float>(tile);
    case DataType::kUint8:
      return gather_values<uint8_t>(tile);
    case DataType::kInt16:
      return gather_values<int16_t>(tile);
  }
}

}  // namespace interlatent::IL_ISA
