// The gradient of a network of three layers. It recomputes the hidden layers
// and keeps the weights' gradients in registers, in tiles of 4 x 4.
#pragma once

#include "cuda/kernels/network_layers.h"
#include "cuda/last_block.h"

namespace interlatent::cuda::network {

// A tile of the weights' gradients.
struct Piece {
  // Position of the first element. The rows of a tile are `tiles_down` apart,
  // its columns `tiles_across`.
  int layer, row, column;
  bool exists;
};

__device__ inline Piece piece_at(const NetworkLaunch& launch, int slot) {
  int item = static_cast<int>(threadIdx.x) + slot * kThreads;
  for (int i = 0; i < kLayers; i++) {
    const Layer& layer = launch.layers[i];
    const int count = layer.tiles_down * layer.tiles_across;
    if (item < count) {
      return {i, item / layer.tiles_across, item % layer.tiles_across, true};
    }
    item -= count;
  }
  return {0, 0, 0, false};
}

// Adds the contribution of the subjects of a step: derivatives times inputs.
__device__ inline void add_step(const Network& network, const Piece& piece,
                                float (&sums)[kTile][kTile]) {
  const Layer& layer = network.launch.layers[piece.layer];
  const float* left[kTile];
  const float* right[kTile];
#pragma unroll
  for (int i = 0; i < kTile; i++) {
    const int row = piece.row + i * layer.tiles_down;
    const int column = piece.column + i * layer.tiles_across;
    left[i] = network.slopes(piece.layer) +
              (row < layer.units ? row : piece.row) * kRow;
    right[i] = network.inputs(piece.layer) +
               (column < layer.terms ? column : piece.column) * kRow;
  }
  for (int c = 0; c < kColumns; c += kTile) {
    float y[kTile][kTile];
#pragma unroll
    for (int j = 0; j < kTile; j++) load_four(y[j], right[j] + c);
#pragma unroll
    for (int i = 0; i < kTile; i++) {
      float x[kTile];
      load_four(x, left[i] + c);
#pragma unroll
      for (int j = 0; j < kTile; j++) {
#pragma unroll
        for (int k = 0; k < kTile; k++) {
          sums[i][j] = fused(x[k], y[j][k], sums[i][j]);
        }
      }
    }
  }
}

__device__ inline void write_piece(const NetworkLaunch& launch,
                                   const Share& share, const Piece& piece,
                                   const float (&sums)[kTile][kTile]) {
  const Layer& layer = launch.layers[piece.layer];
  const int columns = layer.terms - 1;
  float* weight = launch.by_weight[piece.layer].at(share.place, share.group);
  float* bias = launch.by_bias[piece.layer].at(share.place, share.group);
#pragma unroll
  for (int i = 0; i < kTile; i++) {
    const int row = piece.row + i * layer.tiles_down;
    if (row >= layer.units) break;
#pragma unroll
    for (int j = 0; j < kTile; j++) {
      const int column = piece.column + j * layer.tiles_across;
      if (column < columns) {
        if (weight != nullptr) weight[row * columns + column] = sums[i][j];
      } else if (column == columns && bias != nullptr) {
        bias[row] = sums[i][j];
      }
    }
  }
}

// Adds the weights' gradients of all cuts of a group and stores them.
template <int kSlots>
__device__ void write_weights(const NetworkLaunch& launch, const Share& share,
                              float (&sums)[kSlots][kTile][kTile]) {
  if (launch.cuts > 1) {
    const int pieces = launch.pieces;
    const int64_t group = int64_t{share.index} * launch.groups + share.group;
    float4* parts = launch.parts + group * launch.cuts * kTile * pieces;
    const auto at = [&](uint32_t cut, int v) {
      const int piece = static_cast<int>(threadIdx.x) + v / kTile * kThreads;
      return piece < pieces
                 ? parts + (int64_t{cut} * kTile + v % kTile) * pieces + piece
                 : nullptr;
    };
#pragma unroll
    for (int v = 0; v < kSlots * kTile; v++) {
      const float(&row)[kTile] = sums[v / kTile][v % kTile];
      float4* part = at(share.cut, v);
      if (part != nullptr) *part = {row[0], row[1], row[2], row[3]};
    }
    if (!is_last_block(launch.part_counter + group, launch.cuts)) return;
#pragma unroll
    for (int v = 0; v < kSlots * kTile; v++) {
      for (float& sum : sums[v / kTile][v % kTile]) sum = 0;
    }
    // The loads of one part are independent and overlap.
#pragma unroll 1
    for (uint32_t cut = 0; cut < launch.cuts; cut++) {
#pragma unroll
      for (int v = 0; v < kSlots * kTile; v++) {
        const float4* from = at(cut, v);
        if (from == nullptr) continue;
        const float4 part = __ldcg(from);
        float(&row)[kTile] = sums[v / kTile][v % kTile];
        row[0] += part.x;
        row[1] += part.y;
        row[2] += part.z;
        row[3] += part.w;
      }
    }
  }
#pragma unroll
  for (int slot = 0; slot < kSlots; slot++) {
    const Piece piece = piece_at(launch, slot);
    if (piece.exists) write_piece(launch, share, piece, sums[slot]);
  }
}

// Sums the contributions of all groups to the input's gradient for the subjects
// of a cut, in the last thread block.
__device__ inline void add_shares(const NetworkLaunch& launch,
                                  const Share& share) {
  unsigned* counter =
      launch.share_counter + int64_t{share.index} * launch.cuts + share.cut;
  if (!is_last_block(counter, static_cast<unsigned>(launch.groups))) return;
  const int inputs = launch.layers[0].terms - 1;
  const int64_t size = inputs * launch.batch;
  const float* shares = launch.shares + share.index * launch.groups * size;
  float* target = launch.by_x.at(share.place, 0);
  const int64_t begin = int64_t{share.begin} * kColumns;
  const int64_t past = int64_t{share.end} * kColumns;
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

template <int kSlots>
__global__ void __launch_bounds__(kThreads)
    network_grad_kernel(NetworkLaunch launch) {
  await_predecessors();
  IL_DYNAMIC_SHARED(float, room);
  const Share share(launch);
  const Network network{launch, share, room};
  network.load_weights();
  constexpr int kLast = kLayers - 1;
  const Layer& first = launch.layers[0];
  const int inputs = first.terms - 1;
  float* by_x = launch.by_x.at(share.place, share.group);
  int64_t by_x_leading = launch.by_x.leading;
  if (launch.shares != nullptr) {
    by_x_leading = launch.batch;
    const int64_t group = int64_t{share.index} * launch.groups + share.group;
    by_x = launch.shares + group * inputs * launch.batch;
  }
  float sums[kSlots][kTile][kTile] = {};
  for (uint32_t step = share.begin; step < share.end; step++) {
    network.load_inputs(step);
    if (launch.added.first.first != nullptr) {
      network.load_rows(network.slopes(0), launch.added, first.units, step);
    }
    if (launch.components == 0) {
      network.load_rows(network.slopes(kLast), launch.upstream,
                        launch.layers[kLast].units, step, launch.scale);
    }
    __syncthreads();
    for (int i = 0; i < kLast; i++) {
      network.hidden(i);
      __syncthreads();
    }
    if (launch.components > 0) {
      network.theta();
      __syncthreads();
      network.mixture(step, true);
      __syncthreads();
    }
    for (int i = kLast - 1; i >= 0; i--) {
      network.back(i);
      __syncthreads();
    }
    if (by_x != nullptr) {
      multiply(network.weights(0), 1, first.pitch, inputs, first.units,
               network.slopes(0),
               [&](int row, int column, const float(&row_sums)[kTile]) {
                 float* target = by_x + row * by_x_leading;
                 network.each_subject(step, column, row_sums,
                                      [&](int64_t subject, float sum) {
                                        target[subject] = sum;
                                      });
               });
    }
#pragma unroll
    for (int slot = 0; slot < kSlots; slot++) {
      const Piece piece = piece_at(launch, slot);
      if (piece.exists) add_step(network, piece, sums[slot]);
    }
    __syncthreads();
  }
  if (launch.shares != nullptr) add_shares(launch, share);
  write_weights<kSlots>(launch, share, sums);
}

}  // namespace interlatent::cuda::network
