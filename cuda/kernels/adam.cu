// adam: a thread block takes a piece of one parameter of one run.
#include <cmath>

#include "cuda/kernels/pieces.h"
#include "math/adam.h"

namespace interlatent::cuda {
namespace {

constexpr unsigned kThreads = 256;
constexpr int64_t kPiece = 1024;

struct AdamLaunch {
  float* parameters;
  float* first;
  float* second;
  const float* gradients;
  const float* alive;
  const float* rates;
  int64_t rate_count;
  const Piece* pieces;
  const AdamRecord::Segment* segments;
  double beta1, beta2, epsilon;
};

__global__ __launch_bounds__(kThreads) void adam_kernel(AdamLaunch launch,
                                                        StepState* state) {
  IL_SHARED(AdamStep, constants);
  const Piece piece = launch.pieces[blockIdx.x];
  if (launch.alive[piece.run] == 0.0f) return;
  // Nothing is learned from a step that failed, nor from what came after.
  if (state->failed_step <= state->step) return;
  const AdamRecord::Segment segment = launch.segments[piece.tensor];
  const double t = static_cast<double>(state->step) + 1 -
                   static_cast<double>(launch.rates[launch.rate_count]);
  // Also refuses NaN.
  if (!(t >= 1)) {
    if (threadIdx.x == 0) atomicMin(&state->failed_step, state->step);
    return;
  }
  // The powers take long, so two warps share them.
  if (threadIdx.x == 0) {
    constants.beta1 = static_cast<float>(launch.beta1);
    constants.beta2 = static_cast<float>(launch.beta2);
    constants.epsilon = static_cast<float>(launch.epsilon);
    const double rate = static_cast<double>(launch.rates[segment.rate]);
    constants.rate = static_cast<float>(rate / (1 - pow(launch.beta1, t)));
  } else if (threadIdx.x == 32) {
    constants.second_correction =
        static_cast<float>(1 / sqrt(1 - pow(launch.beta2, t)));
  }
  __syncthreads();
  const AdamStep step = constants;
  const int64_t from =
      segment.offset + piece.run * segment.per_run + piece.start;
  for (int64_t i = threadIdx.x; i < piece.count; i += blockDim.x) {
    const int64_t at = from + i;
    adam(step, launch.gradients[at], launch.parameters + at, launch.first + at,
         launch.second + at);
  }
}

class Adam final : public Kernel {
 public:
  Adam(RecordReader& in, const AdamRecord& record,
       const Preparation& preparation)
      : Kernel(in, record, preparation) {
    pure_ = false;
    std::vector<Piece> pieces;
    for (size_t i = 0; i < record.segments.size(); i++) {
      add_pieces(pieces, in, i, record.runs, record.segments[i].per_run,
                 kPiece);
    }
    grid_ = static_cast<unsigned>(pieces.size());
    pieces_ = DeviceArray<Piece>(preparation.memory, "adam's pieces", pieces);
    segments_ = DeviceArray<AdamRecord::Segment>(
        preparation.memory, "adam's segments", record.segments);
    launch_ = {record.parameters, record.first,   record.second,
               record.gradients,  record.alive,   record.rates,
               record.rate_count, pieces_.data(), segments_.data(),
               record.beta1,      record.beta2,   record.epsilon};
  }

  void enqueue(cudaStream_t stream, StepState* state) const override {
    IL_LAUNCH(adam_kernel, grid_, kThreads, 0, stream, launch_, state);
  }

  std::optional<Failure> failure(uint64_t step, const Place&,
                                 const Download& download) const override {
    float start = 0;
    download(&start, launch_.rates + launch_.rate_count, sizeof start);
    if (static_cast<double>(step) + 1 - double{start} >= 1) return std::nullopt;
    return Failure{"out-of-range", "the step lies before adamStart, " +
                                       std::to_string(double{start})};
  }

 private:
  DeviceArray<Piece> pieces_;
  DeviceArray<AdamRecord::Segment> segments_;
  unsigned grid_ = 1;
  AdamLaunch launch_{};
};

}  // namespace

std::unique_ptr<Kernel> make_adam(RecordReader& in,
                                  const Preparation& preparation) {
  return std::make_unique<Adam>(in, read_adam(in), preparation);
}

}  // namespace interlatent::cuda
