// What the kernel records of docs/engine.md say, read and checked once for
// every backend: shapes, and where the operands of the first block lie. How the
// work is cut up is each backend's own. Readers throw Error "invalid-plan".
#pragma once

#include <cstdint>
#include <vector>

#include "finite.h"
#include "kinds.h"
#include "math/jacobian.h"
#include "profile.h"
#include "record_reader.h"

namespace interlatent {

struct Record {
  std::vector<WrittenTensor> written;
  // Arithmetic of one block, for profiles; 0 where it is not counted.
  double flops = 0;
  std::vector<MovedElements> moved;
};

struct AdamRecord : Record {
  float* parameters;
  float* first;
  float* second;
  const float* gradients;
  const float* alive;
  const float* rates;  // `rate_count` of them, then adamStart
  int64_t rate_count;
  int64_t runs;
  struct Segment {
    int64_t offset, per_run, rate;
  };
  std::vector<Segment> segments;
  double beta1, beta2, epsilon;
};
AdamRecord read_adam(RecordReader& in);

struct AverageRecord : Record {
  float* target;
  const float* tiles;
  int64_t count, stride, elements;
};
AverageRecord read_average(RecordReader& in);

// A result and two operands, each in one piece at every place of some leading
// dimensions, along which the two operands may have stride 0.
struct BroadcastRecord : Record {
  float* out;
  const float* first;
  const float* second;
  std::vector<int64_t> dims;
  int64_t count;  // of places
  struct Strides {
    std::vector<int64_t> out, first, second;
  } strides;

  void read_leading(RecordReader& in);
  // Given the elements of a piece of each.
  void take_operands(const RecordReader& in, const int64_t (&sizes)[3]);
};

// Input x [groups x inputs, rows, columns, batch], weights w [groups x outputs,
// inputs, taps], output y [groups x outputs, rows, columns, batch]. The first
// operand is x, of the transpose y; the second w, of the weights' slope y.
struct ConvolutionRecord : BroadcastRecord {
  // Along rows or columns: output i and tap k read input
  // i * stride - padding + k * dilation.
  struct Axis {
    int64_t input, output, taps;
    int64_t stride, padding, dilation;
  };
  ConvolutionResult result;
  int64_t groups, inputs, outputs, batch;
  Axis rows, columns;

  int64_t input_size() const { return rows.input * columns.input * batch; }
  int64_t output_size() const { return rows.output * columns.output * batch; }
  int64_t taps() const { return rows.taps * columns.taps; }
};
ConvolutionRecord read_convolution(RecordReader& in, ConvolutionResult result);

struct DeterminantRecord : Record {
  DeterminantResult result;
  float* out;             // [groups, batch]; gradient: as the matrices
  const float* matrices;  // [groups, d, d, batch]
  const float* upstream;  // of the gradient, [groups, batch]; else null
  int64_t d, batch;
  int64_t count;  // groups x batch
  float log_floor;
};
DeterminantRecord read_determinant(RecordReader& in, DeterminantResult result);

struct GatherRecord : Record {
  float* out;         // [runs, features, batch]
  const float* data;  // elements with [rows, features] values of `type`
  DataType type;
  const int32_t* index;  // [runs, batches, batch]
  int64_t features, batch, batches, rows, runs;
  // Of every channel, an equal part of the features; empty: values as they are.
  std::vector<float> means, inverse_sds;
  int64_t tiles;  // that the kernel is run for

  // The batch that a tile takes in a step.
  int64_t batch_at(uint64_t step, int64_t tile) const {
    const auto steps = static_cast<uint64_t>(batches / tiles);
    return static_cast<int64_t>(step % steps) * tiles + tile;
  }
  // What is said about an index that is no row.
  std::string wrong_row(int32_t row, int64_t column, int64_t batch_number,
                        int64_t run) const;
};
GatherRecord read_gather(RecordReader& in, uint32_t tiles);

struct GuardRecord : Record {
  float* alive;  // [runs]
  int64_t runs;
  struct Tensor {
    const float* data;
    int64_t run_stride;  // 0: one for all runs
    int64_t runs, count;
  };
  std::vector<Tensor> tensors;
};
GuardRecord read_guard(RecordReader& in);

struct JacobianRecord : Record {
  JacobianResult result;
  float* out;                // [groups, parents]; gradient: as `gradient` says
  const float* sensitivity;  // [groups, rows, batch], the last `size` count
  const float* first;        // [groups, hidden, batch]
  const float* second;       // likewise
  // [groups, hidden, parents], [groups, hidden, hidden], [groups, size, hidden]
  const float* weight[3];
  const float* upstream;  // of the gradient, [groups, parents]; else null
  int64_t groups;         // runs x latents
  int64_t parents, size, hidden, batch, rows;
  int64_t weights;  // of a group, all three
  JacobianGradientLayout gradient;
  float slope;
};
JacobianRecord read_jacobian(RecordReader& in, JacobianResult result);

// Rows of a tensor [sequences, rows, times, batch] that belong to a unit, and
// columns of the weights beside those of the units.
struct RecurrenceRows {
  int64_t gates, kept, slopes, biases;
};
inline constexpr RecurrenceRows kLstmRows = {kLstmGates, kLstmKept, kLstmGates,
                                             0};
inline constexpr RecurrenceRows kGruRows = {kGruGates, kGruKept, kGruSlopes, 1};

struct RecurrenceRecord : Record {
  RecurrenceResult result;
  float* out;             // what is kept; of the gradient slopes
  const float* first;     // gates; of the gradient what was kept
  const float* weights;   // [sequences, gates, units + biases]
  const float* upstream;  // of h, [sequences, units, times, batch]; else null
  const float* steps;     // [sequences, 1, times, batch]; null: all count
  size_t steps_operand;
  int64_t sequences, units, times, batch;
  bool reverse;

  // The i-th time in the order of the recurrence.
  int64_t time(int64_t i) const { return reverse ? times - 1 - i : i; }
  int64_t row() const { return times * batch; }
};
RecurrenceRecord read_recurrence(RecordReader& in, const RecurrenceRows& rows,
                                 RecurrenceResult result);

// An LSTM with the products by its inputs. Of what is kept a backend lays out
// all but h as it likes.
struct LstmLayerRecord : Record {
  RecurrenceResult result;
  float* out;             // what is kept; of the gradient slopes by x, then by
                          // the weights, of every sequence
  const float* kept;      // of the gradient, as its LSTM left it; else null
  const float* x;         // [sequences, inputs, times, batch]
  const float* weights;   // [sequences, gates, depth()]
  const float* upstream;  // of h, [sequences, units, times, batch]; else null
  const float* steps;     // [sequences, 1, times, batch]; null: all count
  size_t first_operand;   // x; then weights, upstream, steps as they are there
  int64_t sequences, inputs, units, times, batch;
  bool reverse;

  int64_t depth() const { return units + inputs + 1; }
  int64_t time(int64_t i) const { return reverse ? times - 1 - i : i; }
  int64_t row() const { return times * batch; }
  int64_t slopes() const {
    return inputs * row() + kLstmGates * units * depth();
  }
};
LstmLayerRecord read_lstm_layer(RecordReader& in, RecurrenceResult result);

struct MatmulRecord : Record {
  int64_t m, n, k;
  std::vector<int64_t> dims;  // of the batch
  int64_t batches;
  // An operand that is there: number, first element, strides per batch
  // dimension. Without it the strides are 0.
  template <class Data>
  struct Matrix {
    size_t operand = 0;
    Data data = nullptr;
    std::vector<int64_t> strides;
  };
  Matrix<float*> c;
  Matrix<const float*> a, b, bias, saved;
  Matrix<float*> sums;
  int64_t ldc, saved_stride;
  int64_t a_along_m, a_along_k, b_along_k, b_along_n;
  bool a_transposed, b_transposed;
  Activation activation;
  float slope;
};
MatmulRecord read_matmul(RecordReader& in);

struct MixtureRecord : Record {
  MixtureResult result;
  float* out;
  const float* z;         // [groups, batch]
  const float* theta;     // [groups, 3 components, batch]
  const float* upstream;  // of the gradients; else null
  int64_t groups, components, batch;
  float log_scale_min, log_scale_max;
};
MixtureRecord read_mixture(RecordReader& in, MixtureResult result);

// Pictures [channels, rows, columns, batch], moved by the second operand, [3,
// batch]: see math/moves.h.
struct MovesRecord : BroadcastRecord {
  int64_t channels, rows, columns, batch;
  bool wraps;
};
MovesRecord read_moves(RecordReader& in);

// Three layers, [groups, units, batch] each, the hidden ones with activations;
// and perhaps the log density of z [groups, batch] under the mixture that the
// last one gives.
struct NetworkRecord : Record {
  // A matrix per group: rows `leading` elements apart, groups `group`.
  template <class Data>
  struct Matrices {
    size_t operand = 0;
    Data data = nullptr;
    int64_t leading = 0, group = 0;
  };
  NetworkResult result;
  int64_t groups, batch;
  int64_t widths[kNetworkLayers + 1];  // inputs, hidden units, outputs
  Activation activation[kNetworkLayers - 1];
  float slope[kNetworkLayers - 1];
  int64_t components;  // of the mixture; 0: there is none
  float log_scale_min, log_scale_max;
  NetworkTarget order;
  float scale;  // of upstream
  // Added to the slope by what the first hidden layer gives.
  Matrices<const float*> added;
  Matrices<const float*> x, upstream, z, target;
  Matrices<const float*> weight[kNetworkLayers], bias[kNetworkLayers];
  Matrices<float*> out;
  Matrices<float*> kept[kNetworkLayers - 1];  // hidden layers; or without data
  // Of the gradient; without data where nobody asks for one. By x with stride
  // 0 is the sum over all groups.
  Matrices<float*> by_weight[kNetworkLayers], by_bias[kNetworkLayers];
  Matrices<float*> by_x, by_z;

  // Rows of the result.
  int64_t outputs() const {
    return components > 0 ? 1 : widths[kNetworkLayers];
  }
  // Weights and bias of a layer, unit by unit, an odd number apart.
  int64_t terms(int layer) const { return widths[layer] + 1; }
  int64_t pitch(int layer) const { return terms(layer) | 1; }
  int64_t tiles_down(int layer) const {
    return (widths[layer + 1] - 1) / kNetworkTile + 1;
  }
  int64_t tiles_across(int layer) const {
    return (terms(layer) - 1) / kNetworkTile + 1;
  }
  int64_t tiles() const;  // of the weights, all layers
  int64_t room() const;   // floats
};
NetworkRecord read_network(RecordReader& in, NetworkResult result);

struct PoolingRecord : Record {
  // Along rows or columns: window i is from i * stride - padding on.
  struct Axis {
    int64_t input, output;
    int64_t size, stride, padding;
  };
  PoolingResult result;
  float* out;             // as the pooled ones; gradient: as x
  const float* x;         // [channels, rows, columns, batch]
  const float* upstream;  // of the gradient, as the pooled ones; else null
  int64_t channels, batch;
  Axis rows, columns;
};
PoolingRecord read_pooling(RecordReader& in, PoolingResult result);

struct RandomRecord : Record {
  float* out;            // [runs, per_run]
  const int32_t* seeds;  // two words per run
  bool normal;           // else uniform
  uint32_t stream;
  int64_t runs, per_run;
  uint32_t blocks_per_tile;  // of four words; 0: all tiles draw the same
  // Parts of the columns draw what tiles would, one behind the other: so many
  // columns of a part, so many of the tensor.
  int64_t parts, width, columns;
  int64_t per_part() const { return per_run / parts; }
  int64_t blocks_per_part() const { return (per_part() + 3) / 4; }
};
RandomRecord read_random(RecordReader& in, uint32_t tiles);

struct SoftmaxRecord : Record {
  float* out;           // [groups, categories, columns]
  const float* logits;  // likewise
  int64_t groups, categories, columns;
};
SoftmaxRecord read_softmax(RecordReader& in);

}  // namespace interlatent
