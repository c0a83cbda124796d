// Products of matrices in shared memory by a thread block of four warps, in
// float32 or with factors rounded to TF32 on tensor cores. Both factors stay
// where they are, and a factor may be contiguous along either axis. TensorTile
// (matmul_tiles.h) needs both contiguous along the sum, so it does not serve.
//
// The sizes of a factor are padded with zeros to a multiple of kPad, and its
// rows are an odd multiple of four floats apart. Vectors of neighbouring rows
// then lie in different banks.
#pragma once

#include "cuda/kernels/vectors.h"
#include "cuda/tensor_core.h"
#include "math/functions.h"

namespace interlatent::cuda::network {

constexpr int kThreads = 128;
constexpr int kWarps = kThreads / 32;
constexpr int kPad = 8;
constexpr int kGap = 4;  // floats between rows
// Tiles of weights: 8 x 4 or 2 x 4 per thread in float32, 32 x 32 per warp on
// tensor cores.
constexpr int kTileRows = 8;
constexpr int kNarrowRows = 2;
constexpr int kTileColumns = 4;
constexpr int kWarpTile = 32;

__host__ __device__ constexpr int padded(int64_t size) {
  return static_cast<int>((size + kPad - 1) / kPad * kPad);
}

// A matrix of `wide` x terms of a sum. It is contiguous along the terms, or
// along `wide`.
template <bool kAlongTerms>
struct Factor {
  static constexpr bool kAlong = kAlongTerms;
  const float* first;
  int pitch;

  __device__ int at(int wide, int term) const {
    return kAlong ? wide * pitch + term : term * pitch + wide;
  }
};

// Positions of a thread's `kCount` rows or columns among kCount x tiles. Those
// of neighbouring threads are neighbours, in vectors where a factor is
// contiguous along them.
template <bool kAlong, int kCount>
__device__ inline int spread(int tile, int tiles, int i) {
  constexpr int kVector = kCount < 4 ? kCount : 4;
  return kAlong ? tile + i * tiles
                : (i / kVector * tiles + tile) * kVector + i % kVector;
}

// The values of a thread's rows or columns for four terms.
template <class Factor, int kCount>
struct Four {
  static constexpr int kVector = kCount < 4 ? kCount : 4;
  static constexpr int kAddresses = Factor::kAlong ? kCount : kCount / kVector;
  // Rows or columns that are loaded together.
  static constexpr int kTogether = kCount < 4 ? kCount : 4;
  const Factor& factor;
  int offset[kAddresses];

  __device__ Four(const Factor& of, int tile, int tiles) : factor(of) {
#pragma unroll
    for (int i = 0; i < kAddresses; i++) {
      const int first = Factor::kAlong ? i : i * kVector;
      offset[i] =
          factor.at(spread<Factor::kAlong, kCount>(tile, tiles, first), 0);
    }
  }

  // Loads kTogether rows or columns, of which `first` is the first.
  __device__ void load(int first, int term,
                       float (&values)[kTogether][4]) const {
    if constexpr (Factor::kAlong) {
#pragma unroll
      for (int i = 0; i < kTogether; i++) {
        load_four(values[i], factor.first + offset[first + i] + term);
      }
    } else {
      const float* from = factor.first + offset[first / kVector];
#pragma unroll
      for (int t = 0; t < 4; t++) {
        float vector[kVector];
        load_vector<kVector>(vector, from + (term + t) * factor.pitch);
#pragma unroll
        for (int v = 0; v < kVector; v++) values[v][t] = vector[v];
      }
    }
  }
};

// Adds the products of a thread's rows and columns, over all terms.
template <int kRows, class Left, class Right>
__device__ void add_products(const Four<Left, kRows>& left,
                             const Four<Right, 4>& right, int terms,
                             float (&sums)[kRows][4]) {
  constexpr int kTogether = Four<Left, kRows>::kTogether;
#pragma unroll 1
  for (int term = 0; term < terms; term += 4) {
    float across[4][4];
    right.load(0, term, across);
#pragma unroll
    for (int first = 0; first < kRows; first += kTogether) {
      float down[kTogether][4];
      left.load(first, term, down);
#pragma unroll
      for (int t = 0; t < 4; t++) {
#pragma unroll
        for (int i = 0; i < kTogether; i++) {
#pragma unroll
          for (int j = 0; j < 4; j++) {
            float& sum = sums[first + i][j];
            sum = fused(down[i][t], across[j][t], sum);
          }
        }
      }
    }
  }
}

// Adds the products of a warp's rows and columns on tensor cores. Rows from
// `rows` on and columns from `columns` on are not needed.
template <int kRowTiles, int kColumnTiles, class Left, class Right>
__device__ void add_fragments(const Left& left, int row, int rows,
                              const Right& right, int column, int columns,
                              int terms,
                              float (&sums)[2 * kRowTiles][2 * kColumnTiles]) {
  constexpr MatmulPrecision kTf32 = MatmulPrecision::kTf32;
  // Any order of the terms will do. If no factor is contiguous along them,
  // every second term avoids bank conflicts.
  constexpr bool kPairs = !Left::kAlong && !Right::kAlong;
  const int lane = static_cast<int>(threadIdx.x) % 32;
  const int term_of[2] = {kPairs ? lane % 4 * 2 : lane % 4,
                          kPairs ? lane % 4 * 2 + 1 : lane % 4 + 4};
  int a_at[2 * kRowTiles];
  int b_at[kColumnTiles];
#pragma unroll
  for (int r = 0; r < 2 * kRowTiles; r++) {
    const int wide = row + 8 * r + lane / 4;
    a_at[r] = left.at(wide < rows ? wide : rows - 1, 0);
  }
#pragma unroll
  for (int c = 0; c < kColumnTiles; c++) {
    const int wide = column + 8 * c + lane / 4;
    b_at[c] = right.at(wide < columns ? wide : columns - 1, 0);
  }
  for (int term = 0; term < terms; term += 8) {
    const int a_term[2] = {left.at(0, term + term_of[0]),
                           left.at(0, term + term_of[1])};
    const int b_term[2] = {right.at(0, term + term_of[0]),
                           right.at(0, term + term_of[1])};
    const auto word = [](const float* from) {
      return rounded_word<kTf32>(from);
    };
    uint32_t b[kColumnTiles][2];
#pragma unroll
    for (int c = 0; c < kColumnTiles; c++) {
      b[c][0] = word(right.first + b_at[c] + b_term[0]);
      b[c][1] = word(right.first + b_at[c] + b_term[1]);
    }
#pragma unroll
    for (int r = 0; r < kRowTiles; r++) {
      if (row + 16 * r >= rows) break;
      const float* const top = left.first + a_at[2 * r];
      const float* const bottom = left.first + a_at[2 * r + 1];
      const uint32_t a[4] = {word(top + a_term[0]), word(bottom + a_term[0]),
                             word(top + a_term[1]), word(bottom + a_term[1])};
#pragma unroll
      for (int c = 0; c < kColumnTiles; c++) {
        if (column + 8 * c >= columns) break;
        multiply_add<kTf32>(&sums[2 * r][2 * c], &sums[2 * r + 1][2 * c], a,
                            b[c]);
      }
    }
  }
}

// Multiplies `left` [rows, terms] by `right` [terms, kSubjects] and calls
// use(row, first subject, sums) with two or four neighbouring sums. `rows` and
// `terms` are padded. In float32 a thread has tiles of kRows x 4.
template <MatmulPrecision kPrecision, int kSubjects, int kRows, class Left,
          class Right, class Use>
__device__ void multiply(const Left& left, int rows, int terms,
                         const Right& right, const Use& use) {
  static_assert(!Right::kAlong);
  if constexpr (kPrecision == MatmulPrecision::kFloat32) {
    // A warp has eight vectors of subjects of four tiles, so that it reads few
    // different words.
    constexpr int kAcross = kSubjects / 4;
    constexpr int kGroup = kAcross < 8 ? kAcross : 8;
    static_assert(kAcross <= 2 * kGroup);
    const int tiles = rows / kRows;
#pragma unroll 1
    for (int item = static_cast<int>(threadIdx.x); item < tiles * kAcross;
         item += kThreads) {
      const int group = item / kGroup;
      const bool second = group >= tiles;
      const int across = item % kGroup + (second ? kGroup : 0);
      const int tile = second ? group - tiles : group;
      Four<Left, kRows> rows_of(left, tile, tiles);
      Four<Right, 4> columns_of(right, across, kAcross);
      float sums[kRows][4] = {};
      add_products(rows_of, columns_of, terms, sums);
#pragma unroll
      for (int i = 0; i < kRows; i++) {
        use(spread<Left::kAlong, kRows>(tile, tiles, i), 4 * across, sums[i]);
      }
    }
  } else {
    constexpr int kTile = kSubjects < kWarpTile ? kSubjects : kWarpTile;
    constexpr int kAcross = kSubjects / kTile;
    const int lane = static_cast<int>(threadIdx.x) % 32;
    const int tiles = (rows - 1) / kTile + 1;
    for (int item = static_cast<int>(threadIdx.x) / 32; item < tiles * kAcross;
         item += kWarps) {
      const int row = item / kAcross * kTile;
      const int column = item % kAcross * kTile;
      float sums[kTile / 8][kTile / 4] = {};
      add_fragments<kTile / 16, kTile / 8>(left, row, rows, right, column,
                                           kSubjects, terms, sums);
#pragma unroll
      for (int i = 0; i < kTile / 8; i++) {
        const int at = row + 8 * i + lane / 4;
        if (at >= rows) continue;
#pragma unroll
        for (int j = 0; j < kTile / 8; j++) {
          const float two[] = {sums[i][2 * j], sums[i][2 * j + 1]};
          use(at, column + 8 * j + lane % 4 * 2, two);
        }
      }
    }
  }
}

}  // namespace interlatent::cuda::network
