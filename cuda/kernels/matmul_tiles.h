// Products of two tiles in shared memory by a thread block: on tensor cores, or
// in float32. A tile of each factor is kept twice, so that one is filled while
// the other is multiplied. Every thread keeps its results in registers; the
// members row(), column(), across(), kAcross, and kVector say which
// (matmul_epilogue.h).
#pragma once

#include "cuda/kernels/vectors.h"
#include "cuda/tensor_core.h"

namespace interlatent::cuda {

// Tiles are rounded before they are stored, and contiguous along k. Every warp
// keeps a few 16 x 8 tiles of the result.
template <MatmulPrecision kPrecision, int kTileRows, int kTileColumns,
          int kWarpRows, int kWarpColumns>
struct TensorTile {
  static constexpr int kRows = kTileRows;
  static constexpr int kColumns = kTileColumns;
  static constexpr int kWarpsAcross = kColumns / kWarpColumns;
  static constexpr int kThreads = 32 * (kRows / kWarpRows) * kWarpsAcross;
  static constexpr int kAcross = 4 * kWarpsAcross;
  static constexpr int kVector = 2;
  static constexpr int kWords = 16;  // length of a tile along k
  static constexpr int kDepth = kWords * kWordFloats<kPrecision>;
  // With this pitch eight rows of four words lie in different banks.
  static constexpr int kPitch = kWords + 4;
  using Sums = float[kWarpRows / 8][kWarpColumns / 4];
  struct alignas(16) Buffers {
    uint32_t a[2][kRows][kPitch];
    uint32_t b[2][kColumns][kPitch];
  };

  const int lane = static_cast<int>(threadIdx.x) % 32;
  const int warp = static_cast<int>(threadIdx.x) / 32;
  const int first_row = warp / kWarpsAcross * kWarpRows;
  const int first_column = warp % kWarpsAcross * kWarpColumns;
  __device__ int across() const { return warp % kWarpsAcross * 4 + lane % 4; }
  __device__ int row(int i) const { return first_row + i * 8 + lane / 4; }
  __device__ int column(int i) const {
    return first_column + i / 2 * 8 + lane % 4 * 2 + i % 2;
  }

  // Stores four words along k of a row of A or a column of B.
  __device__ static void put(uint32_t (*tile)[kPitch], int wide, int depth,
                             const float* floats) {
    constexpr int kOne = kWordFloats<kPrecision>;
    *reinterpret_cast<uint4*>(&tile[wide][depth / kOne]) =
        uint4{rounded_word<kPrecision>(floats),
              rounded_word<kPrecision>(floats + kOne),
              rounded_word<kPrecision>(floats + 2 * kOne),
              rounded_word<kPrecision>(floats + 3 * kOne)};
  }

  // Stores four elements along k of four neighbouring columns.
  __device__ static void put(uint32_t (*tile)[kPitch], int wide, int depth,
                             const float (&values)[4][4]) {
#pragma unroll
    for (int i = 0; i < 4; i++) {
      const float column[] = {values[0][i], values[1][i], values[2][i],
                              values[3][i]};
      put(tile, wide + i, depth, column);
    }
  }

  __device__ void multiply(const Buffers& buffers, int present,
                           Sums& sums) const {
    // Addresses that this lane passes to load_words: the rows of A in the order
    // of the fragment, and two tiles of eight columns of B.
    const int a_row = first_row + lane % 16;
    const int a_word = lane / 16 * 4;
    const int b_row = first_column + lane / 16 * 8 + lane % 8;
    const int b_word = lane / 8 % 2 * 4;
#pragma unroll
    for (int word = 0; word < kWords; word += 8) {
      uint32_t left[kWarpRows / 16][4];
#pragma unroll
      for (int r = 0; r < kWarpRows / 16; r++) {
        load_words(left[r], &buffers.a[present][a_row + 16 * r][word + a_word]);
      }
#pragma unroll
      for (int c = 0; c < kWarpColumns / 16; c++) {
        uint32_t pair[4];
        load_words(pair, &buffers.b[present][b_row + 16 * c][word + b_word]);
        const uint32_t right[2][2] = {{pair[0], pair[1]}, {pair[2], pair[3]}};
#pragma unroll
        for (int r = 0; r < kWarpRows / 16; r++) {
#pragma unroll
          for (int half = 0; half < 2; half++) {
            const int column = 4 * c + 2 * half;
            float* top = &sums[2 * r][column];
            float* bottom = &sums[2 * r + 1][column];
            multiply_add<kPrecision>(top, bottom, left[r], right[half]);
          }
        }
      }
    }
  }
};

// Returns the position in a tile of row or column `i` of a thread. They lie in
// groups of four, so that shared memory is read in vectors without bank
// conflicts.
template <int kTile, int kPerThread>
__device__ constexpr int spread(int thread, int i) {
  return i / 4 * (kTile / (kPerThread / 4)) + thread * 4 + i % 4;
}

template <int kTileRows, int kTileColumns, int kThreadRows, int kThreadColumns>
struct Float32Tile {
  static constexpr int kRows = kTileRows;
  static constexpr int kColumns = kTileColumns;
  static constexpr int kAcross = kColumns / kThreadColumns;
  static constexpr int kThreads = kRows / kThreadRows * kAcross;
  static constexpr int kVector = 4;
  static constexpr int kDepth = 16;  // length of a tile along k
  using Sums = float[kThreadRows][kThreadColumns];
  struct alignas(16) Buffers {
    float a[2][kDepth][kRows + 4];
    float b[2][kDepth][kColumns + 4];
  };

  const int down = static_cast<int>(threadIdx.x) / kAcross;
  const int right = static_cast<int>(threadIdx.x) % kAcross;
  __device__ int across() const { return right; }
  __device__ int row(int i) const {
    return spread<kRows, kThreadRows>(down, i);
  }
  __device__ int column(int i) const {
    return spread<kColumns, kThreadColumns>(right, i);
  }

  template <int kPitch>
  __device__ static void put(float (*tile)[kPitch], int wide, int depth,
                             const float* floats) {
#pragma unroll
    for (int i = 0; i < 4; i++) tile[depth + i][wide] = floats[i];
  }

  template <int kPitch>
  __device__ static void put(float (*tile)[kPitch], int wide, int depth,
                             const float (&values)[4][4]) {
#pragma unroll
    for (int i = 0; i < 4; i++) {
      store_vector<4>(&tile[depth + i][wide], values[i]);
    }
  }

  __device__ void multiply(const Buffers& buffers, int present,
                           Sums& sums) const {
#pragma unroll
    for (int d = 0; d < kDepth; d++) {
      float left[kThreadRows];
      float across_four[kThreadColumns];
#pragma unroll
      for (int r = 0; r < kThreadRows; r += 4) {
        load_four(left + r, &buffers.a[present][d][row(r)]);
      }
#pragma unroll
      for (int c = 0; c < kThreadColumns; c += 4) {
        load_four(across_four + c, &buffers.b[present][d][column(c)]);
      }
#pragma unroll
      for (int r = 0; r < kThreadRows; r++) {
#pragma unroll
        for (int c = 0; c < kThreadColumns; c++) {
          sums[r][c] = fused(left[r], across_four[c], sums[r][c]);
        }
      }
    }
  }
};

// Sums the products of `count` pairs of tiles along k. `fetch(i)` loads pair i
// into registers, and `store(buffer)` writes it to shared memory.
template <class Tile, class Fetch, class Store>
__device__ inline void multiply_tiles(const Tile& tile,
                                      const typename Tile::Buffers& buffers,
                                      int64_t count, const Fetch& fetch,
                                      const Store& store,
                                      typename Tile::Sums& sums) {
  if (count <= 0) return;
  fetch(0);
  store(0);
  __syncthreads();
  int present = 0;
  for (int64_t i = 0; i < count; i++) {
    const bool more = i + 1 < count;
    if (more) fetch(i + 1);
    tile.multiply(buffers, present, sums);
    present = 1 - present;
    if (more) store(present);
    __syncthreads();
  }
}

}  // namespace interlatent::cuda
