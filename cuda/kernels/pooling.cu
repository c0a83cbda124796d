// maxPool2d: a thread computes one subject of one window. Its gradient: a
// thread computes one element of x and sums over the windows in which that
// element is the first maximum, so that no two threads write the same element.
#include "cuda/kernel.h"

namespace interlatent::cuda {
namespace {

constexpr unsigned kThreads = 128;

using Axis = PoolingRecord::Axis;

struct PoolingLaunch {
  Blocks blocks;
  Located<float> out;
  Located<const float> x, upstream;
  int64_t count;  // of results
  int64_t batch;
  Axis rows, columns;
  uint32_t groups;  // thread blocks per block of the plan
};

struct Range {
  int64_t first, end;
};

__device__ Range window(const Axis& axis, int64_t at) {
  const int64_t first = at * axis.stride - axis.padding;
  const int64_t end = first + axis.size;
  return {first < 0 ? 0 : first, end < axis.input ? end : axis.input};
}

// Returns the windows that contain an element.
__device__ Range windows_of(const Axis& axis, int64_t at) {
  const int64_t reach = at + axis.padding;
  const int64_t first =
      reach < axis.size ? 0 : (reach - axis.size) / axis.stride + 1;
  const int64_t end = reach / axis.stride + 1;
  return {first, end < axis.output ? end : axis.output};
}

// Returns the offset of the first maximum of a window, for one subject of one
// channel. A NaN counts as the maximum.
__device__ int64_t max_position(const PoolingLaunch& launch, const float* x,
                                int64_t row, int64_t column) {
  const Range rows = window(launch.rows, row);
  const Range columns = window(launch.columns, column);
  int64_t place =
      (rows.first * launch.columns.input + columns.first) * launch.batch;
  for (int64_t i = rows.first; i < rows.end; i++) {
    for (int64_t j = columns.first; j < columns.end; j++) {
      const int64_t at = (i * launch.columns.input + j) * launch.batch;
      if (x[at] > x[place] || x[at] != x[at]) place = at;
    }
  }
  return place;
}

__global__ void pooling_kernel(PoolingLaunch launch) {
  await_predecessors();
  int64_t index =
      int64_t{blockIdx.x % launch.groups} * blockDim.x + threadIdx.x;
  if (index >= launch.count) return;
  const Place place = launch.blocks.place(blockIdx.x / launch.groups);
  float* out = launch.out.at(place) + index;
  const int64_t subject = index % launch.batch;
  index /= launch.batch;
  const int64_t column = index % launch.columns.output;
  index /= launch.columns.output;
  const int64_t row = index % launch.rows.output;
  const float* x = launch.x.at(place) +
                   index / launch.rows.output * launch.rows.input *
                       launch.columns.input * launch.batch +
                   subject;
  *out = x[max_position(launch, x, row, column)];
}

__global__ void pooling_gradient_kernel(PoolingLaunch launch) {
  await_predecessors();
  int64_t index =
      int64_t{blockIdx.x % launch.groups} * blockDim.x + threadIdx.x;
  if (index >= launch.count) return;
  const Place place = launch.blocks.place(blockIdx.x / launch.groups);
  float* out = launch.out.at(place) + index;
  const int64_t subject = index % launch.batch;
  index /= launch.batch;
  const int64_t column = index % launch.columns.input;
  index /= launch.columns.input;
  const int64_t row = index % launch.rows.input;
  const int64_t channel = index / launch.rows.input;
  const float* x =
      launch.x.at(place) +
      channel * launch.rows.input * launch.columns.input * launch.batch +
      subject;
  const float* upstream =
      launch.upstream.at(place) +
      channel * launch.rows.output * launch.columns.output * launch.batch +
      subject;
  const int64_t position = (row * launch.columns.input + column) * launch.batch;
  const Range rows = windows_of(launch.rows, row);
  const Range columns = windows_of(launch.columns, column);
  float sum = 0;
  for (int64_t i = rows.first; i < rows.end; i++) {
    for (int64_t j = columns.first; j < columns.end; j++) {
      if (max_position(launch, x, i, j) != position) continue;
      sum += upstream[(i * launch.columns.output + j) * launch.batch];
    }
  }
  *out = sum;
}

class Pooling final : public Kernel {
 public:
  Pooling(RecordReader& in, const PoolingRecord& record,
          const Preparation& preparation)
      : Kernel(in, record, preparation),
        is_gradient_(record.upstream != nullptr) {
    launch_.blocks = blocks_;
    launch_.out = locate(in, preparation, 0, record.out);
    launch_.x = locate(in, preparation, 1, record.x);
    launch_.upstream = locate(in, preparation, 2, record.upstream);
    launch_.batch = record.batch;
    launch_.rows = record.rows;
    launch_.columns = record.columns;
    const int64_t positions = is_gradient_
                                  ? record.rows.input * record.columns.input
                                  : record.rows.output * record.columns.output;
    launch_.count = record.channels * positions * record.batch;
    const int64_t groups = (launch_.count - 1) / kThreads + 1;
    grid_ = grid_size(in, groups, preparation.blocks);
    launch_.groups = static_cast<uint32_t>(groups);
  }

  void enqueue(cudaStream_t stream, StepState*) const override {
    if (is_gradient_) {
      IL_LAUNCH(pooling_gradient_kernel, grid_, kThreads, 0, stream, launch_);
    } else {
      IL_LAUNCH(pooling_kernel, grid_, kThreads, 0, stream, launch_);
    }
  }

 private:
  bool is_gradient_;
  unsigned grid_ = 1;
  PoolingLaunch launch_{};
};

}  // namespace

extern const KernelFactory make_pooling = make_kernel<Pooling, PoolingRecord>;

}  // namespace interlatent::cuda
