// matmul on tensor cores: loads tiles of both factors for TensorTile. The next
// tiles are loaded while the current ones are multiplied.
#include "cuda/kernels/matmul_epilogue.h"
#include "cuda/kernels/matmul_tiles.h"

namespace interlatent::cuda {
namespace {

// Copies a tile of a factor, `kWide` rows or columns, to shared memory in
// groups of four words. Neighbouring threads read contiguous memory and store
// to different rows.
template <class Tile, int kWide>
struct Mover {
  static constexpr int kThreads = Tile::kThreads;
  static constexpr int kWords = Tile::kWords;
  static constexpr int kFloats = 4 * Tile::kDepth / kWords;
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
      next[g] += Tile::kDepth * along_depth;
      if (vectors && existing >= kFloats) {
#pragma unroll
        for (int i = 0; i < kFloats; i += 4) {
          load_four(values[g] + i, from + i);
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

  __device__ void store(uint32_t (*tile)[Tile::kPitch]) const {
#pragma unroll
    for (int g = 0; g < kGroups; g++) {
      Tile::put(tile, wide + g * wide_step, (group + g * group_step) * kFloats,
                values[g]);
    }
  }
};

template <class Tile>
__global__ __launch_bounds__(Tile::kThreads) void matmul_tensor_kernel(
    IL_CONSTANT(MatmulLaunch) launch) {
  await_predecessors();
  using Buffers = typename Tile::Buffers;
  constexpr int kDepth = Tile::kDepth;
  static_assert(sizeof(Buffers) >=
                sizeof(float) * Tile::kRows * (Tile::kAcross + 1));
  IL_SHARED(Buffers, buffers);
  const MatmulTile tile = tile_of(launch, blockIdx.x);
  const MatmulProduct product = product_of(launch, tile.product);
  const int64_t first_row = int64_t{tile.row} * Tile::kRows;
  const int64_t first_column = int64_t{tile.column} * Tile::kColumns;
  const MatmulDepth depth = depth_of(launch, tile.part, kDepth);
  Mover<Tile, Tile::kRows> a(
      product.a + first_row * launch.a_along_m + depth.first * launch.a_along_k,
      launch.a_along_m, launch.a_along_k, launch.m - first_row,
      launch.a_vectors != 0);
  Mover<Tile, Tile::kColumns> b(product.b + first_column * launch.b_along_n +
                                    depth.first * launch.b_along_k,
                                launch.b_along_n, launch.b_along_k,
                                launch.n - first_column, launch.b_vectors != 0);
  const Tile place;
  typename Tile::Sums sums = {};
  multiply_tiles(
      place, buffers, depth.tiles(kDepth),
      [&](int64_t i) {
        const int64_t remaining = depth.end - depth.first - i * kDepth;
        const int count =
            static_cast<int>(remaining < kDepth ? remaining : kDepth);
        a.fetch(count);
        b.fetch(count);
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

template <MatmulPrecision kPrecision, int kRows, int kColumns, int kWarpRows,
          int kWarpColumns>
constexpr MatmulVariant variant() {
  using Tile = TensorTile<kPrecision, kRows, kColumns, kWarpRows, kWarpColumns>;
  return {kRows,          kColumns,
          Tile::kDepth,   4 * Tile::kDepth,
          Tile::kThreads, matmul_tensor_kernel<Tile>};
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
