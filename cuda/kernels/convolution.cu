// conv2d, its transpose, and the gradient by the weights as matrix products
// whose second factor is gathered while its tiles are loaded (implicit GEMM).
// The multiplication and what follows it are those of matmul.
//
//   result   rows of A, C    columns of B, C               sum over
//   output   outputs         positions of y x subjects     inputs x taps
//   input    inputs          positions of x x subjects     outputs x taps
//   weights  outputs         inputs x taps                 positions x subjects
//
// What a tap of a channel reads is computed while the plan is loaded. With a
// stride, positions of an input are divided into phases that the same taps
// reach, so that no thread multiplies zeros.
#include "cuda/kernels/convolution_loaders.h"
#include "cuda/kernels/matmul_epilogue.h"
#include "cuda/kernels/matmul_kernel.h"
#include "cuda/kernels/matmul_tiles.h"

namespace interlatent::cuda {
namespace {

template <class Tile, class Loader>
__global__ __launch_bounds__(
    kThreads,
    Tile::kRows* Tile::kColumns > 4096
        ? 2
        : 3) void convolution_kernel(IL_CONSTANT(ConvolutionLaunch) launch) {
  await_predecessors();
  using Buffers = typename Tile::Buffers;
  static_assert(Tile::kThreads == kThreads && Tile::kDepth == kDepth);
  static_assert(sizeof(Buffers) >=
                sizeof(float) * Tile::kRows * (Tile::kAcross + 1));
  IL_SHARED(Buffers, buffers);
  const uint32_t fine_part = blockIdx.x % launch.fine_parts;
  const MatmulTile tile =
      tile_of(launch.product, blockIdx.x / launch.fine_parts);
  const uint32_t group = tile.product / launch.phase_count % launch.groups;
  const Phase phase = launch.phases[tile.product % launch.phase_count];
  const int64_t first_column = int64_t{tile.column} * Tile::kColumns;
  if (first_column >= phase.count) return;
  MatmulProduct product = product_of(
      launch.product, tile.product / launch.phase_count / launch.groups);
  product.c += group * launch.c_group;
  if (product.bias != nullptr) product.bias += group * launch.product.m;
  if (product.saved != nullptr) product.saved += group * launch.c_group;
  if (product.sums != nullptr) product.sums += group * launch.product.m;
  const int64_t first_tile =
      (int64_t{tile.part} * launch.fine_parts + fine_part) *
      launch.product.part_tiles;
  const Task task = {launch,
                     phase,
                     product.a + group * launch.a_group,
                     product.b + group * launch.b_group,
                     int64_t{tile.row} * Tile::kRows,
                     first_column,
                     first_tile};
  const int64_t remaining = phase.depth_tiles - first_tile;
  const int64_t part_tiles = launch.product.part_tiles;
  Loader loader(task);
  const Tile place;
  typename Tile::Sums sums = {};
  multiply_tiles(
      place, buffers, remaining < part_tiles ? remaining : part_tiles,
      [&](int64_t) { loader.fetch(); },
      [&](int buffer) { loader.store(buffers, buffer); }, sums);
  if (launch.fine_parts > 1) {
    const uint32_t index =
        ((tile.product * launch.product.row_tiles + tile.row) *
             launch.product.column_tiles +
         tile.column) *
            launch.product.parts +
        tile.part;
    if (!add_parts<Tile>(launch.fine, fine_part, index, sums)) return;
  }
  finish_tile(
      launch.product, tile, product, place, sums,
      reinterpret_cast<float*>(&buffers),
      ResultColumns{launch, phase, phase.count},
      SharedRows{tile.product / launch.phase_count * launch.product.row_tiles +
                     tile.row,
                 phase.first_column_tile + tile.column, launch.column_tiles});
}

struct Variant {
  int64_t rows, columns;
  void (*kernel)(IL_CONSTANT(ConvolutionLaunch));
};

template <class Tile>
Variant positions(bool vectors) {
  return {Tile::kRows, Tile::kColumns,
          vectors ? convolution_kernel<Tile, PositionLoader<Tile, true>>
                  : convolution_kernel<Tile, PositionLoader<Tile, false>>};
}

template <class Tile>
Variant weights() {
  return {Tile::kRows, Tile::kColumns,
          convolution_kernel<Tile, WeightLoader<Tile>>};
}

template <int kRows, int kColumns, int kWarpRows, int kWarpColumns>
using Rounded = TensorTile<MatmulPrecision::kTf32, kRows, kColumns, kWarpRows,
                           kWarpColumns>;

// Returns the kernel for a result of `rows`. bfloat16 is computed as TF32.
Variant choose(int64_t rows, bool of_weights, bool vectors,
               MatmulPrecision precision) {
  const bool rounded = precision != MatmulPrecision::kFloat32;
  if (of_weights) {
    if (rows <= 32) {
      return rounded ? weights<Rounded<32, 64, 16, 32>>()
                     : weights<Float32Tile<32, 64, 4, 4>>();
    }
    return rounded ? weights<Rounded<64, 64, 32, 32>>()
                   : weights<Float32Tile<64, 64, 8, 4>>();
  }
  if (rows <= 16) {
    return rounded ? positions<Rounded<16, 128, 16, 32>>(vectors)
                   : positions<Float32Tile<16, 128, 4, 4>>(vectors);
  }
  if (rows <= 32) {
    return rounded ? positions<Rounded<32, 128, 32, 32>>(vectors)
                   : positions<Float32Tile<32, 128, 4, 8>>(vectors);
  }
  return rounded ? positions<Rounded<64, 128, 64, 32>>(vectors)
                 : positions<Float32Tile<64, 128, 8, 8>>(vectors);
}

class Convolution final : public Kernel {
 public:
  Convolution(RecordReader& in, const ConvolutionRecord& record,
              const Preparation& preparation)
      : Kernel(in, record, preparation) {
    const auto reach = [](const ConvolutionRecord::Axis& axis) {
      return axis.padding > INT32_MAX
                 ? INT64_MAX
                 : 2 * (axis.input + 2 * axis.padding + axis.output);
    };
    check_size(in, std::max({record.inputs * record.input_size(),
                             record.outputs * record.output_size(),
                             record.outputs * record.inputs * record.all_taps(),
                             record.count, record.groups, reach(record.rows),
                             reach(record.columns)}));
    const bool of_weights = record.result == ConvolutionResult::kWeights;
    const bool transposed = record.result == ConvolutionResult::kInput;
    add_taps(in, record, transposed, of_weights);
    MatmulLaunch& product = launch_.product;
    product.blocks = blocks_;
    product.c = locate(in, preparation, 0, record.out);
    product.b = locate(in, preparation, 1, record.first);
    product.a = locate(in, preparation, 2, record.second);
    product.rank = static_cast<int32_t>(record.dims.size());
    product.batches = static_cast<uint32_t>(record.count);
    for (size_t dim = 0; dim < record.dims.size(); dim++) {
      product.dims[dim] = static_cast<uint32_t>(record.dims[dim]);
    }
    std::ranges::copy(record.out_strides, product.c_strides);
    std::ranges::copy(record.first_strides, product.b_strides);
    std::ranges::copy(record.second_strides, product.a_strides);
    std::ranges::copy(record.bias_strides, product.bias_strides);
    std::ranges::copy(record.saved_strides, product.saved_strides);
    std::ranges::copy(record.sums_strides, product.sums_strides);
    product.bias = locate(in, preparation, record.bias_operand, record.bias);
    product.saved = locate(in, preparation, record.saved_operand, record.saved);
    product.sums = locate(in, preparation, record.sums_operand, record.sums);
    product.activation = static_cast<Activation>(record.activation);
    product.slope = record.slope;
    const int64_t of_filter = record.inputs * record.all_taps();
    const int64_t x_group = record.inputs * record.input_size();
    const int64_t y_group = record.outputs * record.output_size();
    const int64_t w_group = record.outputs * of_filter;
    launch_.groups = static_cast<uint32_t>(record.groups);
    launch_.a_group = of_weights ? y_group : w_group;
    launch_.b_group = transposed ? y_group : x_group;
    launch_.c_group = of_weights ? w_group : transposed ? x_group : y_group;
    product.m = transposed ? record.inputs : record.outputs;
    product.ldc = of_weights   ? of_filter
                  : transposed ? record.input_size()
                               : record.output_size();
    product.a_along_m = of_weights   ? record.output_size()
                        : transposed ? record.all_taps()
                                     : of_filter;
    product.saved_stride = product.ldc;
    const bool whole = is_whole(record.batch);
    product.a_vectors =
        whole && in_vectors(product.a, 0, record.second_strides);
    product.b_vectors = whole && in_vectors(product.b, 0, record.first_strides);
    product.c_vectors = (of_weights ? is_whole(of_filter) : whole) &&
                        in_vectors(product.c, 0, record.out_strides);
    const ConvolutionRecord::Axis& rows = record.rows;
    const ConvolutionRecord::Axis& columns = record.columns;
    const auto narrow = [](int64_t size) { return static_cast<int32_t>(size); };
    launch_.batch = narrow(record.batch);
    launch_.subjects = Divider(static_cast<uint32_t>(record.batch));
    launch_.source_rows = narrow(transposed ? rows.output : rows.input);
    launch_.source_columns =
        narrow(transposed ? columns.output : columns.input);
    launch_.row_step = transposed ? 1 : narrow(rows.stride);
    launch_.column_step = transposed ? 1 : narrow(columns.stride);
    launch_.result_columns =
        narrow(transposed ? columns.input : columns.output);
    launch_.result_row_step = transposed ? narrow(rows.stride) : 1;
    launch_.result_column_step = transposed ? narrow(columns.stride) : 1;
    launch_.all_columns =
        phases_.size() == 1 && (of_weights || !transposed ||
                                (rows.stride == 1 && columns.stride == 1));
    divide(in, preparation,
           choose(product.m, of_weights, product.b_vectors != 0,
                  preparation.convolution_precision));
  }

  void enqueue(cudaStream_t stream, StepState*) const override {
    IL_LAUNCH(kernel_, grid_, kThreads, 0, stream, launch_);
  }

 private:
  // Positions and distances within a group have 32 bits.
  static void check_size(const RecordReader& in, int64_t size) {
    if (size < -INT32_MAX || size > INT32_MAX)
      in.refuse("it has more than 2^31 elements per group");
  }

  // Lists what every tap of every channel reads, by phase.
  void add_taps(const RecordReader& in, const ConvolutionRecord& record,
                bool transposed, bool of_weights) {
    const ConvolutionRecord::Axis& rows = record.rows;
    const ConvolutionRecord::Axis& columns = record.columns;
    // Returns the tap's shift of a position, or kOutside if it does not reach
    // the phase.
    const auto shift = [&](const ConvolutionRecord::Axis& axis, int64_t tap,
                           int64_t phase) -> int64_t {
      const int64_t reach = tap * axis.dilation - axis.padding;
      if (!transposed) return reach;
      const int64_t from = phase - reach;
      return from % axis.stride == 0 ? from / axis.stride : kOutside;
    };
    const int64_t source_columns = transposed ? columns.output : columns.input;
    const int64_t source_size =
        transposed ? record.output_size() : record.input_size();
    const int64_t reduced = transposed ? record.outputs : record.inputs;
    const auto add_phase = [&](int64_t row, int64_t column, int64_t height,
                               int64_t width) {
      const size_t first = taps_of_host_.size();
      for (int64_t channel = 0; channel < reduced; channel++) {
        for (int64_t tap = 0; tap < record.all_taps(); tap++) {
          const int64_t down = shift(rows, tap / columns.taps, row);
          const int64_t right = shift(columns, tap % columns.taps, column);
          if (down == kOutside || right == kOutside) continue;
          const int64_t weight =
              channel * record.all_taps() * (transposed ? record.inputs : 1) +
              tap;
          const int64_t source = channel * source_size +
                                 (down * source_columns + right) * record.batch;
          check_size(in, source);
          taps_of_host_.push_back(
              {static_cast<int32_t>(down), static_cast<int32_t>(right),
               static_cast<int32_t>(source), static_cast<int32_t>(weight)});
        }
      }
      const auto count = static_cast<int64_t>(taps_of_host_.size() - first);
      while (taps_of_host_.size() % kDepth != 0)
        taps_of_host_.push_back({kOutside, 0, 0, 0});
      Phase phase{};
      phase.first_tap = static_cast<uint32_t>(first);
      phase.depth_tiles =
          static_cast<uint32_t>((taps_of_host_.size() - first) / kDepth);
      phase.count = height * width * record.batch;
      phase.first_row = static_cast<int32_t>(row);
      phase.first_column = static_cast<int32_t>(column);
      phase.columns = Divider(static_cast<uint32_t>(width));
      if (of_weights) {
        phase.count = count;
        phase.depth_tiles = static_cast<uint32_t>(rows.output * columns.output *
                                                  tiles(record.batch, kDepth));
      }
      phases_.push_back(phase);
    };
    // A convolution is like a transpose with stride 1.
    if (!transposed) return add_phase(0, 0, rows.output, columns.output);
    for (int64_t row = 0; row < std::min(rows.stride, rows.input); row++) {
      for (int64_t column = 0; column < std::min(columns.stride, columns.input);
           column++) {
        add_phase(row, column, tiles(rows.input - row, rows.stride),
                  tiles(columns.input - column, columns.stride));
      }
    }
  }

  // Divides the result into tiles and, if there are few, the sums into parts.
  void divide(const RecordReader& in, const Preparation& preparation,
              const Variant& variant) {
    MatmulLaunch& product = launch_.product;
    kernel_ = variant.kernel;
    int64_t depth_tiles = 1;
    for (Phase& phase : phases_) {
      phase.first_column_tile = launch_.column_tiles;
      launch_.column_tiles +=
          static_cast<uint32_t>(tiles(phase.count, variant.columns));
      product.n = std::max(product.n, phase.count);
      depth_tiles = std::max<int64_t>(depth_tiles, phase.depth_tiles);
    }
    const int64_t row_tiles = tiles(product.m, variant.rows);
    const int64_t column_tiles = tiles(product.n, variant.columns);
    const auto phases = static_cast<int64_t>(phases_.size());
    const int64_t of_block[] = {row_tiles, column_tiles, product.batches,
                                launch_.groups, phases};
    const int64_t parts = std::clamp<int64_t>(
        2 * int64_t{preparation.multiprocessors} /
            in.product({in.product(of_block), preparation.cut_blocks}),
        1, std::max<int64_t>(depth_tiles / kMinTiles, 1));
    const int64_t fine = std::min(tiles(parts, kMaxParts), kMaxParts);
    const int64_t coarse = std::min(parts / fine, kMaxParts);
    product.part_tiles =
        static_cast<uint32_t>(tiles(depth_tiles, coarse * fine));
    product.parts =
        static_cast<uint32_t>(tiles(depth_tiles, product.part_tiles * fine));
    launch_.fine_parts = static_cast<uint32_t>(fine);
    product.row_tiles = static_cast<uint32_t>(row_tiles);
    product.column_tiles = static_cast<uint32_t>(column_tiles);
    launch_.phase_count = static_cast<uint32_t>(phases);
    const int64_t blocks =
        in.product({in.product(of_block), preparation.blocks});
    grid_ = grid_size(in, in.product({blocks, product.parts, fine}), 1);
    Memory& memory = preparation.memory;
    if (taps_of_host_.empty()) taps_of_host_.push_back({kOutside, 0, 0, 0});
    taps_ = DeviceArray<Tap>(memory, "taps", taps_of_host_);
    device_phases_ = DeviceArray<Phase>(memory, "phases", phases_);
    launch_.taps = taps_.data();
    launch_.phases = device_phases_.data();
    taps_of_host_.clear();
    const auto cut_sums = [&](int64_t sums, int64_t count, CutSums& of) {
      of.partials =
          scratch<float>(in, preparation, "partial sums",
                         {sums, count, variant.rows, variant.columns});
      of.counters = scratch<unsigned>(in, preparation, "counters", {sums});
    };
    if (product.parts > 1) {
      cut_sums(blocks, product.parts, coarse_);
      product.partials = coarse_.partials.data();
      product.counters = coarse_.counters.data();
    }
    if (product.sums.first != nullptr && launch_.column_tiles > 1) {
      const int64_t rows = in.product(
          {row_tiles, product.batches, launch_.groups, preparation.blocks});
      row_partials_ =
          scratch<float>(in, preparation, "partial sums",
                         {rows, launch_.column_tiles, variant.rows});
      row_counters_ = scratch<unsigned>(in, preparation, "counters", {rows});
      product.row_partials = row_partials_.data();
      product.row_counters = row_counters_.data();
    }
    if (fine > 1) {
      cut_sums(blocks * product.parts, fine, fine_);
      launch_.fine = {launch_.fine_parts, fine_.partials.data(),
                      fine_.counters.data()};
    }
  }

  // Minimum length of a part, and maximum number of parts of a sum, and again
  // of a part. A thread block adds at most this many.
  static constexpr int64_t kMinTiles = 4, kMaxParts = 16;

  struct CutSums {
    DeviceArray<float> partials;
    DeviceArray<unsigned> counters;
  };

  void (*kernel_)(IL_CONSTANT(ConvolutionLaunch)) = nullptr;
  unsigned grid_ = 1;
  ConvolutionLaunch launch_{};
  std::vector<Tap> taps_of_host_;
  std::vector<Phase> phases_;
  DeviceArray<Tap> taps_;
  DeviceArray<Phase> device_phases_;
  CutSums coarse_, fine_;
  DeviceArray<float> row_partials_;
  DeviceArray<unsigned> row_counters_;
};

}  // namespace

extern const KernelFactory make_convolution =
    make_kernel<Convolution, ConvolutionRecord>;

}  // namespace interlatent::cuda
