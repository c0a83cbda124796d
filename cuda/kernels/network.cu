// network and its gradient, one launch each. The gradient recomputes the hidden
// layers instead of loading them. How the batch is cut among thread blocks
// depends only on the shape and on the number of blocks of the whole fit, so
// the bits depend on nothing else. The last thread block adds the partial sums
// in order.
#include <algorithm>
#include <cmath>

#include "cuda/kernels/network_gradient.h"

namespace interlatent::cuda {
namespace network {
namespace {

// Target number of thread blocks in a launch.
constexpr int64_t kOutputBlocks = 1024;
constexpr int64_t kGradientBlocks = 256;
// Shared memory of the largest network in bytes. The limit belongs to a kernel,
// so it must be sufficient for every launch of it.
constexpr size_t kMaxShared = kMaxNetworkRoom * sizeof(float);

// Stores the outputs of a step, or their difference from the target.
__device__ void store(const Network& network, uint32_t step) {
  const NetworkLaunch& launch = network.launch;
  const Share& share = network.share;
  constexpr int kLast = kLayers - 1;
  const Layer& last = launch.layers[kLast];
  float* out = launch.out.at(share.place, share.group);
  const float* target = launch.target.at(share.place, share.group);
  multiply(network.weights(kLast), last.pitch, 1, last.units, last.terms,
           network.inputs(kLast),
           [&](int row, int column, const float(&sums)[kTile]) {
             float* to = out + row * launch.out.leading;
             const float* from = target + row * launch.target.leading;
             network.each_subject(
                 step, column, sums, [&](int64_t subject, float sum) {
                   if (target != nullptr) {
                     sum -= from[subject];
                     if (launch.order == NetworkTarget::kTargetMinusOutputs)
                       sum = -sum;
                   }
                   to[subject] = sum;
                 });
           });
}

template <bool kMixture>
__global__ void __launch_bounds__(kThreads, 3)
    network_kernel(NetworkLaunch launch) {
  await_predecessors();
  IL_DYNAMIC_SHARED(float, room);
  const Share share(launch);
  const Network network{launch, share, room};
  network.load_weights();
  for (uint32_t step = share.begin; step < share.end; step++) {
    network.load_inputs(step);
    __syncthreads();
    for (int i = 0; i < kLayers - 1; i++) {
      network.hidden(i);
      __syncthreads();
      network.store_hidden(i, step);
    }
    if constexpr (kMixture) {
      network.theta();
      __syncthreads();
      network.mixture(step, false);
    } else {
      store(network, step);
    }
    __syncthreads();
  }
}

class NetworkLayers final : public Kernel {
 public:
  NetworkLayers(RecordReader& in, const NetworkRecord& record,
                const Preparation& preparation)
      : Kernel(in, record, preparation), result_(record.result) {
    const auto of = [&](const auto& source, auto& target) {
      if (source.data == nullptr) return;
      target.first = locate(in, preparation, source.operand, source.data);
      target.group = source.group;
      target.leading = source.leading;
    };
    of(record.x, launch_.x);
    of(record.upstream, launch_.upstream);
    of(record.out, launch_.out);
    of(record.by_x, launch_.by_x);
    of(record.z, launch_.z);
    of(record.by_z, launch_.by_z);
    launch_.components = static_cast<int32_t>(record.components);
    launch_.limits = {record.log_scale_min, record.log_scale_max};
    of(record.target, launch_.target);
    of(record.added, launch_.added);
    for (int i = 0; i < kLayers - 1; i++)
      of(record.saved[i], launch_.stored[i]);
    launch_.order = record.order;
    launch_.scale = record.scale;
    int64_t at = 0;
    const auto take = [&](int64_t floats) {
      const int64_t start = at;
      at += floats;
      return static_cast<int32_t>(start);
    };
    for (int i = 0; i < kLayers; i++) {
      of(record.weight[i], launch_.weight[i]);
      of(record.bias[i], launch_.bias[i]);
      of(record.by_weight[i], launch_.by_weight[i]);
      of(record.by_bias[i], launch_.by_bias[i]);
      Layer& layer = launch_.layers[i];
      layer.units = static_cast<int32_t>(record.widths[i + 1]);
      layer.terms = static_cast<int32_t>(record.terms(i));
      layer.pitch = static_cast<int32_t>(record.pitch(i));
      layer.tiles_down = static_cast<int32_t>(record.tiles_down(i));
      layer.tiles_across = static_cast<int32_t>(record.tiles_across(i));
      layer.inputs_at = take(kRow * record.terms(i));
      // The slopes of the last layer also hold theta of a mixture.
      const bool is_theta = i == kLayers - 1 && record.components > 0;
      if (!is_outputs() || is_theta) {
        layer.slopes_at = take(kRow * record.widths[i + 1]);
      }
    }
    for (int i = 0; i < kLayers; i++) {
      launch_.layers[i].weights_at =
          take(record.widths[i + 1] * record.pitch(i));
    }
    for (int i = 0; i < kLayers - 1; i++) {
      launch_.activation[i] = record.activation[i];
      launch_.slope[i] = record.slope[i];
    }
    launch_.blocks = blocks_;
    launch_.batch = record.batch;
    launch_.pieces = static_cast<int32_t>(record.tiles());
    shared_bytes_ = static_cast<size_t>(at) * sizeof(float);
    while (slots_ * kThreads < record.tiles()) slots_ *= 2;
    cut(in, record, preparation);
    launch([](auto kernel) { allow_shared(kernel, kMaxShared); });
  }

  void enqueue(cudaStream_t stream, StepState*) const override {
    launch([&](auto kernel) {
      IL_LAUNCH(kernel, grid_, unsigned{kThreads}, shared_bytes_, stream,
                launch_);
    });
  }

 private:
  bool is_outputs() const { return result_ == NetworkResult::kOutputs; }

  template <class Use>
  void launch(const Use& use) const {
    if (is_outputs()) {
      return launch_.components > 0 ? use(network_kernel<true>)
                                    : use(network_kernel<false>);
    }
    switch (slots_) {
      case 1:
        return use(network_grad_kernel<1>);
      case 2:
        return use(network_grad_kernel<2>);
      case 4:
        return use(network_grad_kernel<4>);
      default:
        return use(network_grad_kernel<8>);
    }
  }

  // Cuts the batch into enough thread blocks. One of them adds all partial
  // sums, so their number is limited: adding them takes no longer than
  // computing one.
  void cut(const RecordReader& in, const NetworkRecord& record,
           const Preparation& preparation) {
    const int64_t steps = (record.batch - 1) / kColumns + 1;
    const int64_t dims[] = {record.groups, preparation.blocks};
    const int64_t all_dims[] = {record.groups, preparation.cut_blocks};
    const int64_t blocks = in.product(dims);
    if (blocks > INT32_MAX || steps > INT32_MAX) {
      in.refuse("it needs more than 2^31 thread blocks");
    }
    const int64_t wanted =
        (is_outputs() ? kOutputBlocks : kGradientBlocks) / in.product(all_dims);
    const auto limit =
        is_outputs()
            ? steps
            : static_cast<int64_t>(4 * std::sqrt(static_cast<double>(steps)));
    const int64_t max = std::clamp<int64_t>(wanted, 1, std::min(limit, steps));
    const int64_t steps_per_cut = (steps - 1) / max + 1;
    const int64_t cuts = (steps - 1) / steps_per_cut + 1;
    launch_.groups = static_cast<int32_t>(record.groups);
    launch_.steps = static_cast<uint32_t>(steps_per_cut);
    launch_.all_steps = static_cast<uint32_t>(steps);
    launch_.cuts = static_cast<uint32_t>(cuts);
    grid_ = grid_size(in, record.groups * cuts, preparation.blocks);
    if (is_outputs()) return;
    Memory& memory = preparation.memory;
    if (cuts > 1) {
      const int64_t part_dims[] = {blocks, cuts, kTile, record.tiles()};
      parts_ = DeviceArray<float4>(
          memory, "partial sums", static_cast<uint64_t>(in.product(part_dims)));
      part_counters_ = DeviceArray<unsigned>(memory, "counters",
                                             static_cast<uint64_t>(blocks));
      if (cuts < wanted) growing_bytes_ += parts_.bytes();
      launch_.parts = parts_.data();
      launch_.part_counter = part_counters_.data();
    }
    const bool adds = record.by_x.data != nullptr && record.by_x.group == 0;
    if (adds && record.groups > 1) {
      const int64_t share_dims[] = {blocks, record.widths[0], record.batch};
      shares_ =
          DeviceArray<float>(memory, "partial sums",
                             static_cast<uint64_t>(in.product(share_dims)));
      share_counters_ = DeviceArray<unsigned>(
          memory, "counters", static_cast<uint64_t>(preparation.blocks * cuts));
      growing_bytes_ += shares_.bytes();
      launch_.shares = shares_.data();
      launch_.share_counter = share_counters_.data();
    }
  }

  NetworkResult result_;
  DeviceArray<float4> parts_;
  DeviceArray<float> shares_;
  DeviceArray<unsigned> part_counters_, share_counters_;
  unsigned grid_ = 1;
  size_t shared_bytes_ = 0;
  int slots_ = 1;
  NetworkLaunch launch_{};
};

}  // namespace
}  // namespace network

std::unique_ptr<Kernel> make_network(RecordReader& in,
                                     const Preparation& preparation) {
  return std::make_unique<network::NetworkLayers>(in, NetworkRecord(in),
                                                  preparation);
}

}  // namespace interlatent::cuda
