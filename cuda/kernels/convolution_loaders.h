// How a convolution loads the tiles of its two factors: by tables of what the
// taps of its channels read (cuda/kernels/convolution.cu).
#pragma once

#include "cuda/divider.h"
#include "cuda/kernels/matmul_epilogue.h"
#include "cuda/kernels/matmul_kernel.h"
#include "cuda/kernels/vectors.h"

namespace interlatent::cuda {
namespace {

constexpr int kThreads = 128;
constexpr int kDepth = 16;
// A position that is outside of every image, also after a shift.
constexpr int32_t kOutside = INT32_MIN / 2;

// Keeps a value in a register. The compiler would compute it again in a loop.
template <class Value>
__device__ inline void keep(Value& value) {
#ifdef __CUDACC__
  if constexpr (sizeof(Value) == 8) {
    asm volatile("" : "+l"(value));
  } else {
    asm volatile("" : "+r"(value));
  }
#else
  static_cast<void>(value);
#endif
}

// A tap of a channel: what it adds to the row and the column of a position, and
// the distances of its source and its weight.
struct alignas(16) Tap {
  int32_t row, column, source, weight;
};

// Positions of the result that the same taps reach: every `step`-th row and
// column from the first on.
struct Phase {
  uint32_t first_tap, depth_tiles;
  uint32_t first_column_tile;  // among those of all phases
  int64_t count;               // positions x subjects
  int32_t first_row, first_column;
  Divider columns;
};

struct ConvolutionLaunch {
  // A is `second` of the record, B is `first`. n and depth are those of the
  // largest phase.
  MatmulLaunch product;
  const Tap* taps;
  const Phase* phases;
  uint32_t groups, phase_count;
  uint32_t column_tiles;  // of all phases
  int64_t a_group, b_group, c_group;
  uint32_t fine_parts;  // of each of product.parts
  MatmulParts fine;
  // The image that taps read, and the steps of positions in it and in the
  // result.
  int32_t source_rows, source_columns, batch;
  int32_t row_step, column_step;
  int32_t result_columns, result_row_step, result_column_step;
  bool all_columns;  // columns of C are contiguous
  Divider subjects;
};

struct Position {
  int32_t row, column, subject;
};

__device__ Position position_of(const ConvolutionLaunch& launch,
                                const Phase& phase, int64_t index) {
  auto rest = static_cast<uint32_t>(index);
  Position position{};
  position.subject = static_cast<int32_t>(take_position(rest, launch.subjects));
  position.column = static_cast<int32_t>(take_position(rest, phase.columns));
  position.row = static_cast<int32_t>(rest);
  return position;
}

struct ResultColumns {
  const ConvolutionLaunch& launch;
  const Phase& phase;
  int64_t count;
  __device__ int64_t at(int64_t index) const {
    if (launch.all_columns) return index;
    const Position to = position_of(launch, phase, index);
    const int64_t row = to.row * launch.result_row_step + phase.first_row;
    const int64_t column =
        to.column * launch.result_column_step + phase.first_column;
    return (row * launch.result_columns + column) * launch.batch + to.subject;
  }
};

// The part of a product that a thread block computes.
struct Task {
  const ConvolutionLaunch& launch;
  const Phase& phase;
  const float* a;
  const float* b;
  int64_t first_row, first_column, first_tile;

  // Returns row `i` of the tile. Rows that do not exist repeat the last one;
  // their results are not stored.
  __device__ int64_t row(int i) const {
    const int64_t last = launch.product.m - 1;
    return first_row + i < last ? first_row + i : last;
  }
};

__device__ inline void load_global(float* values, const float* from) {
  const float4 four = __ldg(reinterpret_cast<const float4*>(from));
  load_four(values, &four.x);
}

// Four elements along k of rows or columns of a tile belong to a thread:
// elements `depth` to `depth` + 3 of `wide`, `wide` + kWideStep, ...
template <class Tile, int kWide>
struct Quads {
  static constexpr int kWideStep = kThreads / 4;
  static constexpr int kCount = (kWide + kWideStep - 1) / kWideStep;
  const int depth = static_cast<int>(threadIdx.x) % 4 * 4;
  const int wide = static_cast<int>(threadIdx.x) / 4;
  float values[kCount][4];

  template <class Rows>
  __device__ void store(Rows* tile) const {
#pragma unroll
    for (int q = 0; q < kCount; q++) {
      const int at = wide + q * kWideStep;
      if (kWide % kWideStep == 0 || at < kWide)
        Tile::put(tile, at, depth, values[q]);
    }
  }
};

// Loads tiles for a convolution or its transpose. A are the weights. In B a
// thread has four taps of four neighbouring columns. They are subjects of one
// position if kVectors.
template <class Tile, bool kVectors>
struct PositionLoader {
  static constexpr int kPositions = kVectors ? 1 : 4;
  const Task& task;
  Quads<Tile, Tile::kRows> a;
  const float* from_a;
  const float* from_b;
  int32_t weights[decltype(a)::kCount];
  const Tap* taps;
  const int wide = static_cast<int>(threadIdx.x) / 4 * 4;
  int32_t rows[kPositions], columns[kPositions], sources[kPositions];
  float values[4][4];

  __device__ explicit PositionLoader(const Task& of)
      : task(of), from_a(of.a), from_b(of.b) {
    static_assert(Tile::kColumns == kThreads);
    const ConvolutionLaunch& launch = task.launch;
    keep(from_a);
    keep(from_b);
    taps =
        launch.taps + task.phase.first_tap + task.first_tile * kDepth + a.depth;
#pragma unroll
    for (int q = 0; q < a.kCount; q++) {
      weights[q] = static_cast<int32_t>(task.row(a.wide + q * a.kWideStep) *
                                        launch.product.a_along_m);
      keep(weights[q]);
    }
#pragma unroll
    for (int p = 0; p < kPositions; p++) {
      const int64_t index = task.first_column + wide + p;
      const bool existing = index < task.phase.count;
      const Position at = position_of(launch, task.phase, existing ? index : 0);
      const int32_t row = at.row * launch.row_step;
      const int32_t column = at.column * launch.column_step;
      sources[p] =
          (row * launch.source_columns + column) * launch.batch + at.subject;
      rows[p] = existing ? row : kOutside;
      columns[p] = column;
      keep(sources[p]);
      keep(rows[p]);
      keep(columns[p]);
    }
  }

  __device__ void fetch() {
    const ConvolutionLaunch& launch = task.launch;
#pragma unroll
    for (int i = 0; i < 4; i++) {
      const Tap tap = taps[i];
#pragma unroll
      for (int p = 0; p < kPositions; p++) {
        const bool inside = static_cast<uint32_t>(rows[p] + tap.row) <
                                static_cast<uint32_t>(launch.source_rows) &&
                            static_cast<uint32_t>(columns[p] + tap.column) <
                                static_cast<uint32_t>(launch.source_columns);
        if constexpr (kVectors) {
          values[i][0] = values[i][1] = values[i][2] = values[i][3] = 0;
          if (inside)
            load_global(values[i], from_b + (sources[p] + tap.source));
        } else {
          values[i][p] =
              inside ? __ldg(from_b + (sources[p] + tap.source)) : 0.0f;
        }
      }
#pragma unroll
      for (int q = 0; q < a.kCount; q++) {
        a.values[q][i] = __ldg(from_a + (weights[q] + tap.weight));
      }
    }
    taps += kDepth;
  }

  __device__ void store(typename Tile::Buffers& buffers, int buffer) const {
    a.store(buffers.a[buffer]);
    Tile::put(buffers.b[buffer], wide, a.depth, values);
  }
};

// Loads tiles for the gradient by the weights. A tile along k has subjects of
// one position.
template <class Tile>
struct WeightLoader {
  const Task& task;
  Quads<Tile, Tile::kRows> a;
  Quads<Tile, Tile::kColumns> b;
  const float* outputs[decltype(a)::kCount];
  const float* from_b;
  Tap taps[decltype(b)::kCount];
  int32_t row, column, subject;  // of the next tile

  __device__ explicit WeightLoader(const Task& of) : task(of), from_b(of.b) {
    const ConvolutionLaunch& launch = task.launch;
    keep(from_b);
    const int64_t along_batch = (launch.batch - 1) / kDepth + 1;
    const int64_t position = task.first_tile / along_batch;
    subject = static_cast<int32_t>(task.first_tile % along_batch) * kDepth;
    row = static_cast<int32_t>(position / launch.result_columns);
    column = static_cast<int32_t>(position % launch.result_columns);
#pragma unroll
    for (int q = 0; q < a.kCount; q++) {
      outputs[q] = task.a + task.row(a.wide + q * a.kWideStep) *
                                launch.product.a_along_m;
      keep(outputs[q]);
    }
#pragma unroll
    for (int q = 0; q < b.kCount; q++) {
      const int64_t at = task.first_column + b.wide + q * b.kWideStep;
      taps[q] =
          at < launch.product.n ? launch.taps[at] : Tap{kOutside, 0, 0, 0};
    }
  }

  // Loads the subjects that exist.
  __device__ static void load(float* values, const float* from, int existing,
                              bool vectors) {
    if (vectors && existing >= 4) {
      load_global(values, from);
      return;
    }
#pragma unroll
    for (int i = 0; i < 4; i++)
      values[i] = i < existing ? __ldg(from + i) : 0.0f;
  }

  __device__ void fetch() {
    const ConvolutionLaunch& launch = task.launch;
    const int first = subject + a.depth;
    const int existing = launch.batch - first;
    const int64_t output =
        (int64_t{row} * launch.result_columns + column) * launch.batch + first;
#pragma unroll
    for (int q = 0; q < a.kCount; q++) {
      load(a.values[q], outputs[q] + output, existing,
           launch.product.a_vectors != 0);
    }
    const int32_t from_row = row * launch.row_step;
    const int32_t from_column = column * launch.column_step;
    const float* source =
        from_b +
        (int64_t{from_row} * launch.source_columns + from_column) *
            launch.batch +
        first;
#pragma unroll
    for (int q = 0; q < b.kCount; q++) {
      const bool inside = static_cast<uint32_t>(from_row + taps[q].row) <
                              static_cast<uint32_t>(launch.source_rows) &&
                          static_cast<uint32_t>(from_column + taps[q].column) <
                              static_cast<uint32_t>(launch.source_columns);
      load(b.values[q], source + taps[q].source, inside ? existing : 0,
           launch.product.b_vectors != 0);
    }
    subject += kDepth;
    if (subject < launch.batch) return;
    subject = 0;
    if (++column < launch.result_columns) return;
    column = 0;
    row++;
  }

  __device__ void store(typename Tile::Buffers& buffers, int buffer) const {
    a.store(buffers.a[buffer]);
    b.store(buffers.b[buffer]);
  }
};

}  // namespace
}  // namespace interlatent::cuda
