// average: a thread sums one element over all tiles, in order.
#include "cuda/kernel.h"

namespace interlatent::cuda {
namespace {

constexpr unsigned kThreads = 256;

struct AverageLaunch {
  Blocks blocks;
  Located<float> target;
  Located<const float> tiles;
  int64_t count, stride, elements;
};

__global__ void average_kernel(AverageLaunch launch) {
  await_predecessors();
  const int64_t index = int64_t{blockIdx.x} * blockDim.x + threadIdx.x;
  if (index >= launch.elements * launch.blocks.count) return;
  const int64_t element = index % launch.elements;
  const Place place =
      launch.blocks.place(static_cast<uint32_t>(index / launch.elements));
  const float* source = launch.tiles.at(place) + element;
  float sum = source[0];
  for (int64_t tile = 1; tile < launch.count; tile++) {
    sum += source[tile * launch.stride];
  }
  const float share = 1.0f / static_cast<float>(launch.count);
  launch.target.at(place)[element] = sum * share;
}

class Average final : public Kernel {
 public:
  Average(RecordReader& in, const AverageRecord& record,
          const Preparation& preparation)
      : Kernel(in, record, preparation) {
    launch_ = {blocks_,
               locate(in, preparation, 0, record.target),
               locate(in, preparation, 1, record.copies),
               record.count,
               record.stride,
               record.elements};
    const int64_t all[] = {record.elements, preparation.blocks};
    grid_ = grid_size(in, (in.product(all) - 1) / kThreads + 1, 1);
  }

  void enqueue(cudaStream_t stream, StepState*) const override {
    IL_LAUNCH(average_kernel, grid_, kThreads, 0, stream, launch_);
  }

 private:
  unsigned grid_ = 1;
  AverageLaunch launch_{};
};

}  // namespace

extern const KernelFactory make_average = make_kernel<Average, AverageRecord>;

}  // namespace interlatent::cuda
