// What follows the sums of a matmul tile: parts of sums that were cut among
// thread blocks, bias, activation or its slope, the result, the sums of rows.
//
// `Own` says which results of the tile a thread has: kOwnRows x kOwnColumns of
// them, at row(r) and column(c), of which kVector in a row are neighbours;
// kAcross threads, each with a number across(), share a row.
#pragma once

#include "cuda/kernels/matmul_launch.h"
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

// Calls `apply` with the activation as a constant, so that it is looked up once
// and not per result.
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

// Adds up the parts, in order. False for all blocks but the last, which has the
// sum: every thread finds again what it put down itself.
template <class Own, int kOwnRows, int kOwnColumns>
__device__ bool add_parts(const MatmulLaunch& launch, uint32_t part,
                          uint32_t tile_index,
                          float (&own)[kOwnRows][kOwnColumns]) {
  constexpr int64_t kElements = int64_t{Own::kRows} * Own::kColumns;
  float* partials = launch.partials +
                    int64_t{tile_index} * launch.parts * kElements +
                    threadIdx.x;
#pragma unroll
  for (int r = 0; r < kOwnRows; r++) {
#pragma unroll
    for (int c = 0; c < kOwnColumns; c++) {
      partials[part * kElements + (r * kOwnColumns + c) * Own::kThreads] =
          own[r][c];
    }
  }
  if (!is_last_block(launch.counters + tile_index, launch.parts)) return false;
#pragma unroll
  for (int r = 0; r < kOwnRows; r++) {
#pragma unroll
    for (int c = 0; c < kOwnColumns; c++) own[r][c] = 0;
  }
  // All loads of a part are under way at once.
#pragma unroll 1
  for (uint32_t i = 0; i < launch.parts; i++) {
#pragma unroll
    for (int r = 0; r < kOwnRows; r++) {
#pragma unroll
      for (int c = 0; c < kOwnColumns; c++) {
        own[r][c] += __ldcg(partials + i * kElements +
                            (r * kOwnColumns + c) * Own::kThreads);
      }
    }
  }
  return true;
}

// The sums of rows: threads of a row in order, then tiles in order. `shared`
// has room for kRows x (kAcross + 1).
template <class Own, int kOwnRows>
__device__ void add_rows(const MatmulLaunch& launch, const MatmulTile& tile,
                         uint32_t tile_index, float* sums, const Own& place,
                         const float (&row_sums)[kOwnRows], float* shared) {
  constexpr int kPitch = Own::kAcross + 1;
#pragma unroll
  for (int r = 0; r < kOwnRows; r++) {
    shared[place.row(r) * kPitch + place.across()] = row_sums[r];
  }
  __syncthreads();
  const int64_t first_row = int64_t{tile.row} * Own::kRows;
  float* row_partials = launch.row_partials + int64_t{tile_index} * Own::kRows;
  const int thread = static_cast<int>(threadIdx.x);
  for (int row = thread; row < Own::kRows; row += Own::kThreads) {
    if (first_row + row >= launch.m) break;
    float sum = 0;
    for (int i = 0; i < Own::kAcross; i++) sum += shared[row * kPitch + i];
    if (launch.column_tiles == 1) {
      sums[first_row + row] = sum;
    } else {
      row_partials[row] = sum;
    }
  }
  if (launch.column_tiles == 1) return;
  if (!is_last_block(
          launch.row_counters + tile.product * launch.row_tiles + tile.row,
          launch.column_tiles)) {
    return;
  }
  row_partials -= int64_t{tile.column} * Own::kRows;
  for (int row = thread; row < Own::kRows; row += Own::kThreads) {
    if (first_row + row >= launch.m) break;
    float sum = 0;
    for (uint32_t i = 0; i < launch.column_tiles; i++) {
      sum += __ldcg(row_partials + i * Own::kRows + row);
    }
    sums[first_row + row] = sum;
  }
}

// A thread's results, once its sums are whole.
template <class Own, int kOwnRows, int kOwnColumns>
struct MatmulResults {
  const MatmulLaunch& launch;
  const MatmulProduct& product;
  const Own& place;
  float (&own)[kOwnRows][kOwnColumns];
  int64_t first_row, first_column;  // of the tile

  template <Activation kActivation>
  __device__ void operator()() const {
    constexpr bool kSlope = kIsSlope<kActivation>;
#pragma unroll
    for (int r = 0; r < kOwnRows; r++) {
      const int64_t row = first_row + place.row(r);
      if (row >= launch.m) continue;
      const float bias = product.bias == nullptr ? 0.0f : product.bias[row];
      const float* saved =
          kSlope ? product.saved + row * launch.saved_stride + first_column
                 : nullptr;
#pragma unroll
      for (int c = 0; c < kOwnColumns; c++) {
        const int column = place.column(c);
        const bool exists = first_column + column < launch.n;
        const float known = kSlope && exists ? saved[column] : 0.0f;
        own[r][c] =
            matmul_result<kActivation>(own[r][c], bias, known, launch.slope);
      }
    }
  }

  // Writes the results and adds up this thread's of each row.
  __device__ void store(float (&row_sums)[kOwnRows]) const {
    constexpr int kVector = Own::kVector;
#pragma unroll
    for (int r = 0; r < kOwnRows; r++) {
      const int64_t row = first_row + place.row(r);
      if (row >= launch.m) continue;
      float* target = product.c + row * launch.ldc + first_column;
#pragma unroll
      for (int c = 0; c < kOwnColumns; c += kVector) {
        const int column = place.column(c);
        const float* values = &own[r][c];
        const int64_t left = launch.n - first_column - column;
#pragma unroll
        for (int i = 0; i < kVector; i++) {
          if (i < left) row_sums[r] += values[i];
        }
        if (launch.c_vectors == 0) {
#pragma unroll
          for (int i = 0; i < kVector; i++) {
            if (i < left) target[column + i] = values[i];
          }
        } else if (left > 0) {
          if constexpr (kVector == 4) {
            *reinterpret_cast<float4*>(target + column) =
                float4{values[0], values[1], values[2], values[3]};
          } else {
            *reinterpret_cast<float2*>(target + column) =
                float2{values[0], values[1]};
          }
        }
      }
    }
  }
};

// `shared` is free once all threads are here.
template <class Own, int kOwnRows, int kOwnColumns>
__device__ void finish_tile(const MatmulLaunch& launch, const MatmulTile& tile,
                            const MatmulProduct& product, const Own& place,
                            float (&own)[kOwnRows][kOwnColumns],
                            float* shared) {
  const uint32_t tile_index =
      (tile.product * launch.row_tiles + tile.row) * launch.column_tiles +
      tile.column;
  if (launch.parts > 1 && !add_parts<Own>(launch, tile.part, tile_index, own)) {
    return;
  }
  const MatmulResults<Own, kOwnRows, kOwnColumns> results = {
      launch,
      product,
      place,
      own,
      int64_t{tile.row} * Own::kRows,
      int64_t{tile.column} * Own::kColumns};
  if (launch.activation != Activation::kNone || product.bias != nullptr) {
    with_activation(launch.activation, results);
  }
  float row_sums[kOwnRows] = {};
  results.store(row_sums);
  if (product.sums == nullptr) return;
  add_rows(launch, tile, tile_index, product.sums, place, row_sums, shared);
}

}  // namespace interlatent::cuda
