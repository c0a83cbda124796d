// Slopes by the weights of a convolution. The outputs of some channels already
// lie next to each other. A step of a register tile is the outer product of
// these outputs and the values that some rows read at one position.
#include "loops/table.h"
#include "loops/vector.h"

namespace interlatent::IL_ISA {
namespace {

#define IL_INLINE inline __attribute__((always_inline))

using Row = ConvolutionWeightsLoop::Row;

#if defined(__AVX512F__)
constexpr int kTileVectors = 4;
constexpr int kTileSums = 24;
#else
constexpr int kTileVectors = 2;
constexpr int kTileSums = 12;
#endif
// More rows would need more pointers than there are registers.
constexpr int kMaxRows = 12;

template <int kVectors>
constexpr int kTileRows =
    kTileSums / kVectors < kMaxRows ? kTileSums / kVectors : kMaxRows;

template <int kRows, int kVectors>
void tile(const ConvolutionWeightsLoop& p, const Row* rows, int64_t lane) {
  Vector sums[kRows][kVectors] = {};
  const float* y = p.y + lane;
  for (int64_t column = 0; column < p.columns; column++) {
    const float* x[kRows];
    for (int r = 0; r < kRows; r++) {
      x[r] = rows[r].x + p.x_shift + column * p.x_column;
    }
    for (int64_t b = 0; b < p.batch; b++) {
      Vector outputs[kVectors];
      for (int v = 0; v < kVectors; v++) {
        outputs[v] = load_vector(y + v * kVector);
      }
      for (int r = 0; r < kRows; r++) {
        const float factor = x[r][b];
        for (int v = 0; v < kVectors; v++) {
          sums[r][v] = multiply_add(factor, outputs[v], sums[r][v]);
        }
      }
      y += p.lanes;
    }
  }
  for (int r = 0; r < kRows; r++) {
    float* to = rows[r].sums + p.sums_shift + lane;
    for (int v = 0; v < kVectors; v++) {
      const Vector before = load_vector(to + v * kVector);
      store_vector(to + v * kVector, before + sums[r][v]);
    }
  }
}

// Computes a tile of `count` rows, at most kRows.
template <int kRows, int kVectors>
IL_INLINE void tile_of(int64_t count, const ConvolutionWeightsLoop& p,
                       const Row* rows, int64_t lane) {
  if constexpr (kRows > 1) {
    if (count < kRows) {
      tile_of<kRows - 1, kVectors>(count, p, rows, lane);
      return;
    }
  }
  tile<kRows, kVectors>(p, rows, lane);
}

// Divides the rows evenly: tiles differ by at most one row.
template <int kVectors>
void tiles(const ConvolutionWeightsLoop& p, int64_t lane) {
  constexpr int kMaxTileRows = kTileRows<kVectors>;
  const int64_t tiles = (p.count + kMaxTileRows - 1) / kMaxTileRows;
  for (int64_t i = 0; i < tiles; i++) {
    const int64_t from = p.count * i / tiles;
    const int64_t end = p.count * (i + 1) / tiles;
    tile_of<kMaxTileRows, kVectors>(end - from, p, p.rows + from, lane);
  }
}

IL_INLINE void transpose_four(const float* from, int64_t from_row, float* to,
                              int64_t to_row) {
  const auto load = [](const float* p) {
    return Four(*reinterpret_cast<const UnalignedFour*>(p));
  };
  const auto store = [](float* p, Four v) {
    *reinterpret_cast<UnalignedFour*>(p) = v;
  };
  const Four a = load(from);
  const Four b = load(from + from_row);
  const Four c = load(from + 2 * from_row);
  const Four d = load(from + 3 * from_row);
  const Four ab_low = __builtin_shufflevector(a, b, 0, 4, 1, 5);
  const Four ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  const Four cd_low = __builtin_shufflevector(c, d, 0, 4, 1, 5);
  const Four cd_high = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  store(to, __builtin_shufflevector(ab_low, cd_low, 0, 1, 4, 5));
  store(to + to_row, __builtin_shufflevector(ab_low, cd_low, 2, 3, 6, 7));
  store(to + 2 * to_row, __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5));
  store(to + 3 * to_row, __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7));
}

}  // namespace

// Works on 16 x 16 elements at a time: it reads whole cache lines, and writes
// them before they leave the cache. Few rows are read together, because rows
// are often a power of two apart.
void transpose(const Transposition& p) {
  const auto smaller = [](int64_t a, int64_t b) { return a < b ? a : b; };
  for (int64_t i = 0; i < p.rows; i += kLanes) {
    const int64_t rows = smaller(i + kLanes, p.rows);
    for (int64_t j = 0; j < p.columns; j += kLanes) {
      const int64_t columns = smaller(j + kLanes, p.columns);
      for (int64_t column = j; column < columns; column++) {
        __builtin_prefetch(p.to + column * p.to_row + rows, 1);
      }
      int64_t row = i;
      for (; row + 4 <= rows; row += 4) {
        const float* from = p.from + row * p.from_row;
        float* to = p.to + row;
        int64_t column = j;
        for (; column + 4 <= columns; column += 4) {
          transpose_four(from + column, p.from_row, to + column * p.to_row,
                         p.to_row);
        }
        for (; column < columns; column++) {
          for (int r = 0; r < 4; r++) {
            to[column * p.to_row + r] = from[r * p.from_row + column];
          }
        }
      }
      for (; row < rows; row++) {
        for (int64_t column = j; column < columns; column++) {
          p.to[column * p.to_row + row] = p.from[row * p.from_row + column];
        }
      }
    }
  }
}

void convolution_weights(const ConvolutionWeightsLoop& p) {
  ConvolutionWeightsLoop all = p;
  if (all.x_column == all.batch) {
    all.batch *= all.columns;
    all.columns = 1;
  }
  int64_t lane = 0;
  constexpr int64_t kStep = kTileVectors * kVector;
  for (; lane + kStep <= all.lanes; lane += kStep) {
    tiles<kTileVectors>(all, lane);
  }
  const int64_t vectors = (all.lanes - lane) / kVector;
  if constexpr (kTileVectors > 2) {
    if (vectors == 3) tiles<3>(all, lane);
    if (vectors == 2) tiles<2>(all, lane);
  }
  if (vectors == 1) tiles<1>(all, lane);
}

}  // namespace interlatent::IL_ISA
