// network and its gradient, one launch each. The gradient recomputes the hidden
// layers instead of loading them. How the batch is cut among thread blocks
// depends only on the shape and on the number of blocks of the whole fit, so
// the bits depend on nothing else. The last thread block adds the partial sums
// in order.
#include <algorithm>
#include <cmath>
#include <tuple>

#include "cuda/kernels/network_gradient.h"

namespace interlatent::cuda {
namespace network {
namespace {

// Target number of thread blocks in a launch.
constexpr int64_t kOutputBlocks = 1024;
constexpr int64_t kGradientBlocks = 256;
// Subjects per step. If steps of many subjects do not give every multiprocessor
// a thread block, steps have few.
constexpr int64_t kManyBlocks = 128;
constexpr int kManySubjects = 64;
constexpr int kFewSubjects = 16;
// Shared memory of the largest network in bytes. The limit belongs to a kernel,
// so it must be sufficient for every launch of it.
constexpr size_t kMaxShared = kMaxNetworkRoom * sizeof(float);

template <MatmulPrecision kPrecision, int kSubjects>
__global__ void __launch_bounds__(kThreads, 3)
    network_kernel(IL_CONSTANT(NetworkLaunch) launch) {
  await_predecessors();
  IL_DYNAMIC_SHARED(float, room);
  const Share share(launch);
  const Network<kPrecision, kSubjects> network{launch, share, room};
  network.load_weights();
  for (uint32_t step = share.begin; step < share.end; step++) {
    network.load_rows(0, launch.x, launch.layers[0].terms, step);
    await_copies();
    __syncthreads();
#pragma unroll 1
    for (int i = 0; i < kLast; i++) {
      network.hidden(i, step);
      __syncthreads();
      network.store_hidden(i, step);
    }
    network.outputs(step, launch.components > 0);
    __syncthreads();
    if (launch.components > 0) {
      network.mixture(step, false);
      __syncthreads();
    }
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
      target.vectors = are_aligned(target);
    };
    of(record.x, launch_.x);
    of(record.upstream, launch_.upstream);
    of(record.out, launch_.out);
    of(record.by_x, launch_.by_x);
    of(record.z, launch_.z);
    launch_.z.leading = launch_.z.group;  // the groups are its rows
    if (record.part > 0) {
      const auto rows = static_cast<int32_t>(record.part_rows);
      launch_.x.part_rows = launch_.z.part_rows = rows;
      launch_.x.gap = record.part - rows * launch_.x.leading;
      launch_.z.gap = record.part - rows * launch_.z.leading;
      launch_.x.vectors = launch_.x.vectors && record.part % 4 == 0;
    }
    of(record.by_z, launch_.by_z);
    launch_.components = static_cast<int32_t>(record.components);
    launch_.limits = {record.log_scale_min, record.log_scale_max};
    of(record.target, launch_.target);
    of(record.added, launch_.added);
    for (int i = 0; i < kLayers - 1; i++) {
      of(record.saved[i], launch_.stored[i]);
      launch_.activation[i] = record.activation[i];
      launch_.slope[i] = record.slope[i];
    }
    launch_.order = record.order;
    launch_.scale = record.scale;
    for (int i = 0; i < kLayers; i++) {
      of(record.weight[i], launch_.weight[i]);
      of(record.bias[i], launch_.bias[i]);
      of(record.by_weight[i], launch_.by_weight[i]);
      of(record.by_bias[i], launch_.by_bias[i]);
    }
    launch_.blocks = blocks_;
    launch_.batch = record.batch;
    subjects_ = kManySubjects;
    place(record);
    if (in.product({record.groups, preparation.cut_blocks,
                    (record.batch - 1) / kManySubjects + 1}) < kManyBlocks ||
        shared_bytes() > kMaxShared) {
      subjects_ = kFewSubjects;
      place(record);
    }
    if (shared_bytes() > kMaxShared) in.refuse("the network is too large");
    // bfloat16 is rounded to TF32, which is closer.
    rounds_ = preparation.matmul_precision != MatmulPrecision::kFloat32 &&
              (is_outputs() || tiles(kWarpTile, kWarpTile) <= 4 * kWarps);
    if (rounds_) {
      const int count = tiles(kWarpTile, kWarpTile);
      max_tiles_ = count <= kWarps ? 1 : count <= 2 * kWarps ? 2 : 4;
    } else if (tiles(kNarrowRows, kTileColumns) <= 2 * kThreads) {
      max_tiles_ = 1;
    } else {
      const int count = tiles(kTileRows, kTileColumns);
      max_tiles_ = count <= 2 * kThreads ? 2 : 4;
      if (!is_outputs() && count > 4 * kThreads) in.refuse("it is too large");
    }
    cut(in, record, preparation);
    launch([](auto kernel) { allow_shared(kernel, kMaxShared); });
  }

  void enqueue(cudaStream_t stream, StepState*) const override {
    launch([&](auto kernel) {
      IL_LAUNCH(kernel, grid_, unsigned{kThreads}, shared_bytes(), stream,
                launch_);
    });
  }

 private:
  bool is_outputs() const { return result_ == NetworkResult::kOutputs; }
  size_t shared_bytes() const {
    return static_cast<size_t>(launch_.room) * sizeof(float);
  }

  template <class Element>
  static bool are_aligned(const Matrices<Element>& matrices) {
    const auto address = reinterpret_cast<uintptr_t>(matrices.first.first);
    return address % sizeof(float4) == 0 &&
           (matrices.group | matrices.leading | matrices.first.run_stride |
            matrices.first.tile_stride) %
                   4 ==
               0;
  }

  // Numbers the tiles of all weights, and returns how many there are.
  int tiles(int rows, int columns) {
    int count = 0;
    for (Layer& layer : launch_.layers) {
      layer.first_tile = count;
      layer.tiles_down = (layer.padded_units - 1) / rows + 1;
      layer.tiles_across = (layer.padded_terms - 1) / columns + 1;
      count += layer.tiles_down * layer.tiles_across;
    }
    return count;
  }

  // Places all layers in shared memory.
  void place(const NetworkRecord& record) {
    int64_t at = 0;
    const auto take = [&](int64_t floats) {
      const int64_t start = at;
      at += floats;
      return static_cast<int32_t>(start);
    };
    const bool has_last = !is_outputs() || record.components > 0;
    for (int i = 0; i < kLayers + (has_last ? 1 : 0); i++) {
      launch_.values_at[i] =
          take(padded(record.widths[i]) * (subjects_ + kGap));
    }
    int32_t part = 0;
    for (int i = 0; i < kLayers; i++) {
      Layer& layer = launch_.layers[i];
      layer.terms = static_cast<int32_t>(record.widths[i]);
      layer.units = static_cast<int32_t>(record.widths[i + 1]);
      layer.padded_terms = padded(layer.terms);
      layer.padded_units = padded(layer.units);
      layer.pitch = layer.padded_terms + kGap;
      layer.weights_at = take(int64_t{layer.padded_units} * layer.pitch);
      layer.bias_at = take(layer.padded_units);
      if (!is_outputs()) layer.bias_sums_at = take(layer.padded_units);
      layer.part_at = part;
      part = layer.bias_part_at() + layer.units;
      layer.copied =
          layer.terms % 4 == 0 && are_aligned(launch_.weight[i]) ? 4 : 1;
      layer.copies = Divider(static_cast<uint32_t>(layer.terms / layer.copied));
    }
    launch_.part_size = part;
    launch_.room = static_cast<int32_t>(at);
  }

  template <MatmulPrecision kPrecision, int kSubjects, class Use>
  void launch_of(const Use& use) const {
    if (is_outputs()) return use(network_kernel<kPrecision, kSubjects>);
    switch (max_tiles_) {
      case 1:
        return use(network_grad_kernel<kPrecision, kSubjects, 1>);
      case 2:
        return use(network_grad_kernel<kPrecision, kSubjects, 2>);
      default:
        return use(network_grad_kernel<kPrecision, kSubjects, 4>);
    }
  }

  template <class Use>
  void launch(const Use& use) const {
    const bool many = subjects_ == kManySubjects;
    if (rounds_) {
      constexpr MatmulPrecision kRounded = MatmulPrecision::kTf32;
      return many ? launch_of<kRounded, kManySubjects>(use)
                  : launch_of<kRounded, kFewSubjects>(use);
    }
    constexpr MatmulPrecision kExact = MatmulPrecision::kFloat32;
    return many ? launch_of<kExact, kManySubjects>(use)
                : launch_of<kExact, kFewSubjects>(use);
  }

  // Calls use(gradient, place among the parts, size) for all requested
  // gradients by weights.
  template <class Use>
  void each_gradient(const NetworkRecord& record, const Use& use) const {
    for (int i = 0; i < kLayers; i++) {
      const Layer& layer = launch_.layers[i];
      const auto& [weights, biases] =
          std::tie(record.by_weight[i], record.by_bias[i]);
      const int64_t size = int64_t{layer.units} * layer.terms;
      if (weights.data != nullptr) use(weights, layer.part_at, size);
      if (biases.data != nullptr) {
        use(biases, layer.bias_part_at(), int64_t{layer.units});
      }
    }
  }

  // True if a guard checks all gradients, so that it can add their parts.
  bool guard_adds(const RecordReader& in, const NetworkRecord& record,
                  const Preparation& preparation) const {
    if (preparation.adding_guard == nullptr) return false;
    const auto& checked = preparation.adding_guard->operands;
    bool all = true;
    each_gradient(record, [&](const auto& gradient, int64_t, int64_t size) {
      const Operand& operand = in.operand(gradient.operand);
      all = all && (record.groups == 1 || gradient.group == size) &&
            std::any_of(checked.begin(), checked.end(), [&](const Operand& of) {
              return of.slab == operand.slab && of.offset == operand.offset;
            });
    });
    return all;
  }

  // Stores parts of the gradients by weights. A guard adds them if it can.
  void store_parts(const RecordReader& in, const NetworkRecord& record,
                   const Preparation& preparation) {
    const int64_t per_run =
        in.product({record.groups, launch_.cuts, launch_.part_size});
    parts_ = scratch<float>(in, preparation, "partial sums",
                            {preparation.blocks, per_run});
    growing_bytes_ += parts_.bytes();
    launch_.parts = parts_.data();
    if (!guard_adds(in, record, preparation)) {
      part_counters_ = scratch<unsigned>(in, preparation, "counters",
                                         {preparation.blocks, record.groups});
      launch_.part_counter = part_counters_.data();
      return;
    }
    each_gradient(record, [&](const auto& gradient, int64_t at, int64_t size) {
      preparation.partial_sums.push_back(
          {&in.operand(gradient.operand), launch_.parts + at, record.groups,
           size, launch_.part_size, launch_.cuts});
      std::erase_if(written_, [&](const Written& written) {
        return written.tensor.operand == gradient.operand;
      });
    });
    written_.push_back(
        {{0, launch_.parts, 0, {per_run}, {1}}, {launch_.parts, per_run, 0}});
  }

  // Cuts the batch into enough thread blocks. The number of parts of a gradient
  // is limited: adding them takes no longer than computing one.
  void cut(const RecordReader& in, const NetworkRecord& record,
           const Preparation& preparation) {
    const int64_t steps = (record.batch - 1) / subjects_ + 1;
    const int64_t blocks = in.product({record.groups, preparation.blocks});
    if (blocks > INT32_MAX || steps > INT32_MAX) {
      in.refuse("it needs more than 2^31 thread blocks");
    }
    const int64_t wanted = (is_outputs() ? kOutputBlocks : kGradientBlocks) /
                           in.product({record.groups, preparation.cut_blocks});
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
    if (cuts > 1) store_parts(in, record, preparation);
    const bool adds = record.by_x.data != nullptr && record.by_x.group == 0;
    if (adds && record.groups > 1) {
      shares_ = scratch<float>(in, preparation, "partial sums",
                               {blocks, record.widths[0], record.batch});
      share_counters_ = scratch<unsigned>(in, preparation, "counters",
                                          {preparation.blocks, cuts});
      growing_bytes_ += shares_.bytes();
      launch_.shares = shares_.data();
      launch_.share_counter = share_counters_.data();
    }
  }

  NetworkResult result_;
  DeviceArray<float> parts_;
  DeviceArray<float> shares_;
  DeviceArray<unsigned> part_counters_, share_counters_;
  unsigned grid_ = 1;
  int subjects_ = kManySubjects;
  int max_tiles_ = 1;  // per thread or warp
  bool rounds_ = false;
  NetworkLaunch launch_{};
};

}  // namespace
}  // namespace network

extern const KernelFactory make_network =
    make_kernel<network::NetworkLayers, NetworkRecord>;

}  // namespace interlatent::cuda
