// matmul in float32 with few rows or columns, or few products. Up to 128 terms
// of a sum are loaded into shared memory together, so that threads wait for the
// latency of memory once per 128 terms instead of once per 16. The threads of a
// block share the sum and add their partial sums in order.
#include "cuda/kernels/matmul_epilogue.h"
#include "cuda/kernels/vectors.h"

namespace interlatent::cuda {
namespace {

constexpr int kStage = 128;  // terms along k that are loaded together
// Granularity and minimum length of the parts of a sum among thread blocks.
constexpr int kDepth = 16;
constexpr int kMinDepth = 2 * kStage;
// Number of threads for which a multiprocessor has enough registers.
constexpr int kResident = 768;
// Maximum number of thread blocks on a multiprocessor of compute capability
// 8.6, the smallest of all supported devices.
constexpr int kMaxBlocks = 16;

// Every thread stores two or four neighbouring results of a row.
template <int kTileRows, int kTileColumns>
struct ThreadLayout {
  static constexpr int kRows = kTileRows;
  static constexpr int kColumns = kTileColumns;
  static constexpr int kVector = kRows * kColumns >= 512 ? 4 : 2;
  static constexpr int kAcross = kColumns / kVector;
  static constexpr int kThreads = kRows * kAcross;
  static constexpr int kBlocks =
      kResident / kThreads < kMaxBlocks ? kResident / kThreads : kMaxBlocks;
  const int thread = static_cast<int>(threadIdx.x);
  __device__ int across() const { return thread % kAcross; }
  __device__ int row(int) const { return thread / kAcross; }
  __device__ int column(int i) const { return across() * kVector + i; }
};

// Copies `count` elements along k of a factor to shared memory. Neighbouring
// threads read along the contiguous axis.
template <int kWide, int kThreads>
__device__ void fetch(float (*stage)[kWide + 4], const float* source,
                      int64_t along_wide, int64_t along_depth, int64_t existing,
                      int count) {
  const int thread = static_cast<int>(threadIdx.x);
  if (along_depth == 1) {
    const int needed = count > 64   ? 128
                       : count > 32 ? 64
                       : count > 16 ? 32
                                    : 16;
    const int across = needed < kThreads ? needed : kThreads;
    const int step = kThreads / across;
    for (int depth = thread % across; depth < count; depth += across) {
      const float* from = source + depth + thread / across * along_wide;
#pragma unroll 8
      for (int wide = thread / across; wide < kWide; wide += step) {
        stage[depth][wide] = wide < existing ? *from : 0.0f;
        from += step * along_wide;
      }
    }
    return;
  }
  constexpr int kStep = kThreads / kWide;
  const int wide = thread % kWide;
  const bool exists = wide < existing;
  const float* from = source + wide * along_wide + thread / kWide * along_depth;
#pragma unroll 8
  for (int depth = thread / kWide; depth < count; depth += kStep) {
    stage[depth][wide] = exists ? *from : 0.0f;
    from += kStep * along_depth;
  }
}

template <int kRows, int kColumns>
__global__ __launch_bounds__(
    ThreadLayout<kRows, kColumns>::kThreads,
    ThreadLayout<kRows, kColumns>::
        kBlocks) void matmul_small_kernel(IL_CONSTANT(MatmulLaunch) launch) {
  await_predecessors();
  using Place = ThreadLayout<kRows, kColumns>;
  // During the multiplication a thread computes four rows x four columns, for
  // every kSlices-th term of the sum.
  constexpr int kPerRow = kColumns / 4;
  constexpr int kPositions = kRows / 4 * kPerRow;
  constexpr int kSlices = Place::kThreads / kPositions;
  union alignas(16) Shared {
    struct {
      float a[kStage][kRows + 4];
      float b[kStage][kColumns + 4];
    } stage;
    float parts[kSlices][kRows][kColumns];
    float row_sums[kRows * (Place::kAcross + 1)];
  };
  IL_SHARED(Shared, shared);
  const MatmulTile tile = tile_of(launch, blockIdx.x);
  const MatmulProduct product = product_of(launch, tile.product);
  const int64_t first_row = int64_t{tile.row} * kRows;
  const int64_t first_column = int64_t{tile.column} * kColumns;
  const float* a = product.a + first_row * launch.a_along_m;
  const float* b = product.b + first_column * launch.b_along_n;
  const int thread = static_cast<int>(threadIdx.x);
  const int slice = thread / kPositions;
  const int row = thread % kPositions / kPerRow * 4;
  const int column = thread % kPerRow * 4;
  float sums[4][4] = {};
  const MatmulDepth depth = depth_of(launch, tile.part, kDepth);
  for (int64_t k = depth.first; k < depth.end; k += kStage) {
    const int64_t remaining = depth.end - k;
    const int count = remaining < kStage ? static_cast<int>(remaining) : kStage;
    if (k > depth.first) __syncthreads();
    fetch<kRows, Place::kThreads>(shared.stage.a, a + k * launch.a_along_k,
                                  launch.a_along_m, launch.a_along_k,
                                  launch.m - first_row, count);
    fetch<kColumns, Place::kThreads>(shared.stage.b, b + k * launch.b_along_k,
                                     launch.b_along_n, launch.b_along_k,
                                     launch.n - first_column, count);
    __syncthreads();
#pragma unroll 4
    for (int d = slice; d < count; d += kSlices) {
      float left_four[4];
      float right_four[4];
      load_four(left_four, &shared.stage.a[d][row]);
      load_four(right_four, &shared.stage.b[d][column]);
#pragma unroll
      for (int r = 0; r < 4; r++) {
#pragma unroll
        for (int c = 0; c < 4; c++) {
          sums[r][c] = fused(left_four[r], right_four[c], sums[r][c]);
        }
      }
    }
  }
  __syncthreads();
#pragma unroll
  for (int r = 0; r < 4; r++) {
    store_vector<4>(&shared.parts[slice][row + r][column], sums[r]);
  }
  __syncthreads();
  const Place place;
  float totals[1][Place::kVector] = {};
#pragma unroll
  for (int s = 0; s < kSlices; s++) {
#pragma unroll
    for (int c = 0; c < Place::kVector; c++) {
      totals[0][c] += shared.parts[s][place.row(0)][place.column(c)];
    }
  }
  __syncthreads();
  finish_tile(launch, tile, product, place, totals, shared.row_sums, {launch.n},
              shared_rows(launch, tile));
}

template <int kRows, int kColumns>
constexpr MatmulVariant variant() {
  return {kRows,
          kColumns,
          kDepth,
          kMinDepth,
          ThreadLayout<kRows, kColumns>::kThreads,
          matmul_small_kernel<kRows, kColumns>};
}

template <int kRows>
MatmulVariant of_columns(int64_t columns) {
  if (columns <= 8) return variant<kRows, 8>();
  if (columns <= 16) return variant<kRows, 16>();
  return variant<kRows, 32>();
}

}  // namespace

MatmulVariant small_matmul(int64_t rows, int64_t columns) {
  if (rows <= 8) return of_columns<8>(columns);
  if (rows <= 16) return of_columns<16>(columns);
  return of_columns<32>(columns);
}

}  // namespace interlatent::cuda
