// LSTMs and GRUs. A thread block computes all times of four subjects of a
// sequence. Four neighbouring threads share a unit, and each of them finishes
// one subject, so values that a unit carries through time stay in registers.
// Weights stay in registers, and those of many units also in shared memory.
//
// Every time is a product of the weights with vectors of the four subjects: the
// previous states, or slopes by the gates. Neighbouring threads share a sum.
// Its order depends on nothing but the number of units.
#pragma once

#include <algorithm>

#include "cuda/kernel.h"
#include "cuda/kernels/vectors.h"

namespace interlatent::cuda::recurrence {

constexpr int kSubjects = 4;  // also threads per unit
constexpr int kMaxThreads = 512;
constexpr int kMaxPassUnits = kMaxThreads / kSubjects;
// Threads that share a sum in the gradient. They compute four units.
constexpr int kGradientLanes = 16;
constexpr int kGradientUnits = kGradientLanes / kSubjects;

// A kernel is compiled for up to `kUnits` units. Registers hold all weights of
// 64 units, and a part of those of 128. Above that, a thread computes several
// units in turn, in passes, and registers hold none.
template <int kUnits>
constexpr int kThreads = std::min(kUnits * kSubjects, kMaxThreads);
template <int kUnits>
constexpr int kHeldUnits = kUnits <= 64    ? kUnits
                           : kUnits == 128 ? 48
                                           : 0;
template <int kUnits>
constexpr int kPassesOf = (kUnits - 1) / kMaxPassUnits + 1;
// Columns of a thread's weights in registers.
template <class Cell, int kUnits>
constexpr int kHeldStates =
    kHeldUnits<kUnits> == 0 ? 0
                            : kHeldUnits<kUnits> / kSubjects + Cell::kBiases;
template <class Cell, int kUnits>
constexpr int kHeldSlopes = kHeldUnits<kUnits> * Cell::kGates / kGradientLanes;

struct Launch {
  Blocks blocks;
  Located<float> out;
  Located<const float> first, weights, upstream, steps;
  bool has_steps, reverse;
  int units;
  int passes;
  int vectors;         // rows of a buffer of vectors
  int shared_columns;  // columns of a thread's weights in shared memory
  int64_t times, batch;
  int64_t pieces;   // thread blocks per sequence
  uint32_t groups;  // thread blocks per block of the plan

  // Position of the first and of the last time, and from a time to the next.
  __device__ int64_t first_at() const { return reverse ? last() : 0; }
  __device__ int64_t last_at() const { return reverse ? 0 : last(); }
  __device__ int64_t stride() const { return reverse ? -batch : batch; }

 private:
  __device__ int64_t last() const { return (times - 1) * batch; }
};

// The operands of a thread, at its subject.
struct Part {
  float* out;
  const float* first;
  const float* weights;
  const float* upstream;
  const float* steps;
  int64_t row;    // from a row of an operand to the next
  bool is_valid;  // Otherwise the subject repeats the last one.

  template <class Cell>
  __device__ static Part of(const Launch& launch, int out_rows,
                            int first_rows) {
    const Place place = launch.blocks.place(blockIdx.x / launch.groups);
    const int64_t index = blockIdx.x % launch.groups;
    const int64_t sequence = index / launch.pieces;
    const int64_t wanted =
        index % launch.pieces * kSubjects + threadIdx.x % kSubjects;
    Part part;
    part.is_valid = wanted < launch.batch;
    const int64_t subject = part.is_valid ? wanted : launch.batch - 1;
    part.row = launch.times * launch.batch;
    const int64_t states = launch.units * part.row;
    part.out = launch.out.at(place) + sequence * out_rows * states + subject;
    part.first =
        launch.first.at(place) + sequence * first_rows * states + subject;
    part.weights =
        launch.weights.at(place) +
        sequence * Cell::kGates * launch.units * (launch.units + Cell::kBiases);
    part.upstream =
        launch.upstream.first == nullptr
            ? nullptr
            : launch.upstream.at(place) + sequence * states + subject;
    part.steps = launch.has_steps
                     ? launch.steps.at(place) + sequence * part.row + subject
                     : nullptr;
    return part;
  }

  // The time is valid if this is above 0. It is compared only when it is used,
  // so that nothing waits for it earlier.
  __device__ float step(int64_t at) const {
    return steps == nullptr ? 1 : steps[at];
  }
};

// Where the weights of a thread are. Rows from `rows` on repeat the last one;
// nothing reads their sums.
struct Tile {
  const float* first;
  int row, column;  // strides
  int rows, columns;

  __device__ const float* at(int i, int j) const {
    return first + ((i < rows ? i : rows - 1) * row + j * column);
  }
  __device__ float value(int i, int j) const {
    return j < columns ? *at(i, j) : 0;
  }
  // True if the weights of a column are one aligned vector of four.
  __device__ bool has_vectors() const {
    return row == 1 && rows >= 4 && column % 4 == 0 &&
           reinterpret_cast<uintptr_t>(first) % sizeof(float4) == 0;
  }
};

// The weights of a thread. It multiplies every column by a vector and adds to
// `kRows` sums per subject. Vectors of `kLanes` threads alternate. The first
// columns are in registers, the next in shared memory, and the rest in the
// operand.
template <int kRows, int kLanes, int kHeld, bool kAllHeld>
class Weights {
 public:
  // `room`: shared memory for `shared` columns of every thread and pass.
  __device__ Weights(float* room, int shared) : room_(room), shared_(shared) {}

  __device__ void load(const Tile& tile, int pass) {
#pragma unroll
    for (int j = 0; j < kHeld; j++) {
#pragma unroll
      for (int i = 0; i < kRows; i++) held_[j][i] = tile.value(i, j);
    }
    if constexpr (!kAllHeld) {
      for (int j = 0; j < shared_; j++) {
        float* to = shared(pass, j);
        for (int i = 0; i < kRows; i++) {
          to[i * blockDim.x] = tile.value(i, kHeld + j);
        }
      }
    }
  }

  // `vectors`: first of this thread's vectors.
  __device__ void multiply(const Tile& tile, int pass, const float* vectors,
                           float (&sums)[kRows * kSubjects]) const {
#pragma unroll
    for (int j = 0; j < kHeld; j++) {
      add(held_[j], vectors + j * kStride, sums);
    }
    if constexpr (!kAllHeld) {
      int j = kHeld;
      float column[kRows];
#pragma unroll 2
      for (; j < kHeld + shared_; j++) {
        const float* from = shared(pass, j - kHeld);
#pragma unroll
        for (int i = 0; i < kRows; i++) column[i] = from[i * blockDim.x];
        add(column, vectors + j * kStride, sums);
      }
      if constexpr (kRows == 4 && kLanes == kGradientLanes) {
        if (tile.has_vectors()) {
          const float* from = tile.at(0, j);
#pragma unroll 2
          for (; j < tile.columns; j++) {
            load_four(column, from);
            from += tile.column;
            add(column, vectors + j * kStride, sums);
          }
        }
      }
      const float* rest[kRows];
#pragma unroll
      for (int i = 0; i < kRows; i++) rest[i] = tile.at(i, j);
#pragma unroll 2
      for (; j < tile.columns; j++) {
#pragma unroll
        for (int i = 0; i < kRows; i++) {
          column[i] = *rest[i];
          rest[i] += tile.column;
        }
        add(column, vectors + j * kStride, sums);
      }
    }
  }

 private:
  static constexpr int kStride = kLanes * kSubjects;

  __device__ float* shared(int pass, int j) const {
    return room_ + (pass * shared_ + j) * kRows * blockDim.x + threadIdx.x;
  }

  __device__ static void add(const float (&column)[kRows], const float* vector,
                             float (&sums)[kRows * kSubjects]) {
    float x[kSubjects];
    load_four(x, vector);
#pragma unroll
    for (int i = 0; i < kRows; i++) {
#pragma unroll
      for (int s = 0; s < kSubjects; s++) {
        sums[i * kSubjects + s] =
            fused(column[i], x[s], sums[i * kSubjects + s]);
      }
    }
  }

  float* room_;
  int shared_;
  float held_[kHeld > 0 ? kHeld : 1][kRows];
};

// Adds [kCount, kLanes] values of `kLanes` neighbouring threads. Each thread
// gets the column of its position, at values[i * kLanes].
template <int kCount, int kLanes, int kHalf = kLanes / 2>
__device__ void add_lanes(float (&values)[kCount * kLanes]) {
  const bool upper = (threadIdx.x & kHalf) != 0;
#pragma unroll
  for (int i = 0; i < kCount; i++) {
#pragma unroll
    for (int j = 0; j < kHalf; j++) {
      float& low = values[i * kLanes + j];
      const float high = values[i * kLanes + j + kHalf];
      const float sent = upper ? low : high;
      low = (upper ? high : low) + __shfl_xor_sync(0xffffffffu, sent, kHalf);
    }
  }
  if constexpr (kHalf > 1) add_lanes<kCount, kLanes, kHalf / 2>(values);
}

// Returns two buffers of zeros. The caller synchronises.
__device__ inline void clear(float* buffers, int size) {
  for (int i = static_cast<int>(threadIdx.x); i < 2 * size;
       i += static_cast<int>(blockDim.x)) {
    buffers[i] = 0;
  }
}

// Unit of a thread in a pass; it may not exist.
__device__ inline int unit_of(int pass) {
  return static_cast<int>((pass * blockDim.x + threadIdx.x) / kSubjects);
}
// Returns a unit that exists.
__device__ inline int unit_or_last(int pass, int units) {
  const int unit = unit_of(pass);
  return unit < units ? unit : units - 1;
}

template <class Cell, int kUnits>
__global__ void __launch_bounds__(kThreads<kUnits>, kUnits <= 64 ? 2 : 1)
    recurrence_kernel(Launch launch) {
  await_predecessors();
  IL_DYNAMIC_SHARED(float, room);
  constexpr int kGates = Cell::kGates;
  constexpr int kPasses = kPassesOf<kUnits>;
  constexpr int kHeld = kHeldStates<Cell, kUnits>;
  const Part part = Part::of<Cell>(launch, Cell::kSaved, kGates);
  const int lane = static_cast<int>(threadIdx.x) % kSubjects;
  const int units = launch.units;
  const int depth = units + Cell::kBiases;
  const int passes = kPasses == 1 ? 1 : launch.passes;
  const int64_t gate = units * part.row;
  const auto tile = [&](int pass) {
    const int unit = unit_or_last(pass, units);
    return Tile{part.weights + unit * depth + lane, units * depth, kSubjects,
                kGates, (depth - lane + kSubjects - 1) / kSubjects};
  };
  // Previous states, and 1 for the biases.
  const int size = launch.vectors * kSubjects;
  clear(room, size);
  Weights<kGates, kSubjects, kHeld, kUnits <= 64> weights(
      room + 2 * size, launch.shared_columns);
  for (int pass = 0; pass < passes; pass++) weights.load(tile(pass), pass);
  __syncthreads();
  if (Cell::kBiases > 0 && threadIdx.x < 2 * kSubjects) {
    room[threadIdx.x / kSubjects * size + units * kSubjects + lane] = 1;
  }
  __syncthreads();
  struct Inputs {
    float gates[kGates];
    float step;
  };
  const auto load = [&](int64_t at, int pass) {
    const float* from = part.first + unit_or_last(pass, units) * part.row + at;
    Inputs inputs;
#pragma unroll
    for (int k = 0; k < kGates; k++) inputs.gates[k] = from[k * gate];
    inputs.step = part.step(at);
    return inputs;
  };
  float h[kPasses] = {}, c[kPasses] = {};
  int64_t at = launch.first_at();
  const int64_t stride = launch.stride();
  Inputs coming = load(at, 0);
  for (int64_t i = 0; i < launch.times; i++) {
    const float* states = room + i % 2 * size;
    float* next = room + (i + 1) % 2 * size;
    for (int pass = 0; pass < passes; pass++) {
      // A single pass loads the inputs of the next time early.
      const Inputs inputs = kPasses == 1 ? coming : load(at, pass);
      if (kPasses == 1)
        coming = load(i + 1 < launch.times ? at + stride : at, 0);
      float sums[kGates * kSubjects] = {};
      weights.multiply(tile(pass), pass, states + lane * kSubjects, sums);
      add_lanes<kGates, kSubjects>(sums);
      float saved[Cell::kSaved];
      Cell::step(inputs.gates, sums, inputs.step > 0, h[pass], c[pass], saved);
      const int unit = unit_of(pass);
      if (unit >= units) continue;
      next[unit * kSubjects + lane] = h[pass];
      if (!part.is_valid) continue;
      float* out = part.out + unit * part.row + at;
#pragma unroll
      for (int k = 0; k < Cell::kSaved; k++) out[k * gate] = saved[k];
    }
    at += stride;
    __syncthreads();
  }
}

// What the gradient reads of a time.
template <class Cell>
struct Time {
  float saved[Cell::kSaved];  // without h
  float before;               // what the cell carries, at the previous time
  float upstream;
  float step;
};

template <class Cell, int kUnits>
__global__ void __launch_bounds__(kThreads<kUnits>, kUnits <= 64 ? 2 : 1)
    recurrence_gradient_kernel(Launch launch) {
  await_predecessors();
  IL_DYNAMIC_SHARED(float, room);
  constexpr int kGates = Cell::kGates;
  constexpr int kSlopes = Cell::kSlopes;
  constexpr int kPasses = kPassesOf<kUnits>;
  constexpr int kHeld = kHeldSlopes<Cell, kUnits>;
  const Part part = Part::of<Cell>(launch, kSlopes, Cell::kSaved);
  const int lane = static_cast<int>(threadIdx.x) % kGradientLanes;
  const int subject = lane % kSubjects;
  const int units = launch.units;
  const int passes = kPasses == 1 ? 1 : launch.passes;
  const int64_t gate = units * part.row;
  const auto tile = [&](int pass) {
    const int unit = unit_or_last(pass, units) & -kGradientUnits;
    const int depth = units + Cell::kBiases;
    return Tile{part.weights + lane * depth + unit, 1, kGradientLanes * depth,
                units - unit,
                (kGates * units - lane + kGradientLanes - 1) / kGradientLanes};
  };
  // Slopes by the products of the weights.
  const int size = launch.vectors * kSubjects;
  clear(room, size);
  Weights<kGradientUnits, kGradientLanes, kHeld, kUnits <= 64> weights(
      room + 2 * size, launch.shared_columns);
  for (int pass = 0; pass < passes; pass++) weights.load(tile(pass), pass);
  __syncthreads();
  const int64_t stride = launch.stride();
  const auto load = [&](int64_t i, int64_t at, int pass) {
    const int64_t row = unit_or_last(pass, units) * part.row;
    const float* from = part.first + row + at;
    Time<Cell> time;
#pragma unroll
    for (int k = 1; k < Cell::kSaved; k++) time.saved[k] = from[k * gate];
    time.before = i == 0 ? 0 : from[Cell::kCarried * gate - stride];
    time.upstream = part.upstream[row + at];
    time.step = part.step(at);
    return time;
  };
  float by_h[kPasses] = {}, by_c[kPasses] = {};
  int64_t at = launch.last_at();
  // A single pass loads values one time early, while products are computed.
  Time<Cell> coming = load(launch.times - 1, at, 0);
  for (int64_t i = launch.times; i-- > 0;) {
    float* slopes = room + i % 2 * size;
    bool counts = false;
    for (int pass = 0; pass < passes; pass++) {
      const typename Cell::Factors factors(kPasses == 1 ? coming
                                                        : load(i, at, pass));
      counts = factors.counts;
      float values[kSlopes] = {};
      by_h[pass] += factors.upstream;
      if (counts) factors.apply(by_h[pass], by_c[pass], values);
      const int unit = unit_of(pass);
      if (unit >= units) continue;
#pragma unroll
      for (int k = 0; k < kGates; k++) {
        slopes[(k * units + unit) * kSubjects + subject] =
            values[k < kGates - 1 ? k : kSlopes - 1];
      }
      if (!part.is_valid) continue;
      float* out = part.out + unit * part.row + at;
#pragma unroll
      for (int k = 0; k < kSlopes; k++) out[k * gate] = values[k];
    }
    __syncthreads();
    if (i == 0) break;
    at -= stride;
    if (kPasses == 1) coming = load(i - 1, at, 0);
    for (int pass = 0; pass < passes; pass++) {
      float sums[kGradientLanes] = {};
      weights.multiply(tile(pass), pass, slopes + lane * kSubjects, sums);
      add_lanes<1, kGradientLanes>(sums);
      if (counts) by_h[pass] += sums[0];
    }
  }
}

template <class Cell>
class Recurrence final : public Kernel {
 public:
  Recurrence(RecordReader& in, const RecurrenceRecord& record,
             const Preparation& preparation)
      : Kernel(in, record, preparation),
        is_gradient_(record.upstream != nullptr) {
    launch_.blocks = blocks_;
    launch_.out = locate(in, preparation, 0, record.out);
    launch_.first = locate(in, preparation, 1, record.first);
    launch_.weights = locate(in, preparation, 2, record.weights);
    launch_.upstream = locate(in, preparation, 3, record.upstream);
    launch_.has_steps = record.steps != nullptr;
    launch_.steps = locate(in, preparation, record.steps_operand, record.steps);
    launch_.reverse = record.reverse;
    launch_.units = static_cast<int>(record.units);
    launch_.times = record.times;
    launch_.batch = record.batch;
    launch_.pieces = (record.batch - 1) / kSubjects + 1;
    const int64_t groups = in.product({record.sequences, launch_.pieces});
    launch_.groups = static_cast<uint32_t>(groups);
    grid_ = grid_size(in, groups, preparation.blocks);
    divide(preparation.shared_bytes);
    with_kernel(
        [&](auto kernel) { allow_shared(kernel, preparation.shared_bytes); });
  }

  void enqueue(cudaStream_t stream, StepState*) const override {
    with_kernel([&](auto kernel) {
      IL_LAUNCH(kernel, grid_, threads_, shared_bytes_, stream, launch_);
    });
  }

 private:
  // Chooses the threads, and where the weights are. The buffers need at most 64
  // KB; weights fill the rest of shared memory.
  void divide(int64_t shared_bytes) {
    const int64_t units = launch_.units;
    const int64_t passes = (units - 1) / kMaxPassUnits + 1;
    const int64_t pass_units = (units - 1) / passes + 1;
    threads_ = static_cast<unsigned>((pass_units * kSubjects + 31) / 32 * 32);
    const int64_t lanes = is_gradient_ ? kGradientLanes : kSubjects;
    const int64_t rows = is_gradient_ ? kGradientUnits : Cell::kGates;
    const int64_t length =
        is_gradient_ ? Cell::kGates * units : units + Cell::kBiases;
    const int64_t columns = (length - 1) / lanes + 1;
    int64_t held = 0;
    with_units([&](auto max) {
      held = is_gradient_ ? kHeldSlopes<Cell, max> : kHeldStates<Cell, max>;
    });
    launch_.passes = static_cast<int>(passes);
    launch_.vectors = static_cast<int>(lanes * std::max(held, columns));
    const int64_t buffers = 2 * launch_.vectors * kSubjects;
    const int64_t column = passes * rows * threads_;
    const int64_t room = shared_bytes / int64_t{sizeof(float)} - buffers;
    const int64_t shared =
        std::min(room / column, columns - std::min(held, columns));
    launch_.shared_columns = static_cast<int>(shared);
    shared_bytes_ =
        static_cast<size_t>(buffers + shared * column) * sizeof(float);
  }

  template <class Use>
  void with_units(const Use& use) const {
    if (launch_.units <= 32) return use(std::integral_constant<int, 32>());
    if (launch_.units <= 64) return use(std::integral_constant<int, 64>());
    if (launch_.units <= 128) return use(std::integral_constant<int, 128>());
    use(std::integral_constant<int, kMaxUnits>());
  }

  template <class Use>
  void with_kernel(const Use& use) const {
    with_units([&](auto max) {
      use(is_gradient_ ? recurrence_gradient_kernel<Cell, max>
                       : recurrence_kernel<Cell, max>);
    });
  }

  bool is_gradient_;
  unsigned grid_ = 1, threads_ = 1;
  size_t shared_bytes_ = 0;
  Launch launch_{};
};

}  // namespace interlatent::cuda::recurrence
