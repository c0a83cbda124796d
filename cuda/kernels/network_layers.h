// A network of three layers in the shared memory of a thread block, which
// computes kSubjects subjects per step. All values are 0 for subjects past the
// end of the batch, and for units that pad a layer.
#pragma once

#include "cuda/divider.h"
#include "cuda/kernel.h"
#include "cuda/kernels/mixture_column.h"
#include "cuda/kernels/network_products.h"
#include "math/jacobian.h"

namespace interlatent::cuda::network {

constexpr int kLayers = kNetworkLayers;
constexpr int kLast = kLayers - 1;

// A matrix per group. `group` and `leading` are the strides of groups and rows.
template <class Element>
struct Matrices {
  Located<Element> first;
  int64_t group, leading;
  bool vectors;  // all rows may be read and written in aligned vectors
  // After every `part_rows` rows, `gap` elements are skipped.
  int32_t part_rows = INT32_MAX;
  int64_t gap = 0;

  __device__ Element* at(const Place& place, int index) const {
    return first.first == nullptr ? nullptr : first.at(place) + index * group;
  }
  __device__ int64_t row(int index) const {
    return index * leading + index / part_rows * gap;
  }
};

// Sizes of a layer, its location in shared memory, and that of its gradients
// among the partial sums of a group. A row of weights has `pitch` floats.
struct Layer {
  int32_t units, terms, pitch;
  int32_t padded_units, padded_terms;
  int32_t weights_at, bias_at, bias_sums_at;
  int32_t part_at;  // weights, then biases
  // Tiles of the gradient by the weights.
  int32_t first_tile, tiles_down, tiles_across;
  // Weights are copied in vectors of `copied` floats.
  int32_t copied;
  Divider copies;  // in a row

  __host__ __device__ int32_t bias_part_at() const {
    return part_at + units * terms;
  }
};

struct NetworkLaunch {
  Blocks blocks;
  Matrices<const float> x, upstream, weight[kLayers], bias[kLayers], z, target,
      added;
  Matrices<float> stored[kLayers - 1];
  Matrices<float> out, by_weight[kLayers], by_bias[kLayers], by_x, by_z;
  Layer layers[kLayers];
  int32_t values_at[kLayers + 1];  // inputs, hidden layers, outputs
  int32_t room;                    // floats of shared memory
  Activation activation[kLayers - 1];
  float slope[kLayers - 1];
  int64_t batch;
  int32_t groups;
  int32_t components;  // of the mixture at the end; 0: there is none
  MixtureLimits limits;
  NetworkTarget order;
  float scale;  // of upstream
  // Thread blocks per group; steps per thread block and of the whole batch.
  uint32_t cuts, steps, all_steps;
  // Partial sums: of the weights' gradients, [blocks, groups, cuts,
  // part_size]; of the gradient of an input that all groups share, [blocks,
  // groups, inputs, batch].
  int32_t part_size;
  float* parts;
  float* shares;
  unsigned* part_counter;   // [blocks, groups]; null: a guard adds the parts
  unsigned* share_counter;  // [blocks, cuts]
};

__device__ inline float activated(Activation activation, float slope, float x) {
  if (activation == Activation::kTanh) return hyperbolic_tangent(x);
  return x > 0.0f ? x : slope * x;
}

// Returns the derivative of the activation as a function of its result.
__device__ inline float side(Activation activation, float slope, float result) {
  return activation == Activation::kTanh ? tanh_side(result)
                                         : leaky_side(result, slope);
}

// The work of a thread block: a block of the plan, a group, and steps.
struct Share {
  Place place;
  uint32_t index;  // of the block of the plan
  int group;
  uint32_t cut, begin, end;

  __device__ explicit Share(const NetworkLaunch& launch)
      : cut(blockIdx.x % launch.cuts) {
    const uint32_t rest = blockIdx.x / launch.cuts;
    const auto groups = static_cast<uint32_t>(launch.groups);
    group = static_cast<int>(rest % groups);
    index = rest / groups;
    place = launch.blocks.place(index);
    begin = cut * launch.steps;
    end = begin + launch.steps < launch.all_steps ? begin + launch.steps
                                                  : launch.all_steps;
  }
};

// The network of a group in the shared memory of a thread block.
template <MatmulPrecision kPrecision, int kSubjects,
          int kRows = kSubjects < 64 ? kNarrowRows : kTileRows>
struct Network {
  static constexpr int kRow = kSubjects + kGap;
  const NetworkLaunch& launch;
  const Share& share;
  float* room;

  __device__ float* values(int layer) const {
    return room + launch.values_at[layer];
  }
  template <class Left, class Use>
  __device__ void multiply_by(const Left& left, int rows, int terms, int layer,
                              const Use& use) const {
    const Factor<false> subjects = {values(layer), kRow};
    multiply<kPrecision, kSubjects, kRows>(left, rows, terms, subjects, use);
  }
  // The first subject of a step, and the number of existing ones.
  __device__ int64_t first_of(uint32_t step) const {
    return int64_t{step} * kSubjects;
  }
  __device__ int present(uint32_t step) const {
    const int64_t rest = launch.batch - first_of(step);
    return rest < kSubjects ? static_cast<int>(rest) : kSubjects;
  }

  // Starts to copy the weights.
  __device__ void load_weights() const {
    const auto thread = static_cast<int>(threadIdx.x);
    for (int e = 4 * thread; e < launch.room; e += 4 * kThreads) {
      *reinterpret_cast<float4*>(room + e) = float4{0, 0, 0, 0};
    }
    __syncthreads();
#pragma unroll 1
    for (int i = 0; i < kLayers; i++) {
      const Layer& layer = launch.layers[i];
      const float* weight = launch.weight[i].at(share.place, share.group);
      const float* bias = launch.bias[i].at(share.place, share.group);
      float* to = room + layer.weights_at;
      const auto count = layer.units * static_cast<int>(layer.copies.divisor);
      for (int e = thread; e < count; e += kThreads) {
        auto column = static_cast<uint32_t>(e);
        const uint32_t row = layer.copies.quotient(column);
        column -= row * layer.copies.divisor;
        float* target = to + static_cast<int>(row) * layer.pitch;
        if (layer.copied == 4) {
          copy_async<4>(target + 4 * column, weight + int64_t{4} * e);
        } else {
          copy_async<1>(target + column, weight + e);
        }
      }
      if (bias == nullptr) continue;
      for (int unit = thread; unit < layer.units; unit += kThreads) {
        copy_async<1>(room + layer.bias_at + unit, bias + unit);
      }
    }
  }

  __device__ void load_rows(int layer, const Matrices<const float>& source,
                            int rows, uint32_t step, float scale = 1) const {
    constexpr int kAcross = kSubjects / 4;
    const float* from = source.at(share.place, share.group) + first_of(step);
    float* target = values(layer);
    const int existing = present(step);
#pragma unroll 4
    for (int e = static_cast<int>(threadIdx.x); e < rows * kAcross;
         e += kThreads) {
      const int row = e / kAcross;
      const int column = e % kAcross * 4;
      const float* at = from + source.row(row) + column;
      float four[4];
      if (source.vectors && column + 4 <= existing) {
        load_four(four, at);
      } else {
        for (int c = 0; c < 4; c++) four[c] = column + c < existing ? at[c] : 0;
      }
      *reinterpret_cast<float4*>(target + row * kRow + column) = {
          scale * four[0], scale * four[1], scale * four[2], scale * four[3]};
    }
  }

  // Stores neighbouring subjects of a row of results.
  template <int kCount>
  __device__ void store(bool vectors, float* row, uint32_t step, int column,
                        const float (&sums)[kCount]) const {
    const int existing = present(step);
    float* to = row + first_of(step) + column;
    if (vectors && column + kCount <= existing) {
      store_vector<kCount>(to, sums);
      return;
    }
    for (int c = 0; c < kCount; c++) {
      if (column + c < existing) to[c] = sums[c];
    }
  }

  // Computes a layer and calls use(unit, first subject, values before the
  // activation).
  template <class Use>
  __device__ void layer(int i, uint32_t step, const Use& use) const {
    const Layer& of = launch.layers[i];
    const int existing = present(step);
    const Factor<true> weights = {room + of.weights_at, of.pitch};
    const float* biases = room + of.bias_at;
    multiply_by(weights, of.padded_units, of.padded_terms, i,
                [&](int unit, int column, const auto& sums) {
                  if (unit >= of.units) return;
                  constexpr int kCount =
                      std::extent_v<std::remove_cvref_t<decltype(sums)>>;
                  const float bias = biases[unit];
                  float with_bias[kCount];
#pragma unroll
                  for (int c = 0; c < kCount; c++) {
                    with_bias[c] =
                        sums[c] + (column + c < existing ? bias : 0.0f);
                  }
                  use(unit, column, with_bias);
                });
  }

  // Computes a hidden layer. The result is the input of the next layer.
  __device__ void hidden(int i, uint32_t step) const {
    const Activation activation = launch.activation[i];
    const float slope = launch.slope[i];
    float* target = values(i + 1);
    layer(i, step, [&](int unit, int column, const auto& sums) {
      int c = 0;
      for (const float sum : sums) {
        target[unit * kRow + column + c++] = activated(activation, slope, sum);
      }
    });
  }

  // Computes the last layer. Its outputs stay in shared memory, or `out`
  // receives them. If there is a target, it is their difference, which times
  // `scale` also replaces the outputs.
  __device__ void outputs(uint32_t step, bool stays) const {
    float* out = launch.out.at(share.place, share.group);
    const float* target = launch.target.at(share.place, share.group);
    if (target != nullptr) target += first_of(step);
    const int existing = present(step);
    float* to = values(kLayers);
    layer(kLast, step, [&](int unit, int column, const auto& sums) {
      constexpr int kCount = std::extent_v<std::remove_cvref_t<decltype(sums)>>;
      float results[kCount];
#pragma unroll
      for (int c = 0; c < kCount; c++) {
        results[c] = sums[c];
        if (target == nullptr || column + c >= existing) continue;
        const float* from = target + unit * launch.target.leading + column;
        results[c] -= from[c];
        if (launch.order == NetworkTarget::kTargetMinusOutputs) {
          results[c] = -results[c];
        }
      }
      if (launch.components == 0 && out != nullptr) {
        store(launch.out.vectors, out + unit * launch.out.leading, step, column,
              results);
      }
      if (!stays) return;
      for (int c = 0; c < kCount; c++) {
        to[unit * kRow + column + c] =
            target == nullptr ? results[c] : launch.scale * results[c];
      }
    });
  }

  // Computes the mixture's log density of z, or replaces theta by the gradient
  // times upstream, or both. A few lanes share a subject.
  __device__ void mixture(uint32_t step, bool gradient) const {
    constexpr int kLanes = kThreads / kSubjects;
    const int column = static_cast<int>(threadIdx.x) / kLanes;
    const int lane = static_cast<int>(threadIdx.x) % kLanes;
    const int existing = present(step);
    const bool exists = column < existing;
    const int64_t subject = first_of(step) + (exists ? column : 0);
    float* theta = values(kLayers) + column;
    const auto at = [&](const auto& matrices) {
      auto* row = matrices.at(share.place, share.group);
      return row == nullptr ? nullptr : row + subject;
    };
    MixtureColumn of = {
        launch.z.at(share.place, 0) + launch.z.row(share.group) + subject,
        theta,
        at(launch.upstream),
        nullptr,
        theta,
        launch.components,
        int64_t{kRow},
        launch.limits};
    float value;
    float by_z;
    mixture_log_density<kLanes>(of, lane, gradient, launch.scale, value, by_z);
    if (!exists) {
      if (!gradient) return;
      for (int k = lane; k < launch.components; k += kLanes) {
        of.store(k, 0, 0, 0);
      }
      return;
    }
    if (lane > 0) return;
    if (float* out = at(launch.out)) *out = value;
    if (!gradient) return;
    if (float* to = at(launch.by_z)) *to = by_z;
  }

  // Stores a hidden layer if another kernel reads it.
  __device__ void store_hidden(int i, uint32_t step) const {
    constexpr int kAcross = kSubjects / 4;
    const Matrices<float>& stored = launch.stored[i];
    float* to = stored.at(share.place, share.group);
    if (to == nullptr) return;
    for (int e = static_cast<int>(threadIdx.x);
         e < launch.layers[i].units * kAcross; e += kThreads) {
      const int row = e / kAcross;
      const int column = e % kAcross * 4;
      float four[4];
      load_four(four, values(i + 1) + row * kRow + column);
      store(stored.vectors, to + row * stored.leading, step, column, four);
    }
  }

  // Replaces a hidden layer by the derivative by its values before the
  // activation, from the derivative of the next layer. For the first layer,
  // `added` is added to the derivative by its results.
  __device__ void back(int i, uint32_t step) const {
    const Layer& next = launch.layers[i + 1];
    const Activation activation = launch.activation[i];
    const float slope = launch.slope[i];
    const bool adds = i == 0 && launch.added.first.first != nullptr;
    const int existing = present(step);
    float* target = values(i + 1);
    const Factor<false> weights = {room + next.weights_at, next.pitch};
    multiply_by(weights, next.padded_terms, next.padded_units, i + 2,
                [&](int unit, int column, const auto& sums) {
                  if (unit >= next.terms) return;
                  int c = 0;
                  for (float sum : sums) {
                    if (adds && column + c < existing) {
                      sum += launch.added.at(
                          share.place,
                          share.group)[unit * launch.added.leading +
                                       first_of(step) + column + c];
                    }
                    float& value = target[unit * kRow + column + c++];
                    value = sum * side(activation, slope, value);
                  }
                });
  }
};

}  // namespace interlatent::cuda::network
