// Everything after the sums of a matmul tile: adding partial sums of several
// thread blocks, bias, activation or its derivative, storing the result, and
// sums of rows.
//
// `Layout` describes which results of the tile a thread has: kThreadRows x
// kThreadColumns of them, at row(r) and column(c). kVector results of a row are
// neighbours. kAcross threads, numbered by across(), share a row.
#pragma once

#include "cuda/kernels/matmul_launch.h"
#include "cuda/kernels/vectors.h"
#include "cuda/last_block.h"
#include "math/functions.h"

namespace interlatent::cuda {

template <Activation kActivation>
__device__ inline float matmul_result(float x, float bias, float saved,
                                      float slope) {
  switch (kActivation) {
    case Activation::kNone:
      return x + bias;
    case Activation::kLeakyRelu:
      x += bias;
      return x > 0.0f ? x : slope * x;
    case Activation::kTanh:
      return hyperbolic_tangent(x + bias);
    case Activation::kLeakyReluSlope:
      return saved > 0.0f ? x : x * slope;
    case Activation::kTanhSlope:
      return x * (1.0f - saved * saved);
  }
  return x;
}

// Calls `apply` with the activation as a compile-time constant, so that it is
// not tested for every result.
template <class Apply>
__device__ inline void with_activation(Activation activation,
                                       const Apply& apply) {
  switch (activation) {
    case Activation::kNone:
      return apply.template operator()<Activation::kNone>();
    case Activation::kLeakyRelu:
      return apply.template operator()<Activation::kLeakyRelu>();
    case Activation::kTanh:
      return apply.template operator()<Activation::kTanh>();
    case Activation::kLeakyReluSlope:
      return apply.template operator()<Activation::kLeakyReluSlope>();
    case Activation::kTanhSlope:
      return apply.template operator()<Activation::kTanhSlope>();
  }
}

template <Activation kActivation>
inline constexpr bool kIsSlope = kActivation == Activation::kLeakyReluSlope ||
                                 kActivation == Activation::kTanhSlope;

// Partial sums of several thread blocks per tile.
struct MatmulParts {
  uint32_t count;
  float* partials;     // [tiles, parts, tile]
  unsigned* counters;  // [tiles]
};

// Adds the partial sums in order. Returns true only in the last thread block,
// which then has the totals. Every thread reads the elements at the positions
// that it writes itself.
template <class Layout, int kThreadRows, int kThreadColumns>
__device__ bool add_parts(const MatmulParts& parts, uint32_t part,
                          uint32_t tile_index,
                          float (&sums)[kThreadRows][kThreadColumns]) {
  constexpr int64_t kElements = int64_t{Layout::kRows} * Layout::kColumns;
  float* partials = parts.partials +
                    int64_t{tile_index} * parts.count * kElements + threadIdx.x;
#pragma unroll
  for (int r = 0; r < kThreadRows; r++) {
#pragma unroll
    for (int c = 0; c < kThreadColumns; c++) {
      partials[part * kElements + (r * kThreadColumns + c) * Layout::kThreads] =
          sums[r][c];
    }
  }
  if (!is_last_block(parts.counters + tile_index, parts.count)) return false;
#pragma unroll
  for (int r = 0; r < kThreadRows; r++) {
#pragma unroll
    for (int c = 0; c < kThreadColumns; c++) sums[r][c] = 0;
  }
  // The loads of one part are independent and overlap.
#pragma unroll 1
  for (uint32_t i = 0; i < parts.count; i++) {
#pragma unroll
    for (int r = 0; r < kThreadRows; r++) {
#pragma unroll
      for (int c = 0; c < kThreadColumns; c++) {
        sums[r][c] += __ldcg(partials + i * kElements +
                             (r * kThreadColumns + c) * Layout::kThreads);
      }
    }
  }
  return true;
}

// The tiles that share their rows: number of these rows among those of all
// products, and which of `count` tiles this one is.
struct SharedRows {
  uint32_t index, tile, count;
};

__device__ inline SharedRows shared_rows(const MatmulLaunch& launch,
                                         const MatmulTile& tile) {
  return {tile.product * launch.row_tiles + tile.row, tile.column,
          launch.column_tiles};
}

// Sums the rows: first over the threads of a row, then over tiles, both in
// order. `shared` has room for kRows x (kAcross + 1).
template <class Layout, int kThreadRows>
__device__ void add_rows(const MatmulLaunch& launch, int64_t first_row,
                         const SharedRows& rows, float* sums,
                         const Layout& place,
                         const float (&row_sums)[kThreadRows], float* shared) {
  constexpr int kPitch = Layout::kAcross + 1;
#pragma unroll
  for (int r = 0; r < kThreadRows; r++) {
    shared[place.row(r) * kPitch + place.across()] = row_sums[r];
  }
  __syncthreads();
  float* row_partials =
      launch.row_partials +
      (int64_t{rows.index} * rows.count + rows.tile) * Layout::kRows;
  const int thread = static_cast<int>(threadIdx.x);
  for (int row = thread; row < Layout::kRows; row += Layout::kThreads) {
    if (first_row + row >= launch.m) break;
    float sum = 0;
    for (int i = 0; i < Layout::kAcross; i++) sum += shared[row * kPitch + i];
    if (rows.count == 1) {
      sums[first_row + row] = sum;
    } else {
      row_partials[row] = sum;
    }
  }
  if (rows.count == 1) return;
  if (!is_last_block(launch.row_counters + rows.index, rows.count)) return;
  row_partials -= int64_t{rows.tile} * Layout::kRows;
  for (int row = thread; row < Layout::kRows; row += Layout::kThreads) {
    if (first_row + row >= launch.m) break;
    float sum = 0;
    for (uint32_t i = 0; i < rows.count; i++) {
      sum += __ldcg(row_partials + i * Layout::kRows + row);
    }
    sums[first_row + row] = sum;
  }
}

// The columns of a matrix whose rows are contiguous.
struct AllColumns {
  int64_t count;
  __device__ int64_t at(int64_t column) const { return column; }
};

// Turns the complete sums of a thread into results. `Columns` says how many
// columns exist and where they are in a row; vectors are contiguous.
template <class Layout, int kThreadRows, int kThreadColumns, class Columns>
struct MatmulResults {
  const MatmulLaunch& launch;
  const MatmulProduct& product;
  const Layout& place;
  float (&values)[kThreadRows][kThreadColumns];
  const Columns& columns;
  int64_t first_row, first_column;  // of the tile

  template <Activation kActivation>
  __device__ void operator()() const {
    constexpr bool kSlope = kIsSlope<kActivation>;
#pragma unroll
    for (int r = 0; r < kThreadRows; r++) {
      const int64_t row = first_row + place.row(r);
      if (row >= launch.m) continue;
      const float bias = product.bias == nullptr ? 0.0f : product.bias[row];
      const float* saved =
          kSlope ? product.saved + row * launch.saved_stride : nullptr;
#pragma unroll
      for (int c = 0; c < kThreadColumns; c++) {
        const int64_t column = first_column + place.column(c);
        const bool exists = column < columns.count;
        const float known = kSlope && exists ? saved[columns.at(column)] : 0.0f;
        values[r][c] =
            matmul_result<kActivation>(values[r][c], bias, known, launch.slope);
      }
    }
  }

  // Stores the results and sums those of this thread by row.
  __device__ void store(float (&row_sums)[kThreadRows]) const {
    constexpr int kVector = Layout::kVector;
#pragma unroll
    for (int r = 0; r < kThreadRows; r++) {
      const int64_t row = first_row + place.row(r);
      if (row >= launch.m) continue;
      float* target = product.c + row * launch.ldc;
#pragma unroll
      for (int c = 0; c < kThreadColumns; c += kVector) {
        const int64_t column = first_column + place.column(c);
        const float* vector = &values[r][c];
        const int64_t remaining = columns.count - column;
#pragma unroll
        for (int i = 0; i < kVector; i++) {
          if (i < remaining) row_sums[r] += vector[i];
        }
        if (launch.c_vectors == 0) {
#pragma unroll
          for (int i = 0; i < kVector; i++) {
            if (i < remaining) target[columns.at(column + i)] = vector[i];
          }
        } else if (remaining > 0) {
          store_vector<kVector>(target + columns.at(column), vector);
        }
      }
    }
  }
};

// Finishes a tile. No thread may still use `shared` when this is called. `rows`
// matters only if rows are summed.
template <class Layout, int kThreadRows, int kThreadColumns,
          class Columns = AllColumns>
__device__ void finish_tile(const MatmulLaunch& launch, const MatmulTile& tile,
                            const MatmulProduct& product, const Layout& place,
                            float (&sums)[kThreadRows][kThreadColumns],
                            float* shared, const Columns& columns,
                            const SharedRows& rows) {
  const uint32_t tile_index =
      (tile.product * launch.row_tiles + tile.row) * launch.column_tiles +
      tile.column;
  if (launch.parts > 1 &&
      !add_parts<Layout>(
          MatmulParts{launch.parts, launch.partials, launch.counters},
          tile.part, tile_index, sums)) {
    return;
  }
  const MatmulResults<Layout, kThreadRows, kThreadColumns, Columns> results = {
      launch,
      product,
      place,
      sums,
      columns,
      int64_t{tile.row} * Layout::kRows,
      int64_t{tile.column} * Layout::kColumns};
  if (launch.activation != Activation::kNone || product.bias != nullptr) {
    with_activation(launch.activation, results);
  }
  float row_sums[kThreadRows] = {};
  results.store(row_sums);
  if (product.sums == nullptr) return;
  add_rows(launch, results.first_row, rows, product.sums, place, row_sums,
           shared);
}

}  // namespace interlatent::cuda
