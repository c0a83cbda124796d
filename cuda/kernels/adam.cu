// adam: a thread block updates a piece of one parameter of one run.
#include <cmath>

#include "cuda/end_step.h"
#include "cuda/kernels/pieces.h"
#include "math/adam.h"

namespace interlatent::cuda {
namespace {

constexpr unsigned kThreads = 256;
constexpr int64_t kPiece = 1024;

// Bias corrections of a step, for all parameters.
struct Corrections {
  double first;  // 1 - beta1^t
  float second;  // 1 / sqrt(1 - beta2^t)
  uint32_t valid;
};

struct CorrectionsLaunch {
  Corrections* corrections;
  const float* start;
  double beta1, beta2;
};

struct AdamLaunch {
  float* parameters;
  float* first;
  float* second;
  const float* gradients;
  const float* alive;
  const float* rates;
  const Corrections* corrections;
  const Piece* pieces;
  const AdamRecord::Segment* segments;
  float beta1, beta2, epsilon;
  OutputsLaunch outputs;  // no reports: another launch ends the step
};

// The two powers are slow, so threads of different warps compute them.
__global__ void corrections_kernel(CorrectionsLaunch launch,
                                   const StepState* state) {
  await_predecessors();
  const double t =
      static_cast<double>(state->step) + 1 - static_cast<double>(*launch.start);
  if (threadIdx.x == 0) {
    launch.corrections->first = 1 - pow(launch.beta1, t);
    // False for NaN as well.
    launch.corrections->valid = t >= 1 ? 1 : 0;
  } else if (threadIdx.x == 32) {
    launch.corrections->second =
        static_cast<float>(1 / sqrt(1 - pow(launch.beta2, t)));
  }
}

__device__ void update(const AdamLaunch& launch, StepState* state) {
  const Piece piece = launch.pieces[blockIdx.x];
  const Corrections corrections = *launch.corrections;
  if (launch.alive[piece.run] == 0.0f) return;
  // Parameters do not change in a step that failed or in later steps.
  if (state->failed_step <= state->step) return;
  const AdamRecord::Segment segment = launch.segments[piece.tensor];
  if (corrections.valid == 0) {
    if (threadIdx.x == 0) atomicMin(&state->failed_step, state->step);
    return;
  }
  const auto rate = static_cast<double>(launch.rates[segment.rate]);
  const AdamStep step{launch.beta1, launch.beta2,
                      static_cast<float>(rate / corrections.first),
                      corrections.second, launch.epsilon};
  const int64_t from =
      segment.offset + piece.run * segment.per_run + piece.start;
  for (int64_t i = threadIdx.x; i < piece.count; i += blockDim.x) {
    const int64_t at = from + i;
    adam(step, launch.gradients[at], launch.parameters + at, launch.first + at,
         launch.second + at);
  }
}

__global__ __launch_bounds__(kThreads) void adam_kernel(AdamLaunch launch,
                                                        StepState* state) {
  await_predecessors();
  update(launch, state);
  if (launch.outputs.reports != nullptr) end_step(launch.outputs, state);
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
    corrections_ =
        DeviceArray<Corrections>(preparation.memory, "adam's corrections", 1);
    prepared_ = {corrections_.data(), record.rates + record.rate_count,
                 record.beta1, record.beta2};
    launch_ = {record.parameters,
               record.first,
               record.second,
               record.gradients,
               record.alive,
               record.rates,
               corrections_.data(),
               pieces_.data(),
               segments_.data(),
               static_cast<float>(record.beta1),
               static_cast<float>(record.beta2),
               static_cast<float>(record.epsilon),
               {}};
  }

  bool prepares() const override { return true; }

  void enqueue_preparation(cudaStream_t stream,
                           const StepState* state) const override {
    IL_LAUNCH(corrections_kernel, 1, 64, 0, stream, prepared_, state);
  }

  void enqueue(cudaStream_t stream, StepState* state) const override {
    IL_LAUNCH(adam_kernel, grid_, kThreads, 0, stream, launch_, state);
  }

  // If there are many thread blocks, counting them takes longer than a launch.
  bool ends_step(const OutputsLaunch& outputs) override {
    constexpr unsigned kMaxBlocks = 256;
    if (grid_ > kMaxBlocks) return false;
    launch_.outputs = outputs;
    return true;
  }

  std::optional<Failure> failure(uint64_t step, const Place&,
                                 const Download& download) const override {
    float start = 0;
    download(&start, prepared_.start, sizeof start);
    if (static_cast<double>(step) + 1 - double{start} >= 1) return std::nullopt;
    return Failure{"out-of-range", "the step lies before adamStart, " +
                                       std::to_string(double{start})};
  }

 private:
  DeviceArray<Piece> pieces_;
  DeviceArray<AdamRecord::Segment> segments_;
  DeviceArray<Corrections> corrections_;
  unsigned grid_ = 1;
  CorrectionsLaunch prepared_{};
  AdamLaunch launch_{};
};

}  // namespace

extern const KernelFactory make_adam = make_kernel<Adam, AdamRecord>;

}  // namespace interlatent::cuda
