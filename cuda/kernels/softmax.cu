// softmax: a thread computes one column of one group and loops over the
// categories, so that the threads of a warp read neighbouring memory.
#include "cuda/kernel.h"
#include "math/functions.h"

namespace interlatent::cuda {
namespace {

constexpr unsigned kThreads = 128;

struct SoftmaxLaunch {
  Blocks blocks;
  Located<float> out;
  Located<const float> logits;
  int64_t count;  // columns of all groups
  int64_t categories, columns;
  uint32_t groups;  // thread blocks per block of the plan
};

__global__ void softmax_kernel(SoftmaxLaunch launch) {
  await_predecessors();
  const int64_t index =
      int64_t{blockIdx.x % launch.groups} * blockDim.x + threadIdx.x;
  if (index >= launch.count) return;
  const Place place = launch.blocks.place(blockIdx.x / launch.groups);
  const int64_t stride = launch.columns;
  const int64_t end = launch.categories * stride;
  const int64_t first = index / stride * end + index % stride;
  const float* logits = launch.logits.at(place) + first;
  float* out = launch.out.at(place) + first;
  float largest = logits[0];
  for (int64_t row = stride; row < end; row += stride) {
    const float x = logits[row];
    largest = x > largest || x != x ? x : largest;
  }
  float sum = 0;
  for (int64_t row = 0; row < end; row += stride) {
    const float power = exponential(logits[row] - largest);
    out[row] = power;
    sum += power;
  }
  for (int64_t row = 0; row < end; row += stride) out[row] /= sum;
}

class Softmax final : public Kernel {
 public:
  Softmax(RecordReader& in, const SoftmaxRecord& record,
          const Preparation& preparation)
      : Kernel(in, record, preparation) {
    launch_.blocks = blocks_;
    launch_.out = locate(in, preparation, 0, record.out);
    launch_.logits = locate(in, preparation, 1, record.logits);
    launch_.count = record.groups * record.columns;
    launch_.categories = record.categories;
    launch_.columns = record.columns;
    const int64_t groups = (launch_.count - 1) / kThreads + 1;
    grid_ = grid_size(in, groups, preparation.blocks);
    launch_.groups = static_cast<uint32_t>(groups);
  }

  void enqueue(cudaStream_t stream, StepState*) const override {
    IL_LAUNCH(softmax_kernel, grid_, kThreads, 0, stream, launch_);
  }

 private:
  unsigned grid_ = 1;
  SoftmaxLaunch launch_{};
};

}  // namespace

extern const KernelFactory make_softmax = make_kernel<Softmax, SoftmaxRecord>;

}  // namespace interlatent::cuda
