// conv2d and its transpose: a thread computes one subject of one position of
// the result, for a few channels. The threads of a warp access neighbouring
// memory and share the weights. conv2dWeights: a thread block computes one
// weight; its threads sum over positions and subjects, and their sums are
// combined as a tree.
#include "cuda/kernel.h"
#include "cuda/leading.h"

namespace interlatent::cuda {
namespace {

constexpr unsigned kThreads = 128;
constexpr int kChannels = 4;

using Axis = ConvolutionRecord::Axis;

struct ConvolutionLaunch {
  Blocks blocks;
  Located<float> out;
  Located<const float> first, second;
  Leading leading;
  bool transposed;
  int64_t count, groups, inputs, outputs, batch;
  Axis rows, columns;
  // Sizes of the result of a group: channels, tiles of channels, elements of a
  // row, tiles of a row.
  int64_t channels, channel_tiles, row_elements, row_tiles;
  int64_t grid;  // thread blocks per block of the plan
};

// Returns the position that a position of the result reads through a tap, or -1
// if there is none. This is an input position for an output, or, if transposed,
// an output position for an input.
__device__ int64_t read_at(const Axis& axis, int64_t position, int64_t tap,
                           bool transposed) {
  if (!transposed) {
    const int64_t at =
        position * axis.stride - axis.padding + tap * axis.dilation;
    return at >= 0 && at < axis.input ? at : -1;
  }
  const int64_t reach = position + axis.padding - tap * axis.dilation;
  if (reach < 0 || reach % axis.stride != 0) return -1;
  const int64_t at = reach / axis.stride;
  return at < axis.output ? at : -1;
}

__global__ void convolution_kernel(IL_CONSTANT(ConvolutionLaunch) launch) {
  await_predecessors();
  int64_t rest = blockIdx.x % launch.grid;
  const Place place =
      launch.blocks.place(static_cast<uint32_t>(blockIdx.x / launch.grid));
  const int64_t element = rest % launch.row_tiles * kThreads + threadIdx.x;
  rest /= launch.row_tiles;
  if (element >= launch.row_elements) return;
  const bool transposed = launch.transposed;
  const int64_t height = transposed ? launch.rows.input : launch.rows.output;
  const int64_t width =
      transposed ? launch.columns.input : launch.columns.output;
  const int64_t source_height =
      transposed ? launch.rows.output : launch.rows.input;
  const int64_t source_width =
      transposed ? launch.columns.output : launch.columns.input;
  const int64_t row = rest % height;
  rest /= height;
  const int64_t channel = rest % launch.channel_tiles * kChannels;
  rest /= launch.channel_tiles;
  const int64_t group = rest % launch.groups;
  float* out = launch.out.at(place);
  const float* source = launch.first.at(place);
  const float* weights = launch.second.at(place);
  launch.leading.move(rest / launch.groups, &out, &source, &weights);
  const int64_t column = element / launch.batch;
  const int64_t subject = element % launch.batch;
  const int64_t taps = launch.rows.taps * launch.columns.taps;
  const int64_t reduced = transposed ? launch.outputs : launch.inputs;
  const int64_t from_channel =
      transposed ? taps : launch.inputs * taps;  // stride of the weights
  const int64_t from_reduced = transposed ? launch.inputs * taps : taps;
  const int64_t source_size = source_height * source_width * launch.batch;
  source += group * reduced * source_size + subject;
  weights +=
      group * launch.outputs * launch.inputs * taps + channel * from_channel;
  const int64_t remaining = launch.channels - channel;
  float sums[kChannels] = {};
  for (int64_t k = 0; k < reduced; k++) {
    for (int64_t i = 0; i < launch.rows.taps; i++) {
      const int64_t from_row = read_at(launch.rows, row, i, transposed);
      if (from_row < 0) continue;
      for (int64_t j = 0; j < launch.columns.taps; j++) {
        const int64_t from = read_at(launch.columns, column, j, transposed);
        if (from < 0) continue;
        const float x = source[k * source_size +
                               (from_row * source_width + from) * launch.batch];
        const float* tap =
            weights + k * from_reduced + i * launch.columns.taps + j;
        for (int c = 0; c < kChannels; c++) {
          if (c < remaining) sums[c] += tap[c * from_channel] * x;
        }
      }
    }
  }
  const int64_t size = height * width * launch.batch;
  out += (group * launch.channels + channel) * size +
         (row * width + column) * launch.batch + subject;
  for (int c = 0; c < kChannels; c++) {
    if (c < remaining) out[c * size] = sums[c];
  }
}

__global__ void convolution_weights_kernel(IL_CONSTANT(ConvolutionLaunch)
                                               launch) {
  await_predecessors();
  IL_SHARED(float[kThreads], folded);
  int64_t rest = blockIdx.x % launch.grid;
  const Place place =
      launch.blocks.place(static_cast<uint32_t>(blockIdx.x / launch.grid));
  const Axis& rows = launch.rows;
  const Axis& columns = launch.columns;
  const int64_t weights =
      launch.groups * launch.outputs * launch.inputs * rows.taps * columns.taps;
  const int64_t weight = rest % weights;
  float* out = launch.out.at(place);
  const float* x = launch.first.at(place);
  const float* y = launch.second.at(place);
  launch.leading.move(rest / weights, &out, &x, &y);
  rest = weight;
  const int64_t j = rest % columns.taps;
  rest /= columns.taps;
  const int64_t i = rest % rows.taps;
  rest /= rows.taps;
  const int64_t input = rest % launch.inputs;
  const int64_t output = rest / launch.inputs;
  const int64_t group = output / launch.outputs;
  x += (group * launch.inputs + input) * rows.input * columns.input *
       launch.batch;
  y += output * rows.output * columns.output * launch.batch;
  const int64_t terms = rows.output * columns.output * launch.batch;
  float sum = 0;
  for (int64_t term = threadIdx.x; term < terms; term += kThreads) {
    const int64_t subject = term % launch.batch;
    const int64_t position = term / launch.batch;
    const int64_t row = read_at(rows, position / columns.output, i, false);
    const int64_t column =
        read_at(columns, position % columns.output, j, false);
    if (row < 0 || column < 0) continue;
    sum += y[term] * x[(row * columns.input + column) * launch.batch + subject];
  }
  folded[threadIdx.x] = sum;
  __syncthreads();
  for (unsigned half = kThreads / 2; half > 0; half /= 2) {
    if (threadIdx.x < half) folded[threadIdx.x] += folded[threadIdx.x + half];
    __syncthreads();
  }
  if (threadIdx.x == 0) out[weight] = folded[0];
}

class Convolution final : public Kernel {
 public:
  Convolution(RecordReader& in, const ConvolutionRecord& record,
              const Preparation& preparation)
      : Kernel(in, record, preparation),
        weights_(record.result == ConvolutionResult::kWeights) {
    launch_.blocks = blocks_;
    launch_.out = locate(in, preparation, 0, record.out);
    launch_.first = locate(in, preparation, 1, record.first);
    launch_.second = locate(in, preparation, 2, record.second);
    launch_.leading = Leading::of(record);
    const bool transposed = record.result == ConvolutionResult::kInput;
    launch_.transposed = transposed;
    launch_.count = record.count;
    launch_.groups = record.groups;
    launch_.inputs = record.inputs;
    launch_.outputs = record.outputs;
    launch_.batch = record.batch;
    launch_.rows = record.rows;
    launch_.columns = record.columns;
    launch_.channels = transposed ? record.inputs : record.outputs;
    launch_.channel_tiles = (launch_.channels - 1) / kChannels + 1;
    const int64_t width =
        transposed ? record.columns.input : record.columns.output;
    launch_.row_elements = width * record.batch;
    launch_.row_tiles = (launch_.row_elements - 1) / kThreads + 1;
    const int64_t of_weights[] = {record.count, record.groups, record.outputs,
                                  record.inputs, record.all_taps()};
    const int64_t of_result[] = {
        record.count, record.groups, launch_.channel_tiles,
        transposed ? record.rows.input : record.rows.output, launch_.row_tiles};
    launch_.grid = weights_ ? in.product(of_weights) : in.product(of_result);
    grid_ = grid_size(in, launch_.grid, preparation.blocks);
  }

  void enqueue(cudaStream_t stream, StepState*) const override {
    if (weights_) {
      IL_LAUNCH(convolution_weights_kernel, grid_, kThreads, 0, stream,
                launch_);
    } else {
      IL_LAUNCH(convolution_kernel, grid_, kThreads, 0, stream, launch_);
    }
  }

 private:
  bool weights_;
  unsigned grid_ = 1;
  ConvolutionLaunch launch_{};
};

}  // namespace

std::unique_ptr<Kernel> make_convolution(RecordReader& in,
                                         const Preparation& preparation) {
  return std::make_unique<Convolution>(in, ConvolutionRecord(in), preparation);
}

}  // namespace interlatent::cuda
