// matmul in float32. Tiles of both factors pass through two buffers in shared
// memory: one is filled while the other is multiplied. Every thread keeps a few
// rows x columns of the result in registers.
#include "cuda/kernels/matmul_epilogue.h"
#include "cuda/kernels/vectors.h"

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

// Returns the position in a tile of row or column `i` of a thread. They lie in
// groups of four, so that shared memory is read in vectors without bank
// conflicts.
template <int kTile, int kPerThread>
__device__ constexpr int spread(int thread, int i) {
  return i / 4 * (kTile / (kPerThread / 4)) + thread * 4 + i % 4;
}

template <int kTileRows, int kTileColumns, int kThreadRows, int kThreadColumns>
struct ThreadLayout {
  static constexpr int kRows = kTileRows;
  static constexpr int kColumns = kTileColumns;
  static constexpr int kAcross = kColumns / kThreadColumns;
  static constexpr int kThreads = kRows / kThreadRows * kAcross;
  static constexpr int kVector = 4;
  const int down = static_cast<int>(threadIdx.x) / kAcross;
  const int right = static_cast<int>(threadIdx.x) % kAcross;
  __device__ int across() const { return right; }
  __device__ int row(int i) const {
    return spread<kRows, kThreadRows>(down, i);
  }
  __device__ int column(int i) const {
    return spread<kColumns, kThreadColumns>(right, i);
  }
};

template <int kRows, int kColumns, int kThreadRows, int kThreadColumns>
__global__ __launch_bounds__(
    kRows / kThreadRows *
    (kColumns / kThreadColumns)) void matmul_kernel(IL_CONSTANT(MatmulLaunch)
                                                        launch) {
  await_predecessors();
  using Place = ThreadLayout<kRows, kColumns, kThreadRows, kThreadColumns>;
  struct alignas(16) Buffers {
    float a[2][kDepth][kRows + 4];
    float b[2][kDepth][kColumns + 4];
  };
  static_assert(sizeof(Buffers) >=
                sizeof(float) * kRows * (Place::kAcross + 1));
  IL_SHARED(Buffers, buffers);
  const MatmulTile tile = tile_of(launch, blockIdx.x);
  const MatmulProduct product = product_of(launch, tile.product);
  const int64_t first_row = int64_t{tile.row} * kRows;
  const int64_t first_column = int64_t{tile.column} * kColumns;
  const MatmulDepth depth = depth_of(launch, tile.part, kDepth);
  Mover<kRows, Place::kThreads> a(product.a + first_row * launch.a_along_m,
                                  launch.a_along_m, launch.a_along_k,
                                  launch.m - first_row);
  Mover<kColumns, Place::kThreads> b(
      product.b + first_column * launch.b_along_n, launch.b_along_n,
      launch.b_along_k, launch.n - first_column);
  const Place place;
  float sums[kThreadRows][kThreadColumns] = {};
  a.fetch(depth.first, depth.end);
  b.fetch(depth.first, depth.end);
  a.store(buffers.a[0]);
  b.store(buffers.b[0]);
  __syncthreads();
  int present = 0;
  for (int64_t k = depth.first; k < depth.end; k += kDepth) {
    const bool more = k + kDepth < depth.end;
    if (more) {
      a.fetch(k + kDepth, depth.end);
      b.fetch(k + kDepth, depth.end);
    }
#pragma unroll
    for (int d = 0; d < kDepth; d++) {
      float left[kThreadRows];
      float right[kThreadColumns];
#pragma unroll
      for (int r = 0; r < kThreadRows; r += 4) {
        load_four(left + r, &buffers.a[present][d][place.row(r)]);
      }
#pragma unroll
      for (int c = 0; c < kThreadColumns; c += 4) {
        load_four(right + c, &buffers.b[present][d][place.column(c)]);
      }
#pragma unroll
      for (int r = 0; r < kThreadRows; r++) {
#pragma unroll
        for (int c = 0; c < kThreadColumns; c++) {
          sums[r][c] = fused(left[r], right[c], sums[r][c]);
        }
      }
    }
    if (more) {
      a.store(buffers.a[1 - present]);
      b.store(buffers.b[1 - present]);
    }
    present = 1 - present;
    __syncthreads();
  }
  finish_tile(launch, tile, product, place, sums,
              reinterpret_cast<float*>(&buffers));
}

template <int kRows, int kColumns, int kThreadRows, int kThreadColumns>
constexpr MatmulVariant variant() {
  return {kRows,
          kColumns,
          kDepth,
          4 * kDepth,
          ThreadLayout<kRows, kColumns, kThreadRows, kThreadColumns>::kThreads,
          matmul_kernel<kRows, kColumns, kThreadRows, kThreadColumns>};
}

}  // namespace

MatmulVariants float32_matmul(int64_t rows, int64_t columns) {
  return {variant<128, 128, 8, 8>(), variant<64, 64, 4, 4>(),
          small_matmul(rows, columns)};
}

}  // namespace interlatent::cuda
