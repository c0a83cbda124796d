// gru and its gradient. A thread block computes all time steps of a few
// subjects of a sequence. Each thread computes some units of some of these
// subjects.
#include "cuda/kernel.h"
#include "math/functions.h"

namespace interlatent::cuda {
namespace {

constexpr unsigned kThreads = 256;
constexpr int64_t kSubjects = 8;

struct GruLaunch {
  Blocks blocks;
  Located<float> out;
  Located<const float> first, weights, upstream, steps;
  bool has_steps, reverse;
  int64_t units, times, batch;
  int64_t pieces;   // thread blocks per sequence
  uint32_t groups;  // thread blocks per block of the plan

  __device__ int64_t time(int64_t i) const {
    return reverse ? times - 1 - i : i;
  }
};

// The operands of a thread block.
struct Part {
  float* out;
  const float* first;
  const float* weights;
  const float* upstream;
  const float* steps;
  int64_t subjects;
};

__device__ Part part_of(const GruLaunch& launch, int64_t out_rows,
                        int64_t first_rows) {
  const Place place = launch.blocks.place(blockIdx.x / launch.groups);
  const int64_t index = blockIdx.x % launch.groups;
  const int64_t sequence = index / launch.pieces;
  const int64_t subject = index % launch.pieces * kSubjects;
  const int64_t row = launch.times * launch.batch;
  const int64_t states = launch.units * row;
  const int64_t remaining = launch.batch - subject;
  Part part;
  part.out = launch.out.at(place) + sequence * out_rows * states + subject;
  part.first =
      launch.first.at(place) + sequence * first_rows * states + subject;
  part.weights = launch.weights.at(place) +
                 sequence * kGruGates * launch.units * (launch.units + 1);
  part.upstream = launch.upstream.first == nullptr
                      ? nullptr
                      : launch.upstream.at(place) + sequence * states + subject;
  part.steps = launch.has_steps
                   ? launch.steps.at(place) + sequence * row + subject
                   : nullptr;
  part.subjects = remaining < kSubjects ? remaining : kSubjects;
  return part;
}

__global__ void gru_kernel(GruLaunch launch) {
  await_predecessors();
  IL_DYNAMIC_SHARED(float, states);  // previous h, [units, subjects]
  const Part part = part_of(launch, kGruSaved, kGruGates);
  const int64_t units = launch.units;
  const int64_t row = launch.times * launch.batch;
  const int64_t gate = units * row;
  for (int64_t i = 0; i < launch.times; i++) {
    const int64_t at = launch.time(i) * launch.batch;
    const int64_t earlier = i == 0 ? 0 : launch.time(i - 1) * launch.batch;
    for (int64_t item = threadIdx.x; item < units * kSubjects;
         item += kThreads) {
      const int64_t subject = item % kSubjects;
      const int64_t unit = item / kSubjects;
      states[item] = i > 0 && subject < part.subjects
                         ? part.out[unit * row + earlier + subject]
                         : 0;
    }
    __syncthreads();
    for (int64_t item = threadIdx.x; item < units * kSubjects;
         item += kThreads) {
      const int64_t subject = item % kSubjects;
      const int64_t unit = item / kSubjects;
      if (subject >= part.subjects) continue;
      float* saved = part.out + unit * row + at + subject;
      if (part.steps != nullptr && !(part.steps[at + subject] > 0)) {
        saved[0] = states[item];
        for (int64_t k = 1; k < kGruSaved; k++) saved[k * gate] = 0;
        continue;
      }
      const float* gates = part.first + unit * row + at + subject;
      float products[kGruGates];
      for (int64_t k = 0; k < kGruGates; k++) {
        const float* weights = part.weights + (k * units + unit) * (units + 1);
        float sum = weights[units];
        for (int64_t j = 0; j < units; j++) {
          sum += weights[j] * states[j * kSubjects + subject];
        }
        products[k] = sum;
      }
      const float r = sigmoid(gates[0] + products[0]);
      const float z = sigmoid(gates[gate] + products[1]);
      const float n = hyperbolic_tangent(gates[2 * gate] + r * products[2]);
      saved[0] = (1 - z) * n + z * states[item];
      saved[gate] = r;
      saved[2 * gate] = z;
      saved[3 * gate] = n;
      saved[4 * gate] = products[2];
    }
    __syncthreads();
  }
}

__global__ void gru_gradient_kernel(GruLaunch launch) {
  await_predecessors();
  IL_DYNAMIC_SHARED(float, by_h);  // derivatives, [units, subjects]
  const Part part = part_of(launch, kGruSlopes, kGruSaved);
  const int64_t units = launch.units;
  const int64_t row = launch.times * launch.batch;
  const int64_t gate = units * row;
  for (int64_t item = threadIdx.x; item < units * kSubjects; item += kThreads) {
    by_h[item] = 0;
  }
  for (int64_t i = launch.times; i-- > 0;) {
    const int64_t at = launch.time(i) * launch.batch;
    const int64_t earlier = i == 0 ? 0 : launch.time(i - 1) * launch.batch;
    for (int64_t item = threadIdx.x; item < units * kSubjects;
         item += kThreads) {
      const int64_t subject = item % kSubjects;
      const int64_t unit = item / kSubjects;
      if (subject >= part.subjects) continue;
      const float* saved = part.first + unit * row + at + subject;
      float* slopes = part.out + unit * row + at + subject;
      const float h = by_h[item] + part.upstream[unit * row + at + subject];
      by_h[item] = h;
      if (part.steps != nullptr && !(part.steps[at + subject] > 0)) {
        for (int64_t k = 0; k < kGruSlopes; k++) slopes[k * gate] = 0;
        continue;
      }
      const float before =
          i == 0 ? 0 : part.first[unit * row + earlier + subject];
      const float r = saved[gate];
      const float z = saved[2 * gate];
      const float n = saved[3 * gate];
      const float of_n = h * (1 - z) * (1 - n * n);
      slopes[0] = of_n * saved[4 * gate] * r * (1 - r);
      slopes[gate] = h * (before - n) * z * (1 - z);
      slopes[2 * gate] = of_n;
      slopes[3 * gate] = of_n * r;
      by_h[item] = h * z;
    }
    __syncthreads();
    for (int64_t item = threadIdx.x; item < units * kSubjects;
         item += kThreads) {
      const int64_t subject = item % kSubjects;
      const int64_t unit = item / kSubjects;
      if (subject >= part.subjects) continue;
      if (part.steps != nullptr && !(part.steps[at + subject] > 0)) continue;
      const float* slopes = part.out + at + subject;
      float sum = 0;
      for (int64_t k = 0; k < kGruGates * units; k++) {
        // For the third gate use the derivative by the product that r
        // multiplies, not the one by n.
        const int64_t from = k < 2 * units ? k : k + units;
        sum += part.weights[k * (units + 1) + unit] * slopes[from * row];
      }
      by_h[item] += sum;
    }
  }
}

class Gru final : public Kernel {
 public:
  Gru(RecordReader& in, const RecurrenceRecord& record,
      const Preparation& preparation)
      : Kernel(in, record, preparation),
        is_gradient_(record.upstream != nullptr) {
    launch_.blocks = blocks_;
    launch_.out = locate(in, preparation, 0, record.out);
    launch_.first = locate(in, preparation, 1, record.first);
    launch_.weights = locate(in, preparation, 2, record.weights);
    launch_.upstream = {};
    if (is_gradient_) {
      launch_.upstream = locate(in, preparation, 3, record.upstream);
    }
    launch_.has_steps = record.steps != nullptr;
    if (launch_.has_steps) {
      launch_.steps =
          locate(in, preparation, record.steps_operand, record.steps);
    }
    launch_.reverse = record.reverse;
    launch_.units = record.units;
    launch_.times = record.times;
    launch_.batch = record.batch;
    launch_.pieces = (record.batch - 1) / kSubjects + 1;
    const int64_t groups[] = {record.sequences, launch_.pieces};
    launch_.groups = static_cast<uint32_t>(in.product(groups));
    grid_ = grid_size(in, in.product(groups), preparation.blocks);
    shared_ = static_cast<unsigned>(record.units * kSubjects * sizeof(float));
  }

  void enqueue(cudaStream_t stream, StepState*) const override {
    if (is_gradient_) {
      IL_LAUNCH(gru_gradient_kernel, grid_, kThreads, shared_, stream, launch_);
    } else {
      IL_LAUNCH(gru_kernel, grid_, kThreads, shared_, stream, launch_);
    }
  }

 private:
  bool is_gradient_;
  unsigned grid_ = 1;
  unsigned shared_ = 0;
  GruLaunch launch_{};
};

}  // namespace

std::unique_ptr<Kernel> make_gru(RecordReader& in,
                                 const Preparation& preparation) {
  return std::make_unique<Gru>(in, RecurrenceRecord(in), preparation);
}

}  // namespace interlatent::cuda
