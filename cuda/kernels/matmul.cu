// matmul: a thread block computes a tile of one product. Tiles of both factors
// pass through two buffers in shared memory, the next one being fetched while
// the present one is multiplied; every thread keeps a few rows x columns of the
// result in registers. Long sums of few results are cut among thread blocks,
// and the last of them adds the parts up in order.
#include <algorithm>

#include "cuda/kernel.h"
#include "cuda/last_block.h"
#include "math/functions.h"

namespace interlatent {
namespace {

constexpr int kDepth = 16;  // of a tile, along k

struct MatmulLaunch {
  Blocks blocks;
  int64_t m, n, k;
  Located<float> c, sums;
  Located<const float> a, b, bias, saved;
  int64_t ldc, saved_stride;
  int64_t a_along_m, a_along_k, b_along_k, b_along_n;
  Activation activation;
  float slope;
  // Whether rows of c, and of saved, begin at whole vectors.
  int32_t vectors;
  int32_t rank;
  uint32_t batches;
  uint32_t dims[kMaxRank];
  int64_t c_strides[kMaxRank], a_strides[kMaxRank], b_strides[kMaxRank];
  int64_t bias_strides[kMaxRank], saved_strides[kMaxRank];
  int64_t sums_strides[kMaxRank];
  uint32_t row_tiles, column_tiles;
  // Parts of a sum, `part_tiles` tiles of k each.
  uint32_t parts, part_tiles;
  float* partials;         // [products, row tiles, column tiles, parts, tile]
  float* row_partials;     // [products, row tiles, column tiles, rows]
  unsigned* counters;      // [products, row tiles, column tiles]
  unsigned* row_counters;  // [products, row tiles]
};

// Which tile of which product a thread block computes.
struct Tile {
  uint32_t part, column, row;
  uint32_t product;  // over batches and blocks
};

__device__ inline Tile tile_of(const MatmulLaunch& launch, uint32_t index) {
  Tile tile;
  tile.part = index % launch.parts;
  index /= launch.parts;
  tile.column = index % launch.column_tiles;
  index /= launch.column_tiles;
  tile.row = index % launch.row_tiles;
  tile.product = index / launch.row_tiles;
  return tile;
}

// The operands of one product.
struct Product {
  float* c;
  float* sums;
  const float* a;
  const float* b;
  const float* bias;
  const float* saved;
};

__device__ inline Product product_of(const MatmulLaunch& launch,
                                     uint32_t index) {
  const Place place = launch.blocks.place(index / launch.batches);
  Product product = {launch.c.at(place),    launch.sums.at(place),
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

// A factor on its way to shared memory: `kWide` rows or columns x kDepth, of
// which every thread moves a few, along the axis that is contiguous.
template <int kWide, int kThreads>
struct Mover {
  static constexpr int kElements = kWide * kDepth / kThreads;
  const float* source;
  int64_t along_wide, along_depth;
  int64_t wide_end;  // elements that exist
  int wide, depth;   // of the first element
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

  // From `first` on along k, of `end`.
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

// Where a thread's rows or columns lie in a tile: in groups of four, so that
// shared memory is read in vectors without conflicts.
template <int kTile, int kOwn>
__device__ constexpr int spread(int thread, int own) {
  return own / 4 * (kTile / (kOwn / 4)) + thread * 4 + own % 4;
}

__device__ inline float finished(const MatmulLaunch& launch, float x,
                                 float bias, float saved) {
  switch (launch.activation) {
    case Activation::kNone:
      return x + bias;
    case Activation::kLeakyRelu:
      x += bias;
      return x > 0.0f ? x : launch.slope * x;
    case Activation::kTanh:
      return hyperbolic_tangent(x + bias);
    case Activation::kLeakyReluSlope:
      return saved > 0.0f ? x : x * launch.slope;
    case Activation::kTanhSlope:
      return x * (1.0f - saved * saved);
  }
  return x;
}

template <int kRows, int kColumns, int kOwnRows, int kOwnColumns>
__global__ __launch_bounds__(
    kRows / kOwnRows *
    (kColumns / kOwnColumns)) void matmul_kernel(MatmulLaunch launch) {
  constexpr int kAcross = kColumns / kOwnColumns;
  constexpr int kThreads = kRows / kOwnRows * kAcross;
  struct alignas(16) Buffers {
    float a[2][kDepth][kRows + 4];
    float b[2][kDepth][kColumns + 4];
  };
  IL_SHARED(Buffers, buffers);
  const Tile tile = tile_of(launch, blockIdx.x);
  const Product product = product_of(launch, tile.product);
  const int64_t first_row = int64_t{tile.row} * kRows;
  const int64_t first_column = int64_t{tile.column} * kColumns;
  const int64_t first_k = int64_t{tile.part} * launch.part_tiles * kDepth;
  const int64_t part_end = first_k + int64_t{launch.part_tiles} * kDepth;
  const int64_t end_k = part_end < launch.k ? part_end : launch.k;
  Mover<kRows, kThreads> a(product.a + first_row * launch.a_along_m,
                           launch.a_along_m, launch.a_along_k,
                           launch.m - first_row);
  Mover<kColumns, kThreads> b(product.b + first_column * launch.b_along_n,
                              launch.b_along_n, launch.b_along_k,
                              launch.n - first_column);
  const int down = static_cast<int>(threadIdx.x) / kAcross;
  const int across = static_cast<int>(threadIdx.x) % kAcross;
  float own[kOwnRows][kOwnColumns] = {};
  a.fetch(first_k, end_k);
  b.fetch(first_k, end_k);
  a.store(buffers.a[0]);
  b.store(buffers.b[0]);
  __syncthreads();
  int present = 0;
  for (int64_t k = first_k; k < end_k; k += kDepth) {
    const bool more = k + kDepth < end_k;
    if (more) {
      a.fetch(k + kDepth, end_k);
      b.fetch(k + kDepth, end_k);
    }
#pragma unroll
    for (int depth = 0; depth < kDepth; depth++) {
      float left[kOwnRows];
      float right[kOwnColumns];
#pragma unroll
      for (int r = 0; r < kOwnRows; r += 4) {
        const float4 four = *reinterpret_cast<const float4*>(
            &buffers.a[present][depth][spread<kRows, kOwnRows>(down, r)]);
        left[r] = four.x;
        left[r + 1] = four.y;
        left[r + 2] = four.z;
        left[r + 3] = four.w;
      }
#pragma unroll
      for (int c = 0; c < kOwnColumns; c += 4) {
        const float4 four = *reinterpret_cast<const float4*>(
            &buffers
                 .b[present][depth][spread<kColumns, kOwnColumns>(across, c)]);
        right[c] = four.x;
        right[c + 1] = four.y;
        right[c + 2] = four.z;
        right[c + 3] = four.w;
      }
#pragma unroll
      for (int r = 0; r < kOwnRows; r++) {
#pragma unroll
        for (int c = 0; c < kOwnColumns; c++) {
          own[r][c] = fused(left[r], right[c], own[r][c]);
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
  const uint32_t tiles = launch.row_tiles * launch.column_tiles;
  const uint32_t tile_index =
      tile.product * tiles + tile.row * launch.column_tiles + tile.column;
  if (launch.parts > 1) {
    // Every thread finds again what it put down itself, part by part.
    constexpr int64_t kElements = int64_t{kRows} * kColumns;
    float* partials = launch.partials +
                      int64_t{tile_index} * launch.parts * kElements +
                      threadIdx.x;
#pragma unroll
    for (int r = 0; r < kOwnRows; r++) {
#pragma unroll
      for (int c = 0; c < kOwnColumns; c++) {
        partials[tile.part * kElements + (r * kOwnColumns + c) * kThreads] =
            own[r][c];
      }
    }
    if (!is_last_block(launch.counters + tile_index, launch.parts)) return;
#pragma unroll
    for (int r = 0; r < kOwnRows; r++) {
#pragma unroll
      for (int c = 0; c < kOwnColumns; c++) {
        float sum = 0;
        for (uint32_t part = 0; part < launch.parts; part++) {
          sum += __ldcg(partials + part * kElements +
                        (r * kOwnColumns + c) * kThreads);
        }
        own[r][c] = sum;
      }
    }
  }
  float row_sums[kOwnRows] = {};
#pragma unroll
  for (int r = 0; r < kOwnRows; r++) {
    const int64_t row = first_row + spread<kRows, kOwnRows>(down, r);
    if (row >= launch.m) continue;
    const float bias = product.bias == nullptr ? 0.0f : product.bias[row];
    float* target = product.c + row * launch.ldc;
    const float* saved = product.saved == nullptr
                             ? nullptr
                             : product.saved + row * launch.saved_stride;
#pragma unroll
    for (int c = 0; c < kOwnColumns; c += 4) {
      const int64_t column =
          first_column + spread<kColumns, kOwnColumns>(across, c);
      float four[4];
#pragma unroll
      for (int i = 0; i < 4; i++) {
        if (column + i >= launch.n) continue;
        four[i] = finished(launch, own[r][c + i], bias,
                           saved == nullptr ? 0.0f : saved[column + i]);
        row_sums[r] += four[i];
        if (launch.vectors == 0) target[column + i] = four[i];
      }
      if (launch.vectors != 0 && column < launch.n) {
        *reinterpret_cast<float4*>(target + column) =
            float4{four[0], four[1], four[2], four[3]};
      }
    }
  }
  if (product.sums == nullptr) return;
  // The sums of rows: threads of a row in order, then tiles in order.
  IL_SHARED(float[kRows][kAcross + 1], parts);
#pragma unroll
  for (int r = 0; r < kOwnRows; r++) {
    parts[spread<kRows, kOwnRows>(down, r)][across] = row_sums[r];
  }
  __syncthreads();
  float* row_partials = launch.row_partials + int64_t{tile_index} * kRows;
  for (int row = static_cast<int>(threadIdx.x); row < kRows; row += kThreads) {
    if (first_row + row >= launch.m) break;
    float sum = 0;
    for (int i = 0; i < kAcross; i++) sum += parts[row][i];
    if (launch.column_tiles == 1) {
      product.sums[first_row + row] = sum;
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
  row_partials -= int64_t{tile.column} * kRows;
  for (int row = static_cast<int>(threadIdx.x); row < kRows; row += kThreads) {
    if (first_row + row >= launch.m) break;
    float sum = 0;
    for (uint32_t i = 0; i < launch.column_tiles; i++) {
      sum += __ldcg(row_partials + i * kRows + row);
    }
    product.sums[first_row + row] = sum;
  }
}

using Function = void (*)(MatmulLaunch);

struct Variant {
  int64_t rows, columns;
  unsigned threads;
  Function kernel;
};

const Variant kVariants[] = {
    {128, 128, 256, matmul_kernel<128, 128, 8, 8>},
    {64, 64, 256, matmul_kernel<64, 64, 4, 4>},
    {32, 32, 64, matmul_kernel<32, 32, 4, 4>},
};

int64_t tiles(int64_t size, int64_t tile) { return (size - 1) / tile + 1; }

// The largest tile that is mostly filled and occupies the device; where none
// does, the smallest.
const Variant& choose(const MatmulRecord& record, int64_t products,
                      uint32_t multiprocessors) {
  for (const Variant& variant : kVariants) {
    const int64_t row_tiles = tiles(record.m, variant.rows);
    const int64_t column_tiles = tiles(record.n, variant.columns);
    const double filled = static_cast<double>(record.m * record.n) /
                          static_cast<double>(row_tiles * column_tiles *
                                              variant.rows * variant.columns);
    const double blocks = static_cast<double>(row_tiles * column_tiles) *
                          static_cast<double>(products);
    if (filled > 0.7 && blocks >= multiprocessors) return variant;
  }
  return kVariants[2];
}

class Matmul final : public Kernel {
 public:
  Matmul(RecordReader& in, const MatmulRecord& record,
         const Preparation& preparation)
      : Kernel(in, record, preparation) {
    describe(in, record, preparation);
    const int64_t factors[] = {record.batches, preparation.blocks};
    const int64_t products = in.product(factors);
    const Variant& variant =
        choose(record, products, preparation.multiprocessors);
    kernel_ = variant.kernel;
    threads_ = variant.threads;
    const int64_t row_tiles = tiles(record.m, variant.rows);
    const int64_t column_tiles = tiles(record.n, variant.columns);
    const int64_t all[] = {row_tiles, column_tiles, products};
    const int64_t blocks = in.product(all);
    // Parts, where there are few results; each of some depth.
    const int64_t depth_tiles = tiles(record.k, kDepth);
    const int64_t wanted = preparation.multiprocessors / blocks;
    const int64_t most = std::clamp<int64_t>(depth_tiles / 4, 1, 16);
    const int64_t parts = std::clamp<int64_t>(wanted, 1, most);
    launch_.part_tiles = static_cast<uint32_t>((depth_tiles - 1) / parts + 1);
    launch_.parts =
        static_cast<uint32_t>((depth_tiles - 1) / launch_.part_tiles + 1);
    launch_.row_tiles = static_cast<uint32_t>(row_tiles);
    launch_.column_tiles = static_cast<uint32_t>(column_tiles);
    grid_ = grid_size(in, blocks, launch_.parts);
    Memory& memory = preparation.memory;
    if (launch_.parts > 1) {
      partials_ = DeviceArray<float>(
          memory, "partial products",
          static_cast<uint64_t>(blocks * launch_.parts * variant.rows *
                                variant.columns));
      counters_ = DeviceArray<unsigned>(memory, "counters",
                                        static_cast<uint64_t>(blocks));
      launch_.partials = partials_.data();
      launch_.counters = counters_.data();
    }
    if (record.sums.data != nullptr && column_tiles > 1) {
      row_partials_ = DeviceArray<float>(
          memory, "partial sums", static_cast<uint64_t>(blocks * variant.rows));
      row_counters_ = DeviceArray<unsigned>(
          memory, "counters", static_cast<uint64_t>(products * row_tiles));
      launch_.row_partials = row_partials_.data();
      launch_.row_counters = row_counters_.data();
    }
  }

  void enqueue(cudaStream_t stream, StepState*) const override {
    IL_LAUNCH(kernel_, grid_, threads_, 0, stream, launch_);
  }

 private:
  // An operand that may be absent.
  template <class Element>
  static Located<Element> locate_matrix(
      const RecordReader& in, const Preparation& preparation,
      const MatmulRecord::Matrix<Element*>& matrix) {
    if (matrix.data == nullptr) return {nullptr, 0, 0};
    return locate(in, preparation, matrix.operand, matrix.data);
  }

  static bool is_whole(int64_t elements) { return elements % 4 == 0; }

  void describe(const RecordReader& in, const MatmulRecord& record,
                const Preparation& preparation) {
    launch_.blocks = blocks_;
    launch_.m = record.m;
    launch_.n = record.n;
    launch_.k = record.k;
    launch_.c = locate_matrix(in, preparation, record.c);
    launch_.a = locate_matrix(in, preparation, record.a);
    launch_.b = locate_matrix(in, preparation, record.b);
    launch_.bias = locate_matrix(in, preparation, record.bias);
    launch_.saved = locate_matrix(in, preparation, record.saved);
    launch_.sums = locate_matrix(in, preparation, record.sums);
    launch_.ldc = record.ldc;
    launch_.saved_stride = record.saved_stride;
    launch_.a_along_m = record.a_along_m;
    launch_.a_along_k = record.a_along_k;
    launch_.b_along_k = record.b_along_k;
    launch_.b_along_n = record.b_along_n;
    launch_.activation = record.activation;
    launch_.slope = record.slope;
    launch_.rank = static_cast<int32_t>(record.dims.size());
    if (record.batches > INT32_MAX) in.refuse("it has more than 2^31 products");
    launch_.batches = static_cast<uint32_t>(record.batches);
    bool vectors =
        is_whole(record.n) && is_whole(record.ldc) &&
        is_whole(launch_.c.run_stride) && is_whole(launch_.c.tile_stride) &&
        reinterpret_cast<uintptr_t>(launch_.c.first) % sizeof(float4) == 0;
    for (size_t dim = 0; dim < record.dims.size(); dim++) {
      launch_.dims[dim] = static_cast<uint32_t>(record.dims[dim]);
      launch_.c_strides[dim] = record.c.strides[dim];
      launch_.a_strides[dim] = record.a.strides[dim];
      launch_.b_strides[dim] = record.b.strides[dim];
      launch_.bias_strides[dim] = record.bias.strides[dim];
      launch_.saved_strides[dim] = record.saved.strides[dim];
      launch_.sums_strides[dim] = record.sums.strides[dim];
      vectors &= is_whole(record.c.strides[dim]);
    }
    launch_.vectors = vectors ? 1 : 0;
  }

  Function kernel_ = nullptr;
  DeviceArray<float> partials_, row_partials_;
  DeviceArray<unsigned> counters_, row_counters_;
  unsigned grid_ = 1, threads_ = 1;
  MatmulLaunch launch_{};
};

}  // namespace

std::unique_ptr<Kernel> make_matmul(RecordReader& in,
                                    const Preparation& preparation) {
  return std::make_unique<Matmul>(in, read_matmul(in), preparation);
}

}  // namespace interlatent
