// meanAbsJacobian and its gradient, one launch each. A thread block keeps the
// weights of one latent's network in shared memory and computes 32 subjects per
// step, one per lane; its warps share the units of each layer. Sums over the
// batch are cut among thread blocks, and the last one adds the partial sums in
// order.
#include <algorithm>

#include "cuda/kernel.h"
#include "cuda/last_block.h"
#include "math/jacobian.h"

namespace interlatent::cuda {
namespace {

constexpr int kThreads = 256;
constexpr int kColumns = 32;
constexpr int kWarps = kThreads / kColumns;
// Distance from one unit's row to the next. It is odd, so that rows spread over
// the banks.
constexpr int kRow = static_cast<int>(kJacobianRowRoom);

struct JacobianLaunch {
  Blocks blocks;
  Located<float> out;
  Located<const float> sensitivity, first, second, upstream;
  Located<const float> weight[3];
  JacobianGradientLayout gradient;
  int64_t batch;
  int32_t groups, parents, size, hidden;
  int32_t skipped;  // leading rows of the sensitivity that are not used
  float slope;
  // Thread blocks per group; steps of 32 subjects per thread block and of the
  // whole batch.
  uint32_t cuts, steps, all_steps;
  float* partials;    // [blocks, groups, cuts, sums]
  unsigned* counter;  // [blocks, groups]
};

// The network of one latent of one run, as a thread computes it: one subject
// and every `kWarps`-th unit of each layer.
struct Network {
  const float *sensitivity, *first, *second;
  const float *w0, *w1, *w2;  // shared
  float *s, *u, *v;           // rows of units, shared
  int size, hidden, parents;
  float slope;
  int warp, lane;
  int64_t batch, subject;
  bool exists;

  __device__ float at(const float* layer, int unit) const {
    return exists ? layer[unit * batch + subject] : 0.0f;
  }

  // Calls visit(unit, index of the unit's element for this thread's subject).
  template <class Visit>
  __device__ void units(int count, const Visit& visit) const {
    for (int unit = warp; unit < count; unit += kWarps) {
      visit(unit, unit * kRow + lane);
    }
  }

  // Returns the sum over k of weights[k x stride] times unit k of `rows`.
  __device__ float product(const float* weights, int stride, const float* rows,
                           int count) const {
    float sum = 0;
    for (int k = 0; k < count; k++) {
      sum = fused(weights[k * stride], rows[k * kRow + lane], sum);
    }
    return sum;
  }

  __device__ void take_step(uint32_t step) {
    subject = int64_t{step} * kColumns + lane;
    exists = subject < batch;
  }

  // Fills s, u and v, which are 0 where there is no subject. Calls
  // `before(unit, element, x)` with the value x that is multiplied by the
  // derivative of tanh.
  template <class Before>
  __device__ void forward(const Before& before) const {
    units(size, [&](int k, int e) { s[e] = at(sensitivity, k); });
    __syncthreads();
    units(hidden, [&](int h, int e) {
      u[e] =
          product(w2 + h, hidden, s, size) * leaky_side(at(second, h), slope);
    });
    __syncthreads();
    units(hidden, [&](int h, int e) {
      const float x = product(w1 + h, hidden, u, hidden);
      before(h, e, x);
      v[e] = x * tanh_side(at(first, h));
    });
    __syncthreads();
  }

  __device__ float derivative(int parent) const {
    return product(w0 + parent, parents, v, hidden);
  }
};

// Copies the three weight matrices of a group to shared memory, in sequence.
__device__ void load_weights(const JacobianLaunch& launch, const Place& place,
                             int group, float* target) {
  const int counts[] = {launch.hidden * launch.parents,
                        launch.hidden * launch.hidden,
                        launch.size * launch.hidden};
  for (int i = 0; i < 3; i++) {
    const float* source =
        launch.weight[i].at(place) + int64_t{group} * counts[i];
    for (int e = static_cast<int>(threadIdx.x); e < counts[i]; e += kThreads) {
      target[e] = source[e];
    }
    target += counts[i];
  }
}

// The work of a thread block, and the partial sums of its group.
struct Share {
  Place place;
  int group;
  uint32_t cut, cuts, begin, end;
  float* partials;
  unsigned* counter;

  __device__ Share(const JacobianLaunch& launch, int sums)
      : cut(blockIdx.x % launch.cuts), cuts(launch.cuts) {
    const uint32_t index = blockIdx.x / launch.cuts;
    const auto groups = static_cast<uint32_t>(launch.groups);
    group = static_cast<int>(index % groups);
    place = launch.blocks.place(index / groups);
    begin = cut * launch.steps;
    end = begin + launch.steps < launch.all_steps ? begin + launch.steps
                                                  : launch.all_steps;
    partials = launch.partials + int64_t{index} * cuts * sums;
    counter = launch.counter + index;
  }

  // True if this is the last thread block of the group. Call it after all
  // partial sums of the cut are written.
  __device__ bool is_last() const { return is_last_block(counter, cuts); }

  __device__ float total(int sum, int sums) const {
    float result = __ldcg(partials + sum);
    for (uint32_t i = 1; i < cuts; i++) {
      result += __ldcg(partials + i * sums + sum);
    }
    return result;
  }
};

__device__ Network network_of(const JacobianLaunch& launch, const Share& share,
                              const float* weights, float* rows) {
  Network network;
  const int64_t group = share.group;
  const int64_t layer = group * launch.hidden * launch.batch;
  network.sensitivity =
      launch.sensitivity.at(share.place) +
      (group * (launch.skipped + launch.size) + launch.skipped) * launch.batch;
  network.first = launch.first.at(share.place) + layer;
  network.second = launch.second.at(share.place) + layer;
  network.w0 = weights;
  network.w1 = network.w0 + launch.hidden * launch.parents;
  network.w2 = network.w1 + launch.hidden * launch.hidden;
  network.s = rows;
  network.u = network.s + launch.size * kRow;
  network.v = network.u + launch.hidden * kRow;
  network.size = launch.size;
  network.hidden = launch.hidden;
  network.parents = launch.parents;
  network.slope = launch.slope;
  network.warp = static_cast<int>(threadIdx.x) / kColumns;
  network.lane = static_cast<int>(threadIdx.x) % kColumns;
  network.batch = launch.batch;
  return network;
}

__host__ __device__ inline int weight_count(const JacobianLaunch& launch) {
  return launch.hidden * (launch.parents + launch.hidden + launch.size);
}

__global__ void mean_abs_jacobian_kernel(JacobianLaunch launch) {
  await_predecessors();
  IL_DYNAMIC_SHARED(float, room);
  const int parents = launch.parents;
  const Share share(launch, parents);
  float* rows = room + weight_count(launch);
  Network network = network_of(launch, share, room, rows);
  float* sums = network.v + launch.hidden * kRow;
  load_weights(launch, share.place, share.group, room);
  network.units(parents, [&](int, int e) { sums[e] = 0; });
  for (uint32_t step = share.begin; step < share.end; step++) {
    network.take_step(step);
    network.forward([](int, int, float) {});
    network.units(parents, [&](int p, int e) {
      sums[e] += fabsf(network.derivative(p));
    });
  }
  float* out =
      launch.out.at(share.place) + int64_t{share.group} * launch.parents;
  const float scale = 1.0f / static_cast<float>(launch.batch);
  network.units(parents, [&](int p, int e) {
    float sum = sums[e];
    for (unsigned half = kColumns / 2; half > 0; half /= 2) {
      sum += __shfl_xor_sync(0xffffffffu, sum, half);
    }
    if (network.lane != 0) return;
    if (share.cuts == 1) {
      out[p] = sum * scale;
    } else {
      share.partials[share.cut * parents + p] = sum;
    }
  });
  if (share.cuts == 1 || !share.is_last()) return;
  for (int p = static_cast<int>(threadIdx.x); p < parents; p += kThreads) {
    out[p] = share.total(p, parents) * scale;
  }
}

// Adds the products of the units of two layers, summed over the subjects of a
// step, to the sums of the weights. Every sum belongs to one thread.
__device__ void add_products(float* sums, const float* left, const float* right,
                             int lefts, int rights) {
  for (int e = static_cast<int>(threadIdx.x); e < lefts * rights;
       e += kThreads) {
    const float* x = left + e / rights * kRow;
    const float* y = right + e % rights * kRow;
    float sum = 0;
    for (int c = 0; c < kColumns; c++) sum = fused(x[c], y[c], sum);
    sums[e] += sum;
  }
}

__global__ void mean_abs_jacobian_grad_kernel(JacobianLaunch launch) {
  await_predecessors();
  IL_DYNAMIC_SHARED(float, room);
  const int weights = weight_count(launch);
  const Share share(launch, weights);
  const int parents = launch.parents;
  const int hidden = launch.hidden;
  const int size = launch.size;
  float* sums = room + weights;
  Network network = network_of(launch, share, room, sums + weights);
  // After the forward rows: the derivatives by J, and those that flow back to
  // the two layers.
  float* r = network.v + hidden * kRow;
  float* to_first = r + parents * kRow;
  float* to_second = to_first + hidden * kRow;
  load_weights(launch, share.place, share.group, room);
  for (int e = static_cast<int>(threadIdx.x); e < weights; e += kThreads) {
    sums[e] = 0;
  }
  float* out = launch.out.at(share.place);
  const auto part = [&](int index) {
    return out + part_start(launch.gradient, share.group, index);
  };
  float* by_sensitivity = part(kBySensitivity);
  float* by_first = part(kByFirst);
  const float* upstream =
      launch.upstream.at(share.place) + int64_t{share.group} * parents;
  const float scale = 1.0f / static_cast<float>(launch.batch);
  const auto store = [&](float* target, int unit, float value) {
    if (network.exists) target[unit * network.batch + network.subject] = value;
  };
  for (uint32_t step = share.begin; step < share.end; step++) {
    network.take_step(step);
    network.forward([&](int, int e, float x) { to_first[e] = x; });
    network.units(parents, [&](int p, int e) {
      r[e] = upstream[p] * scale * side_of(network.derivative(p));
    });
    __syncthreads();
    network.units(hidden, [&](int h, int e) {
      const float back =
          network.product(network.w0 + h * parents, 1, r, parents);
      const float result = network.at(network.first, h);
      store(by_first, h, -2.0f * result * to_first[e] * back);
      to_first[e] = back * tanh_side(result);
    });
    __syncthreads();
    network.units(hidden, [&](int h, int e) {
      to_second[e] =
          network.product(network.w1 + h * hidden, 1, to_first, hidden) *
          leaky_side(network.at(network.second, h), network.slope);
    });
    __syncthreads();
    network.units(launch.skipped,
                  [&](int k, int) { store(by_sensitivity, k, 0); });
    network.units(size, [&](int k, int) {
      store(by_sensitivity, launch.skipped + k,
            network.product(network.w2 + k * hidden, 1, to_second, hidden));
    });
    float* next = sums;
    add_products(next, network.v, r, hidden, parents);
    next += hidden * parents;
    add_products(next, network.u, to_first, hidden, hidden);
    next += hidden * hidden;
    add_products(next, network.s, to_second, size, hidden);
    __syncthreads();
  }
  const int ends[] = {hidden * parents, hidden * (parents + hidden), weights};
  const auto write = [&](int e, float sum) {
    const int index = e < ends[0] ? 0 : e < ends[1] ? 1 : 2;
    part(kByWeight0 + index)[index == 0 ? e : e - ends[index - 1]] = sum;
  };
  float* partials =
      share.cuts == 1 ? nullptr : share.partials + share.cut * weights;
  for (int e = static_cast<int>(threadIdx.x); e < weights; e += kThreads) {
    if (partials == nullptr) {
      write(e, sums[e]);
    } else {
      partials[e] = sums[e];
    }
  }
  if (partials == nullptr || !share.is_last()) return;
  for (int e = static_cast<int>(threadIdx.x); e < weights; e += kThreads) {
    write(e, share.total(e, weights));
  }
}

class Jacobian final : public Kernel {
 public:
  Jacobian(RecordReader& in, const JacobianRecord& record,
           const Preparation& preparation)
      : Kernel(in, record, preparation), result_(record.result) {
    launch_.blocks = blocks_;
    launch_.out = locate(in, preparation, 0, record.out);
    launch_.sensitivity = locate(in, preparation, 1, record.sensitivity);
    launch_.first = locate(in, preparation, 2, record.first);
    launch_.second = locate(in, preparation, 3, record.second);
    for (size_t i = 0; i < 3; i++) {
      launch_.weight[i] = locate(in, preparation, 4 + i, record.weight[i]);
    }
    launch_.upstream = locate(in, preparation, 7, record.upstream);
    launch_.gradient = record.gradient;
    launch_.batch = record.batch;
    launch_.parents = static_cast<int32_t>(record.parents);
    launch_.size = static_cast<int32_t>(record.size);
    launch_.skipped = static_cast<int32_t>(record.rows - record.size);
    launch_.hidden = static_cast<int32_t>(record.hidden);
    launch_.slope = record.slope;
    const bool mean = result_ == JacobianResult::kMean;
    const int64_t units = mean ? 2 * record.hidden : 4 * record.hidden;
    const int64_t floats =
        record.weights * (mean ? 1 : 2) +
        kJacobianRowRoom * (units + record.size + record.parents);
    shared_bytes_ = static_cast<size_t>(floats) * sizeof(float);
    cut(in, record, preparation, mean ? record.parents : record.weights);
  }

  void enqueue(cudaStream_t stream, StepState*) const override {
    const auto kernel = result_ == JacobianResult::kMean
                            ? mean_abs_jacobian_kernel
                            : mean_abs_jacobian_grad_kernel;
    IL_LAUNCH(kernel, grid_, unsigned{kThreads}, shared_bytes_, stream,
              launch_);
  }

 private:
  // Cuts the batch among thread blocks until they occupy the device.
  void cut(const RecordReader& in, const JacobianRecord& record,
           const Preparation& preparation, int64_t sums) {
    const int64_t steps = (record.batch - 1) / kColumns + 1;
    const int64_t all = in.product({record.groups, preparation.blocks});
    if (all > INT32_MAX || steps > INT32_MAX) {
      in.refuse("it needs more than 2^31 thread blocks");
    }
    const int64_t wanted = int64_t{preparation.multiprocessors} * 4 /
                           in.product({record.groups, preparation.cut_blocks});
    const int64_t max = std::clamp<int64_t>(wanted, 1, steps);
    const int64_t steps_per_cut = (steps - 1) / max + 1;
    const int64_t cuts = (steps - 1) / steps_per_cut + 1;
    launch_.groups = static_cast<int32_t>(record.groups);
    launch_.steps = static_cast<uint32_t>(steps_per_cut);
    launch_.all_steps = static_cast<uint32_t>(steps);
    launch_.cuts = static_cast<uint32_t>(cuts);
    grid_ = grid_size(in, record.groups * cuts, preparation.blocks);
    if (cuts == 1) return;
    partials_ =
        scratch<float>(in, preparation, "partial sums", {all, cuts, sums});
    counters_ = scratch<unsigned>(in, preparation, "counters", {all});
    if (cuts < wanted) growing_bytes_ = partials_.bytes();
    launch_.partials = partials_.data();
    launch_.counter = counters_.data();
  }

  JacobianResult result_;
  DeviceArray<float> partials_;
  DeviceArray<unsigned> counters_;
  unsigned grid_ = 1;
  size_t shared_bytes_ = 0;
  JacobianLaunch launch_{};
};

}  // namespace

extern const KernelFactory make_jacobian =
    make_kernel<Jacobian, JacobianRecord>;

}  // namespace interlatent::cuda
