// cumulativeSum: a thread adds the terms of one column of one group, so that
// the threads of a warp read neighbouring memory.
#include "cuda/kernel.h"

namespace interlatent::cuda {
namespace {

constexpr unsigned kThreads = 128;

struct CumulativeSumLaunch {
  Blocks blocks;
  Located<float> out;
  Located<const float> x;
  int64_t count;  // columns of all groups
  int64_t terms, columns;
  bool reverse;
  uint32_t groups;  // thread blocks per block of the plan
};

__global__ void cumulative_sum_kernel(CumulativeSumLaunch launch) {
  await_predecessors();
  const int64_t index =
      int64_t{blockIdx.x % launch.groups} * blockDim.x + threadIdx.x;
  if (index >= launch.count) return;
  const Place place = launch.blocks.place(blockIdx.x / launch.groups);
  const int64_t stride = launch.columns;
  const int64_t first = index / stride * launch.terms * stride + index % stride;
  const float* x = launch.x.at(place) + first;
  float* out = launch.out.at(place) + first;
  float sum = 0;
  for (int64_t i = 0; i < launch.terms; i++) {
    const int64_t at = (launch.reverse ? launch.terms - 1 - i : i) * stride;
    sum += x[at];
    out[at] = sum;
  }
}

class CumulativeSum final : public Kernel {
 public:
  CumulativeSum(RecordReader& in, const CumulativeSumRecord& record,
                const Preparation& preparation)
      : Kernel(in, record, preparation) {
    launch_.blocks = blocks_;
    launch_.out = locate(in, preparation, 0, record.out);
    launch_.x = locate(in, preparation, 1, record.x);
    launch_.count = record.groups * record.columns;
    launch_.terms = record.terms;
    launch_.columns = record.columns;
    launch_.reverse = record.reverse;
    const int64_t groups = (launch_.count - 1) / kThreads + 1;
    grid_ = grid_size(in, groups, preparation.blocks);
    launch_.groups = static_cast<uint32_t>(groups);
  }

  void enqueue(cudaStream_t stream, StepState*) const override {
    IL_LAUNCH(cumulative_sum_kernel, grid_, kThreads, 0, stream, launch_);
  }

 private:
  unsigned grid_ = 1;
  CumulativeSumLaunch launch_{};
};

}  // namespace

extern const KernelFactory make_cumulative_sum =
    make_kernel<CumulativeSum, CumulativeSumRecord>;

}  // namespace interlatent::cuda
