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

}  // namespace

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
