// The gradient of a network of three layers. It recomputes the hidden layers
// and keeps the weights' gradients in registers, in tiles of 8 x 4 per thread
// or, on tensor cores, of 32 x 32 per warp.
#pragma once

#include "cuda/kernels/network_layers.h"
#include "cuda/last_block.h"

namespace interlatent::cuda::network {

// The sums of a thread. Tiles of weights are numbered over all layers, and a
// thread or warp has every kWorkers-th.
template <MatmulPrecision kPrecision, int kSubjects, int kMaxTiles>
struct WeightSums {
  static constexpr bool kTensor = kPrecision != MatmulPrecision::kFloat32;
  // Narrow networks have too few large tiles for all threads.
  static constexpr bool kNarrow = !kTensor && kMaxTiles == 1;
  static constexpr int kSlots = kNarrow ? 2 : kMaxTiles;
  using Layers =
      std::conditional_t<kNarrow, Network<kPrecision, kSubjects, kNarrowRows>,
                         Network<kPrecision, kSubjects>>;
  static constexpr int kRow = kSubjects + kGap;
  static constexpr int kRows = kTensor   ? kWarpTile / 8
                               : kNarrow ? kNarrowRows
                                         : kTileRows;
  static constexpr int kColumns = kTensor ? kWarpTile / 4 : kTileColumns;

  const Layers& network;
  float sums[kSlots][kRows][kColumns] = {};

  // Calls use(down, across, sums) for the thread's tiles of a layer.
  template <class Use>
  __device__ void each(const Layer& layer, const Use& use) {
    const auto thread = static_cast<int>(threadIdx.x);
#pragma unroll
    for (int slot = 0; slot < kSlots; slot++) {
      const int tile =
          (kTensor ? thread / 32 + slot * kWarps : thread + slot * kThreads) -
          layer.first_tile;
      if (tile < 0 || tile >= layer.tiles_down * layer.tiles_across) continue;
      use(tile / layer.tiles_across, tile % layer.tiles_across, sums[slot]);
    }
  }

  // Adds the contribution of a step to a layer: derivatives times inputs.
  __device__ void add(int i) {
    const Layer& layer = network.launch.layers[i];
    const Factor<true> left = {network.values(i + 1), kRow};
    const Factor<true> right = {network.values(i), kRow};
    each(layer, [&](int down, int across, auto& tile) {
      if constexpr (kTensor) {
        add_fragments<kRows / 2, kColumns / 2>(
            left, down * kWarpTile, layer.padded_units, right,
            across * kWarpTile, layer.padded_terms, kSubjects, tile);
      } else {
        add_products(
            Four<Factor<true>, kRows>(left, down, layer.tiles_down),
            Four<Factor<true>, kColumns>(right, across, layer.tiles_across),
            kSubjects, tile);
      }
    });
    // The gradient by a bias is a sum of derivatives.
    for (int unit = static_cast<int>(threadIdx.x); unit < layer.units;
         unit += kThreads) {
      const float* row = network.values(i + 1) + unit * kRow;
      float parts[4] = {};
#pragma unroll 2
      for (int c = 0; c < kSubjects; c += 4) {
        float four[4];
        load_four(four, row + c);
        for (int v = 0; v < 4; v++) parts[v] += four[v];
      }
      network.room[layer.bias_sums_at + unit] +=
          (parts[0] + parts[1]) + (parts[2] + parts[3]);
    }
  }

  // Stores the sums of a layer by weights [units, terms] and bias, unless null.
  __device__ void store(int i, float* weights, float* bias) {
    const Layer& layer = network.launch.layers[i];
    const auto thread = static_cast<int>(threadIdx.x);
    for (int unit = thread; unit < layer.units && bias != nullptr;
         unit += kThreads) {
      bias[unit] = network.room[layer.bias_sums_at + unit];
    }
    if (weights == nullptr) return;
    each(layer, [&](int down, int across, const auto& tile) {
#pragma unroll
      for (int r = 0; r < kRows; r++) {
        const int unit = kTensor ? down * kWarpTile + 8 * r + thread % 32 / 4
                                 : down + r * layer.tiles_down;
        if (unit >= layer.units) continue;
#pragma unroll
        for (int c = 0; c < kColumns; c++) {
          const int term =
              kTensor ? across * kWarpTile + c / 2 * 8 + thread % 4 * 2 + c % 2
                      : across + c * layer.tiles_across;
          if (term < layer.terms)
            weights[unit * layer.terms + term] = tile[r][c];
        }
      }
    });
  }
};

// Stores the weights' gradients of a group, or a part of them. If no guard adds
// the parts, the last thread block does.
template <class Sums>
__device__ void write_weights(const NetworkLaunch& launch, const Share& share,
                              Sums& sums) {
  const int64_t group = int64_t{share.index} * launch.groups + share.group;
  const float* parts = launch.parts + group * launch.cuts * launch.part_size;
  const bool is_part = launch.parts != nullptr;
  float* part =
      launch.parts + (group * launch.cuts + share.cut) * launch.part_size;
#pragma unroll 1
  for (int i = 0; i < kLayers; i++) {
    const Layer& layer = launch.layers[i];
    sums.store(i,
               is_part ? part + layer.part_at
                       : launch.by_weight[i].at(share.place, share.group),
               is_part ? part + layer.bias_part_at()
                       : launch.by_bias[i].at(share.place, share.group));
  }
  if (launch.part_counter == nullptr) return;
  if (!is_last_block(launch.part_counter + group, launch.cuts)) return;
#pragma unroll 1
  for (int i = 0; i < kLayers; i++) {
    const Layer& layer = launch.layers[i];
    const int weights = layer.units * layer.terms;
    float* by_weight = launch.by_weight[i].at(share.place, share.group);
    float* by_bias = launch.by_bias[i].at(share.place, share.group);
    for (int e = static_cast<int>(threadIdx.x); e < weights + layer.units;
         e += kThreads) {
      float* to = e < weights ? by_weight : by_bias;
      if (to == nullptr) continue;
      to[e < weights ? e : e - weights] = sum_of_parts(
          parts + layer.part_at + e, launch.part_size, launch.cuts);
    }
  }
}

// Sums the contributions of all groups to the input's gradient for the subjects
// of a cut, in the last thread block.
template <int kSubjects>
__device__ void add_shares(const NetworkLaunch& launch, const Share& share) {
  unsigned* counter =
      launch.share_counter + int64_t{share.index} * launch.cuts + share.cut;
  if (!is_last_block(counter, static_cast<unsigned>(launch.groups))) return;
  const int inputs = launch.layers[0].terms;
  const int64_t size = inputs * launch.batch;
  const float* shares = launch.shares + share.index * launch.groups * size;
  float* target = launch.by_x.at(share.place, 0);
  const int64_t begin = int64_t{share.begin} * kSubjects;
  const int64_t past = int64_t{share.end} * kSubjects;
  const int width =
      static_cast<int>((past < launch.batch ? past : launch.batch) - begin);
  for (int e = static_cast<int>(threadIdx.x); e < inputs * width;
       e += kThreads) {
    const int row = e / width;
    const int64_t subject = begin + e % width;
    const float* from = shares + row * launch.batch + subject;
    float sum = __ldcg(from);
    for (int group = 1; group < launch.groups; group++) {
      sum += __ldcg(from + group * size);
    }
    target[row * launch.by_x.leading + subject] = sum;
  }
}

template <MatmulPrecision kPrecision, int kSubjects, int kMaxTiles>
__global__ void __launch_bounds__(kThreads, kMaxTiles > 2 ? 2 : 3)
    network_grad_kernel(IL_CONSTANT(NetworkLaunch) launch) {
  await_predecessors();
  IL_DYNAMIC_SHARED(float, room);
  const Share share(launch);
  using Sums = WeightSums<kPrecision, kSubjects, kMaxTiles>;
  const typename Sums::Layers network{launch, share, room};
  network.load_weights();
  const Layer& first = launch.layers[0];
  Sums sums{network};
  const bool ends =
      launch.components > 0 || launch.order != NetworkTarget::kNone;
  for (uint32_t step = share.begin; step < share.end; step++) {
    network.load_rows(0, launch.x, first.terms, step);
    if (!ends) {
      network.load_rows(kLayers, launch.upstream, launch.layers[kLast].units,
                        step, launch.scale);
    }
    await_copies();
    __syncthreads();
#pragma unroll 1
    for (int i = 0; i < kLast; i++) {
      network.hidden(i, step);
      __syncthreads();
    }
    if (ends) {
      network.outputs(step, true);
      __syncthreads();
    }
    if (launch.components > 0) {
      network.mixture(step, true);
      __syncthreads();
    }
    // The derivatives replace the layer whose results are no longer needed.
    // One copy of the code serves all layers, so less of it is fetched.
#pragma unroll 1
    for (int i = kLast; i >= 0; i--) {
      sums.add(i);
      if (i == 0) break;
      __syncthreads();
      network.back(i - 1, step);
      __syncthreads();
    }
    if (launch.by_x.first.first != nullptr) {
      // Groups that share the input store their contributions.
      const bool shares = launch.shares != nullptr;
      const int64_t group = int64_t{share.index} * launch.groups + share.group;
      const int64_t leading = shares ? launch.batch : launch.by_x.leading;
      const bool vectors = shares ? launch.batch % 4 == 0 : launch.by_x.vectors;
      float* rows = shares ? launch.shares + group * first.terms * leading
                           : launch.by_x.at(share.place, share.group);
      const Factor<false> weights = {room + first.weights_at, first.pitch};
      network.multiply_by(weights, first.padded_terms, first.padded_units, 1,
                          [&](int row, int column, const auto& row_sums) {
                            if (row >= first.terms) return;
                            network.store(vectors, rows + row * leading, step,
                                          column, row_sums);
                          });
    }
    __syncthreads();
  }
  if (launch.shares != nullptr) add_shares<kSubjects>(launch, share);
  write_weights(launch, share, sums);
}

}  // namespace interlatent::cuda::network
