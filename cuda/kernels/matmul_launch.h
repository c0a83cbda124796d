// Parameters of a matmul kernel, and the part of them that a thread block
// computes.
#pragma once

#include <cstdint>

#include "cuda/place.h"
#include "cuda/runtime.h"
#include "kinds.h"

namespace interlatent::cuda {

struct MatmulLaunch {
  Blocks blocks;
  int64_t m, n, k;
  Located<float> c, sums;
  Located<const float> a, b, bias, saved;
  int64_t ldc, saved_stride;
  int64_t a_along_m, a_along_k, b_along_k, b_along_n;
  Activation activation;
  float slope;
  // 1 if all rows begin at multiples of four floats and can be accessed as
  // vectors. For a and b this also means that they are contiguous along k.
  int32_t c_vectors, a_vectors, b_vectors;
  int32_t rank;
  uint32_t batches;
  uint32_t dims[kMaxRank];
  int64_t c_strides[kMaxRank], a_strides[kMaxRank], b_strides[kMaxRank];
  int64_t bias_strides[kMaxRank], saved_strides[kMaxRank];
  int64_t sums_strides[kMaxRank];
  uint32_t row_tiles, column_tiles;
  // Number of partial sums; each has `part_tiles` tiles along k.
  uint32_t parts, part_tiles;
  float* partials;         // [products, row tiles, column tiles, parts, tile]
  float* row_partials;     // [products, row tiles, column tiles, rows]
  unsigned* counters;      // [products, row tiles, column tiles]
  unsigned* row_counters;  // [products, row tiles]
};

// A kernel for one tile size. Sums are cut among thread blocks at multiples of
// `depth`, into parts of at least `min_depth`.
struct MatmulVariant {
  int64_t rows, columns, depth, min_depth;
  unsigned threads;
  void (*kernel)(IL_CONSTANT(MatmulLaunch));
};

// Kernels of all tile sizes.
struct MatmulVariants {
  MatmulVariant large, medium, small;
};
// Returns the kernels for a product of `rows` x `columns`.
MatmulVariants float32_matmul(int64_t rows, int64_t columns);
MatmulVariant small_matmul(int64_t rows, int64_t columns);
// Kernels for tensor cores. Factors are rounded to TF32 or bfloat16; sums are
// float32.
MatmulVariants tf32_matmul();
MatmulVariants bfloat16_matmul();

// The tile that a thread block computes.
struct MatmulTile {
  uint32_t part, column, row;
  uint32_t product;  // over batches and blocks
};

__device__ inline MatmulTile tile_of(const MatmulLaunch& launch,
                                     uint32_t index) {
  MatmulTile tile;
  tile.part = index % launch.parts;
  index /= launch.parts;
  tile.column = index % launch.column_tiles;
  index /= launch.column_tiles;
  tile.row = index % launch.row_tiles;
  tile.product = index / launch.row_tiles;
  return tile;
}

// The operands of one product.
struct MatmulProduct {
  float* c;
  float* sums;
  const float* a;
  const float* b;
  const float* bias;
  const float* saved;
};

__device__ inline MatmulProduct product_of(const MatmulLaunch& launch,
                                           uint32_t index) {
  const Place place = launch.blocks.place(index / launch.batches);
  MatmulProduct product = {launch.c.at(place),    launch.sums.at(place),
                           launch.a.at(place),    launch.b.at(place),
                           launch.bias.at(place), launch.saved.at(place)};
  uint32_t rest = index % launch.batches;
  for (int dim = launch.rank - 1; dim >= 0; dim--) {
    const int64_t position = rest % launch.dims[dim];
    rest /= launch.dims[dim];
    product.c += position * launch.c_strides[dim];
    product.a += position * launch.a_strides[dim];
    product.b += position * launch.b_strides[dim];
    if (product.sums != nullptr)
      product.sums += position * launch.sums_strides[dim];
    if (product.bias != nullptr)
      product.bias += position * launch.bias_strides[dim];
    if (product.saved != nullptr)
      product.saved += position * launch.saved_strides[dim];
  }
  return product;
}

// The range of k over which a thread block sums.
struct MatmulDepth {
  int64_t first, end;
  __device__ int64_t tiles(int64_t depth) const {
    return (end - first + depth - 1) / depth;
  }
};

__device__ inline MatmulDepth depth_of(const MatmulLaunch& launch,
                                       uint32_t part, int64_t tile_depth) {
  const int64_t count = int64_t{launch.part_tiles} * tile_depth;
  const int64_t first = part * count;
  return {first, first + count < launch.k ? first + count : launch.k};
}

}  // namespace interlatent::cuda
