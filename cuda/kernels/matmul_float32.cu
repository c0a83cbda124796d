// matmul in float32: loads tiles of both factors for Float32Tile.
#include "cuda/kernels/matmul_epilogue.h"
#include "cuda/kernels/matmul_tiles.h"

namespace interlatent::cuda {
namespace {

constexpr int kDepth = 16;  // length of a tile along k

// Copies a tile of a factor, `kWide` rows or columns x kDepth, to shared
// memory. Every thread copies a few elements. Neighbouring threads read along
// the contiguous axis.
template <int kWide, int kThreads>
struct Mover {
  static constexpr int kElements = kWide * kDepth / kThreads;
  const float* source;
  int64_t along_wide, along_depth;
  int64_t wide_end;  // existing rows or columns
  int wide, depth;   // position of the first element
  int wide_step, depth_step;
  float values[kElements];

  __device__ Mover(const float* start, int64_t wide_stride,
                   int64_t depth_stride, int64_t existing)
      : source(start),
        along_wide(wide_stride),
        along_depth(depth_stride),
        wide_end(existing) {
    const int thread = static_cast<int>(threadIdx.x);
    if (along_depth == 1) {
      depth = thread % kDepth;
      wide = thread / kDepth;
      depth_step = 0;
      wide_step = kThreads / kDepth;
    } else {
      wide = thread % kWide;
      depth = thread / kWide;
      wide_step = 0;
      depth_step = kThreads / kWide;
    }
  }

  // Reads the tile that begins at `first` along k; elements from `end` on are
  // 0.
  __device__ void fetch(int64_t first, int64_t end) {
#pragma unroll
    for (int e = 0; e < kElements; e++) {
      const int64_t w = wide + e * wide_step;
      const int64_t k = first + depth + e * depth_step;
      const bool exists = w < wide_end && k < end;
      values[e] = exists ? source[w * along_wide + k * along_depth] : 0.0f;
    }
  }

  __device__ void store(float (*tile)[kWide + 4]) const {
#pragma unroll
    for (int e = 0; e < kElements; e++) {
      tile[depth + e * depth_step][wide + e * wide_step] = values[e];
    }
  }
};

template <class Tile>
__global__ __launch_bounds__(Tile::kThreads) void matmul_kernel(
    IL_CONSTANT(MatmulLaunch) launch) {
  await_predecessors();
  using Buffers = typename Tile::Buffers;
  static_assert(sizeof(Buffers) >=
                sizeof(float) * Tile::kRows * (Tile::kAcross + 1));
  IL_SHARED(Buffers, buffers);
  const MatmulTile tile = tile_of(launch, blockIdx.x);
  const MatmulProduct product = product_of(launch, tile.product);
  const int64_t first_row = int64_t{tile.row} * Tile::kRows;
  const int64_t first_column = int64_t{tile.column} * Tile::kColumns;
  const MatmulDepth depth = depth_of(launch, tile.part, kDepth);
  Mover<Tile::kRows, Tile::kThreads> a(product.a + first_row * launch.a_along_m,
                                       launch.a_along_m, launch.a_along_k,
                                       launch.m - first_row);
  Mover<Tile::kColumns, Tile::kThreads> b(
      product.b + first_column * launch.b_along_n, launch.b_along_n,
      launch.b_along_k, launch.n - first_column);
  const Tile place;
  typename Tile::Sums sums = {};
  multiply_tiles(
      place, buffers, depth.tiles(kDepth),
      [&](int64_t i) {
        a.fetch(depth.first + i * kDepth, depth.end);
        b.fetch(depth.first + i * kDepth, depth.end);
      },
      [&](int buffer) {
        a.store(buffers.a[buffer]);
        b.store(buffers.b[buffer]);
      },
      sums);
  finish_tile(launch, tile, product, place, sums,
              reinterpret_cast<float*>(&buffers), {launch.n},
              shared_rows(launch, tile));
}

template <class Tile>
constexpr MatmulVariant variant() {
  return {Tile::kRows, Tile::kColumns, kDepth,
          4 * kDepth,  Tile::kThreads, matmul_kernel<Tile>};
}

}  // namespace

MatmulVariants float32_matmul(int64_t rows, int64_t columns) {
  return {variant<Float32Tile<128, 128, 8, 8>>(),
          variant<Float32Tile<64, 64, 4, 4>>(), small_matmul(rows, columns)};
}

}  // namespace interlatent::cuda
