// guard: thread blocks search pieces of the tensors for NaN and infinity. The
// last one takes the affected runs out of training and records the step.
#include "cuda/device.h"
#include "cuda/kernels/pieces.h"
#include "cuda/kernels/vectors.h"
#include "cuda/last_block.h"
#include "math/host_device.h"

namespace interlatent::cuda {
namespace {

constexpr unsigned kThreads = 256;
constexpr int64_t kPiece = 4096;
constexpr int64_t kPieceOfSums = kThreads;

struct GuardTensor {
  float* data;
  int64_t run_stride;
  PartialSums partial;  // count 0: the tensor is complete
};

struct GuardLaunch {
  const GuardTensor* tensors;
  const Piece* pieces;
  float* alive;
  uint32_t runs;
  uint32_t guard;  // 1 + index of the kernel
  uint32_t* bad;   // [runs], then one for tensors that all runs share
  unsigned* counter;
  LostRun* lost;  // [runs]
};

__global__ __launch_bounds__(kThreads) void guard_kernel(GuardLaunch launch,
                                                         StepState* state) {
  await_predecessors();
  // The values of a failed step are meaningless, so no run is lost in it.
  if (state->failed_step <= state->step) return;
  const Piece piece = launch.pieces[blockIdx.x];
  const GuardTensor tensor = launch.tensors[piece.tensor];
  float* values = tensor.data + piece.run * tensor.run_stride + piece.start;
  bool finite = true;
  for (int64_t i = threadIdx.x; i < piece.count; i += blockDim.x) {
    if (tensor.partial.count > 0) {
      const PartialSums& partial = tensor.partial;
      const int64_t element = piece.start + i;
      const int64_t group = piece.run * partial.groups + element / partial.size;
      values[i] =
          sum_of_parts(partial.parts + group * partial.count * partial.pitch +
                           element % partial.size,
                       partial.pitch, partial.count);
    }
    finite &= is_finite(values[i]);
  }
  if (!finite) {
    atomicExch(launch.bad + (tensor.run_stride == 0 ? launch.runs : piece.run),
               1u);
  }
  if (!is_last_block(launch.counter, gridDim.x)) return;
  const bool all = __ldcg(launch.bad + launch.runs) != 0;
  for (uint32_t run = threadIdx.x; run < launch.runs; run += blockDim.x) {
    const bool bad = __ldcg(launch.bad + run) != 0 || all;
    launch.bad[run] = 0;
    if (!bad || launch.alive[run] == 0.0f) continue;
    launch.alive[run] = 0.0f;
    launch.lost[run] = {state->step, launch.guard};
    atomicExch(&state->lost, 1u);
  }
  __syncthreads();
  if (threadIdx.x == 0) launch.bad[launch.runs] = 0;
}

class Guard final : public Kernel {
 public:
  Guard(RecordReader& in, const GuardRecord& record,
        const Preparation& preparation)
      : Kernel(in, record, preparation) {
    pure_ = false;
    std::vector<Piece> pieces;
    std::vector<GuardTensor> tensors;
    for (size_t i = 0; i < record.tensors.size(); i++) {
      const GuardRecord::Tensor& tensor = record.tensors[i];
      const Operand& operand = in.operand(i + 1);
      PartialSums partial{};
      for (const PartialSums& one : preparation.partial_sums) {
        if (one.sums->slab != operand.slab ||
            one.sums->offset != operand.offset)
          continue;
        partial = one;
        if (tensor.count != one.groups * one.size ||
            tensor.runs != preparation.runs) {
          in.refuse("it does not check all of a gradient");
        }
      }
      add_pieces(pieces, in, i, tensor.runs, tensor.count,
                 partial.count > 0 ? kPieceOfSums : kPiece);
      // The operand is only read, unless the sums are this kernel's to write.
      tensors.push_back(
          {const_cast<float*>(tensor.data), tensor.run_stride, partial});
    }
    grid_ = static_cast<unsigned>(pieces.size());
    Memory& memory = preparation.memory;
    pieces_ = DeviceArray<Piece>(memory, "a guard's pieces", pieces);
    tensors_ = DeviceArray<GuardTensor>(memory, "a guard's tensors", tensors);
    const auto runs = static_cast<uint64_t>(record.runs);
    bad_ = DeviceArray<uint32_t>(memory, "a guard's findings", runs + 1);
    counter_ = DeviceArray<unsigned>(memory, "a counter", 1);
    launch_ = {tensors_.data(),       pieces_.data(),
               record.alive,          static_cast<uint32_t>(runs),
               preparation.index + 1, bad_.data(),
               counter_.data(),       preparation.lost};
  }

  void enqueue(cudaStream_t stream, StepState* state) const override {
    IL_LAUNCH(guard_kernel, grid_, kThreads, 0, stream, launch_, state);
  }

 private:
  DeviceArray<Piece> pieces_;
  DeviceArray<GuardTensor> tensors_;
  DeviceArray<uint32_t> bad_;
  DeviceArray<unsigned> counter_;
  unsigned grid_ = 1;
  GuardLaunch launch_{};
};

}  // namespace

cudaError_t load_kernel() {
  cudaFuncAttributes attributes{};
  return cudaFuncGetAttributes(&attributes,
                               reinterpret_cast<const void*>(guard_kernel));
}

extern const KernelFactory make_guard = make_kernel<Guard, GuardRecord>;

}  // namespace interlatent::cuda
