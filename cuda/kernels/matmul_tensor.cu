// matmul on tensor cores. Tiles of both factors are rounded before they are
// stored in shared memory, where they are contiguous along k. Every warp keeps
// a few 16 x 8 tiles of the result in registers. The next tiles are loaded
// while the current ones are multiplied.
#include "cuda/kernels/matmul_epilogue.h"
#include "cuda/tensor_core.h"

namespace interlatent::cuda {
namespace {

constexpr int kWords = 16;  // length of a tile along k
// With this pitch eight rows of four words lie in different banks.
constexpr int kPitch = kWords + 4;

// Copies a tile of a factor, `kWide` rows or columns, to shared memory in
// groups of four words. Neighbouring threads read contiguous memory and store
// to different rows.
template <MatmulPrecision kPrecision, int kWide, int kThreads>
struct Mover {
  static constexpr int kFloats = 4 * kWordFloats<kPrecision>;
  static constexpr int kGroups = kWide * (kWords / 4) / kThreads;
  static_assert(kThreads % kWide == 0 && kThreads % 32 == 0);
  int64_t along_depth;
  bool vectors;
  int wide, group;  // position of the first four words
  int wide_step, group_step;
  const float* next[kGroups];
  bool exists[kGroups];
  float values[kGroups][kFloats];

  __device__ Mover(const float* start, int64_t wide_stride,
                   int64_t depth_stride, int64_t existing, bool in_vectors)
      : along_depth(depth_stride), vectors(in_vectors) {
    const int thread = static_cast<int>(threadIdx.x);
    if (along_depth == 1) {
      wide = thread / 32 * 8 + thread % 8;
      group = thread / 8 % 4;
      wide_step = kThreads / 32 * 8;
      group_step = 0;
    } else {
      wide = thread % kWide;
      group = thread / kWide;
      wide_step = 0;
      group_step = kThreads / kWide;
    }
#pragma unroll
    for (int g = 0; g < kGroups; g++) {
      const int64_t w = wide + g * wide_step;
      next[g] = start + w * wide_stride +
                (group + g * group_step) * kFloats * along_depth;
      exists[g] = w < existing;
    }
  }

  // Reads the next tile. `remaining` of its kDepth elements along k exist.
  __device__ void fetch(int remaining) {
#pragma unroll
    for (int g = 0; g < kGroups; g++) {
      const float* from = next[g];
      const int existing =
          exists[g] ? remaining - (group + g * group_step) * kFloats : 0;
      next[g] += kWords * kWordFloats<kPrecision> * along_depth;
      if (vectors && existing >= kFloats) {
#pragma unroll
        for (int i = 0; i < kFloats; i += 4) {
          const float4 four = *reinterpret_cast<const float4*>(from + i);
          values[g][i] = four.x;
          values[g][i + 1] = four.y;
          values[g][i + 2] = four.z;
          values[g][i + 3] = four.w;
        }
        continue;
      }
#pragma unroll
      for (int i = 0; i < kFloats; i++) {
        values[g][i] = i < existing ? *from : 0.0f;
        from += along_depth;
      }
    }
  }

  __device__ void store(uint32_t (*tile)[kPitch]) const {
    constexpr int kOne = kWordFloats<kPrecision>;
#pragma unroll
    for (int g = 0; g < kGroups; g++) {
      const float* floats = values[g];
      *reinterpret_cast<uint4*>(
          &tile[wide + g * wide_step][(group + g * group_step) * 4]) =
          uint4{rounded_word<kPrecision>(floats),
                rounded_word<kPrecision>(floats + kOne),
                rounded_word<kPrecision>(floats + 2 * kOne),
                rounded_word<kPrecision>(floats + 3 * kOne)};
    }
  }
};

// Distribution of a thread block's tile among warps and lanes.
template <int kTileRows, int kTileColumns, int kWarpRows, int kWarpColumns>
struct ThreadLayout {
  static constexpr int kRows = kTileRows;
  static constexpr int kColumns = kTileColumns;
  static constexpr int kWarpsAcross = kColumns / kWarpColumns;
  static constexpr int kThreads = 32 * (kRows / kWarpRows) * kWarpsAcross;
  static constexpr int kAcross = 4 * kWarpsAcross;
  static constexpr int kVector = 2;
  const int lane = static_cast<int>(threadIdx.x) % 32;
  const int warp = static_cast<int>(threadIdx.x) / 32;
  const int first_row = warp / kWarpsAcross * kWarpRows;
  const int first_column = warp % kWarpsAcross * kWarpColumns;
  __device__ int across() const { return warp % kWarpsAcross * 4 + lane % 4; }
  __device__ int row(int i) const { return first_row + i * 8 + lane / 4; }
  __device__ int column(int i) const {
    return first_column + i / 2 * 8 + lane % 4 * 2 + i % 2;
  }
};

template <MatmulPrecision kPrecision, int kRows, int kColumns, int kWarpRows,
          int kWarpColumns>
__global__ __launch_bounds__(
    32 * (kRows / kWarpRows) *
    (kColumns /
     kWarpColumns)) void matmul_tensor_kernel(IL_CONSTANT(MatmulLaunch)
                                                  launch) {
  await_predecessors();
  using Place = ThreadLayout<kRows, kColumns, kWarpRows, kWarpColumns>;
  constexpr int kDepth = kWords * kWordFloats<kPrecision>;
  struct alignas(16) Buffers {
    uint32_t a[2][kRows][kPitch];
    uint32_t b[2][kColumns][kPitch];
  };
  static_assert(sizeof(Buffers) >=
                sizeof(float) * kRows * (Place::kAcross + 1));
  IL_SHARED(Buffers, buffers);
  const MatmulTile tile = tile_of(launch, blockIdx.x);
  const MatmulProduct product = product_of(launch, tile.product);
  const int64_t first_row = int64_t{tile.row} * kRows;
  const int64_t first_column = int64_t{tile.column} * kColumns;
  const MatmulDepth depth = depth_of(launch, tile.part, kDepth);
  Mover<kPrecision, kRows, Place::kThreads> a(
      product.a + first_row * launch.a_along_m + depth.first * launch.a_along_k,
      launch.a_along_m, launch.a_along_k, launch.m - first_row,
      launch.a_vectors != 0);
  Mover<kPrecision, kColumns, Place::kThreads> b(
      product.b + first_column * launch.b_along_n +
          depth.first * launch.b_along_k,
      launch.b_along_n, launch.b_along_k, launch.n - first_column,
      launch.b_vectors != 0);
  const Place place;
  // Addresses that this lane passes to load_words: the rows of A in the order
  // of the fragment, and two tiles of eight columns of B.
  const int a_row = place.first_row + place.lane % 16;
  const int a_word = place.lane / 16 * 4;
  const int b_row = place.first_column + place.lane / 16 * 8 + place.lane % 8;
  const int b_word = place.lane / 8 % 2 * 4;
  float sums[kWarpRows / 8][kWarpColumns / 4] = {};
  const auto depth_from = [&](int64_t k) {
    return static_cast<int>(depth.end - k < kDepth ? depth.end - k : kDepth);
  };
  a.fetch(depth_from(depth.first));
  b.fetch(depth_from(depth.first));
  a.store(buffers.a[0]);
  b.store(buffers.b[0]);
  __syncthreads();
  int present = 0;
  for (int64_t k = depth.first; k < depth.end; k += kDepth) {
    const bool more = k + kDepth < depth.end;
    if (more) {
      a.fetch(depth_from(k + kDepth));
      b.fetch(depth_from(k + kDepth));
    }
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

template <MatmulPrecision kPrecision, int kRows, int kColumns, int kWarpRows,
          int kWarpColumns>
constexpr MatmulVariant variant() {
  constexpr int kDepth = kWords * kWordFloats<kPrecision>;
  return {kRows,
          kColumns,
          kDepth,
          4 * kDepth,
          ThreadLayout<kRows, kColumns, kWarpRows, kWarpColumns>::kThreads,
          matmul_tensor_kernel<kPrecision, kRows, kColumns, kWarpRows,
                               kWarpColumns>};
}

template <MatmulPrecision kPrecision>
MatmulVariants variants() {
  return {variant<kPrecision, 128, 128, 64, 32>(),
          variant<kPrecision, 64, 64, 32, 32>(),
          variant<kPrecision, 32, 32, 16, 16>()};
}

}  // namespace

MatmulVariants tf32_matmul() { return variants<MatmulPrecision::kTf32>(); }

MatmulVariants bfloat16_matmul() {
  return variants<MatmulPrecision::kBfloat16>();
}

}  // namespace interlatent::cuda
