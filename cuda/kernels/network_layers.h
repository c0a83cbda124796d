// A network of three layers in the shared memory of a thread block, which
// computes 32 subjects per step. A bias is the weight of an additional unit.
// That unit is 1 for a subject and 0 past the end of the batch, where therefore
// all values are 0. A thread computes tiles of 4 x 4.
#pragma once

#include "cuda/kernel.h"
#include "cuda/kernels/mixture_column.h"
#include "cuda/kernels/vectors.h"
#include "math/functions.h"
#include "math/jacobian.h"

namespace interlatent::cuda::network {

constexpr int kThreads = 128;
constexpr int kColumns = 32;
constexpr int kTile = static_cast<int>(kNetworkTile);
constexpr int kColumnTiles = kColumns / kTile;
// Distance from one unit's subjects to the next unit's. With it, vectors of
// neighbouring units lie in different banks.
constexpr int kRow = static_cast<int>(kNetworkRowRoom);
constexpr int kLayers = kNetworkLayers;

// A matrix per group. `group` and `leading` are the strides of groups and rows.
template <class Element>
struct Matrices {
  Located<Element> first;
  int64_t group, leading;

  __device__ Element* at(const Place& place, int index) const {
    return first.first == nullptr ? nullptr : first.at(place) + index * group;
  }
};

// Location of a layer in shared memory: weights with bias, inputs, and the
// derivatives by its values before the activation.
struct Layer {
  int32_t units, terms, pitch;
  int32_t tiles_down, tiles_across;
  int32_t weights_at, inputs_at, slopes_at;
};

struct NetworkLaunch {
  Blocks blocks;
  Matrices<const float> x, upstream, weight[kLayers], bias[kLayers], z, target,
      added;
  Matrices<float> stored[kLayers - 1];
  Matrices<float> out, by_weight[kLayers], by_bias[kLayers], by_x, by_z;
  Layer layers[kLayers];
  Activation activation[kLayers - 1];
  float slope[kLayers - 1];
  int64_t batch;
  int32_t groups;
  int32_t components;  // of the mixture at the end; 0: there is none
  MixtureLimits limits;
  NetworkTarget order;
  float scale;  // of upstream
  // Thread blocks per group; steps of 32 subjects per thread block and of the
  // whole batch.
  uint32_t cuts, steps, all_steps;
  int32_t pieces;  // tiles of 4 x 4 weights, all layers
  // Partial sums: of the weights' gradients, [blocks, groups, cuts, 4, pieces]
  // of float4; of the gradient of an input that all groups share, [blocks,
  // groups, inputs, batch].
  float4* parts;
  float* shares;
  unsigned* part_counter;   // [blocks, groups]
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

// Multiplies `left` [rows, terms] by `right` [terms, subjects of a step] and
// calls use(row, first subject, four sums).
template <class Use>
__device__ void multiply(const float* left, int along_rows, int along_terms,
                         int rows, int terms, const float* right,
                         const Use& use) {
  // Neighbouring threads compute neighbouring rows, for any number of rows.
  const int tiles = (rows - 1) / kTile + 1;
  for (int item = static_cast<int>(threadIdx.x); item < tiles * kColumnTiles;
       item += kThreads) {
    const int column = item % kColumnTiles * kTile;
    const int first = item / kColumnTiles;
    const float* from[kTile];
    float sums[kTile][kTile] = {};
#pragma unroll
    for (int i = 0; i < kTile; i++) {
      const int row = first + i * tiles;
      from[i] = left + (row < rows ? row : first) * along_rows;
    }
    for (int term = 0; term < terms; term++) {
      float values[kTile];
      load_four(values, right + term * kRow + column);
#pragma unroll
      for (int i = 0; i < kTile; i++) {
        const float factor = from[i][term * along_terms];
#pragma unroll
        for (int c = 0; c < kTile; c++) {
          sums[i][c] = fused(factor, values[c], sums[i][c]);
        }
      }
    }
#pragma unroll
    for (int i = 0; i < kTile; i++) {
      const int row = first + i * tiles;
      if (row < rows) use(row, column, sums[i]);
    }
  }
}

// The network of a group in the shared memory of a thread block.
struct Network {
  const NetworkLaunch& launch;
  const Share& share;
  float* room;

  __device__ float* weights(int layer) const {
    return room + launch.layers[layer].weights_at;
  }
  __device__ float* inputs(int layer) const {
    return room + launch.layers[layer].inputs_at;
  }
  __device__ float* slopes(int layer) const {
    return room + launch.layers[layer].slopes_at;
  }

  __device__ void load_weights() const {
    for (int i = 0; i < kLayers; i++) {
      const Layer& layer = launch.layers[i];
      const int columns = layer.terms - 1;
      const float* weight = launch.weight[i].at(share.place, share.group);
      const float* bias = launch.bias[i].at(share.place, share.group);
      float* target = weights(i);
      for (int e = static_cast<int>(threadIdx.x); e < layer.units * columns;
           e += kThreads) {
        target[e / columns * layer.pitch + e % columns] = weight[e];
      }
      if (bias == nullptr) continue;
      for (int unit = static_cast<int>(threadIdx.x); unit < layer.units;
           unit += kThreads) {
        target[unit * layer.pitch + columns] = bias[unit];
      }
    }
  }

  __device__ void load_rows(float* target, const Matrices<const float>& source,
                            int rows, uint32_t step, float scale = 1) const {
    const float* from = source.at(share.place, share.group);
    for (int e = static_cast<int>(threadIdx.x); e < rows * kColumns;
         e += kThreads) {
      const int row = e / kColumns;
      const int column = e % kColumns;
      const int64_t subject = int64_t{step} * kColumns + column;
      target[row * kRow + column] =
          subject < launch.batch ? scale * from[row * source.leading + subject]
                                 : 0.0f;
    }
  }

  // Loads the input of the network and sets the additional units.
  __device__ void load_inputs(uint32_t step) const {
    load_rows(inputs(0), launch.x, launch.layers[0].terms - 1, step);
    for (int e = static_cast<int>(threadIdx.x); e < kLayers * kColumns;
         e += kThreads) {
      const int i = e / kColumns;
      const int column = e % kColumns;
      const bool exists = int64_t{step} * kColumns + column < launch.batch;
      inputs(i)[(launch.layers[i].terms - 1) * kRow + column] =
          exists ? 1.0f : 0.0f;
    }
  }

  // Computes a hidden layer. The result is the input of the next layer.
  __device__ void hidden(int i) const {
    const Layer& layer = launch.layers[i];
    const Activation activation = launch.activation[i];
    const float slope = launch.slope[i];
    float* target = inputs(i + 1);
    multiply(weights(i), layer.pitch, 1, layer.units, layer.terms, inputs(i),
             [&](int row, int column, const float(&sums)[kTile]) {
               float* to = target + row * kRow + column;
               for (int c = 0; c < kTile; c++) {
                 to[c] = activated(activation, slope, sums[c]);
               }
             });
  }

  // Computes the last layer into the memory for its derivatives.
  __device__ void theta() const {
    constexpr int kLast = kLayers - 1;
    const Layer& layer = launch.layers[kLast];
    float* target = slopes(kLast);
    multiply(weights(kLast), layer.pitch, 1, layer.units, layer.terms,
             inputs(kLast),
             [&](int row, int column, const float(&sums)[kTile]) {
               float* to = target + row * kRow + column;
               for (int c = 0; c < kTile; c++) to[c] = sums[c];
             });
  }

  // Computes the mixture's log density of z, or replaces theta by the gradient
  // times upstream. One warp works, with one subject per lane.
  __device__ void mixture(uint32_t step, bool gradient) const {
    if (threadIdx.x >= kColumns) return;
    const int64_t subject = int64_t{step} * kColumns + threadIdx.x;
    float* theta = slopes(kLayers - 1) + threadIdx.x;
    if (subject >= launch.batch) {
      for (int row = 0; row < 3 * launch.components; row++) {
        theta[row * kRow] = 0;
      }
      return;
    }
    const auto at = [&](const auto& matrices) {
      auto* row = matrices.at(share.place, share.group);
      return row == nullptr ? nullptr : row + subject;
    };
    float value;
    const MixtureColumn column = {
        at(launch.z),      theta,         at(launch.upstream), &value, theta,
        launch.components, int64_t{kRow}, launch.limits};
    mixture_log_density(column, gradient);
    float* target = gradient ? at(launch.by_z) : at(launch.out);
    if (target != nullptr) *target = value;
  }

  // Stores a hidden layer if another kernel reads it.
  __device__ void store_hidden(int i, uint32_t step) const {
    float* to = launch.stored[i].at(share.place, share.group);
    if (to == nullptr) return;
    const float* from = inputs(i + 1);
    for (int e = static_cast<int>(threadIdx.x);
         e < launch.layers[i].units * kColumns; e += kThreads) {
      const int row = e / kColumns;
      const int column = e % kColumns;
      const int64_t subject = int64_t{step} * kColumns + column;
      if (subject >= launch.batch) continue;
      to[row * launch.stored[i].leading + subject] = from[row * kRow + column];
    }
  }

  // Computes the derivative by the values of a hidden layer before its
  // activation, from the derivative of the next layer. For the first layer it
  // adds the values that are already there if `added` is set.
  __device__ void back(int i) const {
    const bool adds = i == 0 && launch.added.first.first != nullptr;
    const Layer& next = launch.layers[i + 1];
    const Activation activation = launch.activation[i];
    const float slope = launch.slope[i];
    const float* result = inputs(i + 1);
    float* target = slopes(i);
    multiply(weights(i + 1), 1, next.pitch, next.terms - 1, next.units,
             slopes(i + 1),
             [&](int row, int column, const float(&sums)[kTile]) {
               const int at = row * kRow + column;
               for (int c = 0; c < kTile; c++) {
                 const float sum = adds ? sums[c] + target[at + c] : sums[c];
                 target[at + c] = sum * side(activation, slope, result[at + c]);
               }
             });
  }

  // Calls use(subject, value) for the existing subjects of a row of a product.
  template <class Use>
  __device__ void each_subject(uint32_t step, int column,
                               const float (&sums)[kTile],
                               const Use& use) const {
    for (int c = 0; c < kTile; c++) {
      const int64_t subject = int64_t{step} * kColumns + column + c;
      if (subject < launch.batch) use(subject, sums[c]);
    }
  }
};

}  // namespace interlatent::cuda::network
