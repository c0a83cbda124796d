// The kernel records of docs/explanation/kernels.md, read and checked once for
// all backends: shapes, and the operands of the first block. Each backend
// decides how to divide the work. Readers throw Error "invalid-plan".
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
  // Floating-point operations of one block, for profiles; 0 if they are not
  // counted.
  double flops = 0;
  std::vector<MovedElements> moved;
};

struct AdamRecord : Record {
  float* parameters;
  float* first;
  float* second;
  const float* gradients;
  const float* alive;
  const float* rates;  // `rate_count` rates, then adamStart
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

// A result and two operands. Each is contiguous at every position of some
// leading dimensions, along which the operands may have stride 0.
struct BroadcastRecord : Record {
  float* out;
  const float* first;
  const float* second;
  std::vector<int64_t> dims;
  int64_t count;  // positions
  struct Strides {
    std::vector<int64_t> out, first, second;
  } strides;

  void read_leading(RecordReader& in);
  // Reads the operands. `sizes`: elements of the result and of both operands at
  // one position.
  void take_operands(const RecordReader& in, const int64_t (&sizes)[3]);
};

// Input x [groups x inputs, rows, columns, batch], weights w [groups x outputs,
// inputs, taps], output y [groups x outputs, rows, columns, batch]. The first
// operand is x, or y in a transpose. The second operand is w, or y in the slope
// by the weights.
struct ConvolutionRecord : BroadcastRecord {
  // Along rows or columns. Output i and tap k read input i * stride - padding +
  // k * dilation.
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
  float* out;             // [groups, batch]; gradient: like matrices
  const float* matrices;  // [groups, d, d, batch]
  const float* upstream;  // for the gradient, [groups, batch]; else null
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
  // Per channel, which is an equal part of the features. Empty: values are not
  // standardised.
  std::vector<float> means, inverse_sds;
  int64_t tiles;  // for which the kernel runs

  // Returns the batch that a tile takes in a step.
  int64_t batch_at(uint64_t step, int64_t tile) const {
    const auto steps = static_cast<uint64_t>(batches / tiles);
    return static_cast<int64_t>(step % steps) * tiles + tile;
  }
  // Returns the error message for an index that is not a row of the data set.
  std::string wrong_row(int32_t row, int64_t column, int64_t batch_number,
                        int64_t run) const;
};
GatherRecord read_gather(RecordReader& in, uint32_t tiles);

struct GuardRecord : Record {
  float* alive;  // [runs]
  int64_t runs;
  struct Tensor {
    const float* data;
    int64_t run_stride;  // 0: all runs share one tensor
    int64_t runs, count;
  };
  std::vector<Tensor> tensors;
};
GuardRecord read_guard(RecordReader& in);

struct JacobianRecord : Record {
  JacobianResult result;
  float* out;                // [groups, parents]; gradient: see `gradient`
  const float* sensitivity;  // [groups, rows, batch]: the last `size` rows
  const float* first;        // [groups, hidden, batch]
  const float* second;       // likewise
  // [groups, hidden, parents], [groups, hidden, hidden], [groups, size, hidden]
  const float* weight[3];
  const float* upstream;  // for the gradient, [groups, parents]; else null
  int64_t groups;         // runs x latents
  int64_t parents, size, hidden, batch, rows;
  int64_t weights;  // of a group, of all three layers
  JacobianGradientLayout gradient;
  float slope;
};
JacobianRecord read_jacobian(RecordReader& in, JacobianResult result);

// Rows per unit of tensors [sequences, rows, times, batch], and columns of the
// weights in addition to those of the units.
struct RecurrenceRows {
  int64_t gates, saved, slopes, biases;
};
inline constexpr RecurrenceRows kLstmRows = {kLstmGates, kLstmSaved, kLstmGates,
                                             0};
inline constexpr RecurrenceRows kGruRows = {kGruGates, kGruSaved, kGruSlopes,
                                            1};

struct RecurrenceRecord : Record {
  RecurrenceResult result;
  float* out;             // saved values; for the gradient slopes
  const float* first;     // gates; for the gradient saved values
  const float* weights;   // [sequences, gates, units + biases]
  const float* upstream;  // of h, [sequences, units, times, batch]; else null
  const float* steps;     // [sequences, 1, times, batch]; null: all valid
  size_t steps_operand;
  int64_t sequences, units, times, batch;
  bool reverse;

  // Returns the i-th time in the order of the recurrence.
  int64_t time(int64_t i) const { return reverse ? times - 1 - i : i; }
  int64_t row() const { return times * batch; }
};
RecurrenceRecord read_recurrence(RecordReader& in, const RecurrenceRows& rows,
                                 RecurrenceResult result);

// An LSTM including the products with its inputs. A backend chooses the layout
// of the saved values, except h.
struct LstmLayerRecord : Record {
  RecurrenceResult result;
  float* out;             // saved values; for the gradient: slopes by x, then
                          // by the weights, for every sequence
  const float* saved;     // for the gradient, from its LSTM; else null
  const float* x;         // [sequences, inputs, times, batch]
  const float* weights;   // [sequences, gates, depth()]
  const float* upstream;  // of h, [sequences, units, times, batch]; else null
  const float* steps;     // [sequences, 1, times, batch]; null: all valid
  size_t first_operand;   // x; then weights, upstream and steps if they exist
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
  std::vector<int64_t> dims;  // batch dimensions
  int64_t batches;
  // An operand: number, first element, strides per batch dimension. The strides
  // are 0 if there is no such operand.
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
  const float* upstream;  // for gradients; otherwise null
  int64_t groups, components, batch;
  float log_scale_min, log_scale_max;
};
MixtureRecord read_mixture(RecordReader& in, MixtureResult result);

// Images [channels, rows, columns, batch], moved by the second operand, [3,
// batch] (math/moves.h).
struct MovesRecord : BroadcastRecord {
  int64_t channels, rows, columns, batch;
  bool wraps;
};
MovesRecord read_moves(RecordReader& in);

// A network of three layers, [groups, units, batch] each. The hidden layers
// have activations. The result may be the log density of z [groups, batch]
// under the mixture that the last layer describes.
struct NetworkRecord : Record {
  // A matrix per group. Rows are `leading` elements apart, groups `group`.
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
  int64_t components;  // of the mixture; 0: none
  float log_scale_min, log_scale_max;
  NetworkTarget order;
  float scale;  // factor of upstream
  // Added to the slope by the output of the first hidden layer.
  Matrices<const float*> added;
  Matrices<const float*> x, upstream, z, target;
  Matrices<const float*> weight[kNetworkLayers], bias[kNetworkLayers];
  Matrices<float*> out;
  Matrices<float*> saved[kNetworkLayers - 1];  // hidden layers, or no data
  // Results of the gradient; null data if a slope is not requested. The slope
  // by x with group stride 0 is the sum over all groups.
  Matrices<float*> by_weight[kNetworkLayers], by_bias[kNetworkLayers];
  Matrices<float*> by_x, by_z;

  // Returns the rows of the result.
  int64_t outputs() const {
    return components > 0 ? 1 : widths[kNetworkLayers];
  }
  // Weights and bias of a unit; units are an odd number of floats apart.
  int64_t terms(int layer) const { return widths[layer] + 1; }
  int64_t pitch(int layer) const { return terms(layer) | 1; }
  int64_t tiles_down(int layer) const {
    return (widths[layer + 1] - 1) / kNetworkTile + 1;
  }
  int64_t tiles_across(int layer) const {
    return (terms(layer) - 1) / kNetworkTile + 1;
  }
  int64_t tiles() const;  // of the weights of all layers
  int64_t room() const;   // floats
};
NetworkRecord read_network(RecordReader& in, NetworkResult result);

struct PoolingRecord : Record {
  // Along rows or columns. Window i starts at i * stride - padding.
  struct Axis {
    int64_t input, output;
    int64_t size, stride, padding;
  };
  PoolingResult result;
  float* out;             // pooled values; gradient: like x
  const float* x;         // [channels, rows, columns, batch]
  const float* upstream;  // for the gradient, like pooled values; else null
  int64_t channels, batch;
  Axis rows, columns;
};
PoolingRecord read_pooling(RecordReader& in, PoolingResult result);

struct RandomRecord : Record {
  float* out;            // [runs, per_run]
  const int32_t* seeds;  // two words per run
  bool normal;           // otherwise uniform
  uint32_t stream;
  int64_t runs, per_run;
  uint32_t blocks_per_tile;  // of four words; 0: all tiles draw the same
  // Each part of the columns draws the numbers of one tile, in sequence.
  // `width`: columns of a part. `columns`: columns of the tensor.
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
