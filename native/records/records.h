// The kernel records that generated/records.h reads and checks for all
// backends, with what kernels derive from them. Each backend decides how to
// divide the work. Constructors throw Error "invalid-plan".
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "generated/records.h"
#include "kinds.h"
#include "math/jacobian.h"
#include "record_reader.h"

namespace interlatent {

struct AdamRecord : AdamFields {
  explicit AdamRecord(RecordReader& in);
  float* parameters;
  float* first;
  float* second;
  const float* gradients;
  const float* alive;
  const float* rates;  // `rate_count` rates, then adamStart
  int64_t rate_count;
  struct Segment {
    int64_t offset, per_run, rate;
  };
  std::vector<Segment> segments;
};

// Input x [groups x inputs, rows, columns, batch], weights w [groups x outputs,
// inputs, taps], output y [groups x outputs, rows, columns, batch]. The first
// operand is x, or y in a transpose. The second operand is w, or y in the slope
// by the weights.
struct ConvolutionRecord : ConvolutionFields {
  explicit ConvolutionRecord(RecordReader& in);
  // Along rows or columns. Output i and tap k read input i * stride - padding +
  // k * dilation.
  struct Axis {
    int64_t input, output, taps;
    int64_t stride, padding, dilation;
  };
  Axis rows, columns;
  int64_t count;  // positions of the leading dimensions

  int64_t all_taps() const { return rows.taps * columns.taps; }
  int64_t input_size() const { return rows.input * columns.input * batch; }
  int64_t output_size() const { return rows.output * columns.output * batch; }
};

struct GatherRecord : GatherFields {
  GatherRecord(RecordReader& in, uint32_t tiles_of_kernel);
  // Per channel, which is an equal part of the features. Empty: values are not
  // standardised.
  std::vector<float> means, inverse_sds;

  // Returns the batch that a tile takes in a step.
  int64_t batch_at(uint64_t step, int64_t tile) const {
    const auto steps = static_cast<uint64_t>(batches / tiles);
    return static_cast<int64_t>(step % steps) * tiles + tile;
  }
  // Returns the error message for an index that is not a row of the data set.
  std::string wrong_row(int32_t row, int64_t column, int64_t batch_number,
                        int64_t run) const;
};

struct GuardRecord : GuardFields {
  explicit GuardRecord(RecordReader& in);
  float* alive;  // [runs]
  struct Tensor {
    const float* data;
    int64_t run_stride;  // 0: all runs share one tensor
    int64_t runs, count;
  };
  std::vector<Tensor> tensors;
};

struct JacobianRecord : JacobianFields {
  explicit JacobianRecord(RecordReader& in);
  const float* weight[3];
  int64_t groups;   // runs x latents
  int64_t weights;  // of a group, of all three layers
  JacobianGradientLayout gradient;
};

// Rows per unit of tensors [sequences, rows, times, batch], and columns of the
// weights in addition to those of the units.
struct RecurrenceRows {
  int64_t gates, saved, slopes, biases;
};
inline constexpr RecurrenceRows kLstmRows = {kLstmGates, kLstmSaved, kLstmGates,
                                             0};
inline constexpr RecurrenceRows kGruRows = {kGruGates, kGruSaved, kGruSlopes,
                                            1};

// `out` has saved values, or the slopes of a gradient; `first` has gates, or
// the saved values for a gradient.
struct RecurrenceRecord : RecurrenceFields {
  using RecurrenceFields::RecurrenceFields;

  // Returns the i-th time in the order of the recurrence.
  int64_t time(int64_t i) const { return reverse ? times - 1 - i : i; }
  int64_t row() const { return times * batch; }
};

// An LSTM including the products with its inputs. A backend chooses the layout
// of the saved values, except h.
struct LstmLayerRecord : LstmLayerFields {
  explicit LstmLayerRecord(RecordReader& in)
      : LstmLayerFields(in), first_operand(saved == nullptr ? 1 : 2) {}
  size_t first_operand;  // x; then weights, upstream and steps if they exist

  int64_t depth() const { return units + inputs + 1; }
  int64_t time(int64_t i) const { return reverse ? times - 1 - i : i; }
  int64_t row() const { return times * batch; }
  int64_t slopes() const {
    return inputs * row() + kLstmGates * units * depth();
  }
};

struct MatmulRecord : MatmulFields {
  explicit MatmulRecord(RecordReader& in);
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
  int64_t a_along_m, a_along_k, b_along_k, b_along_n;

  Activation activation_kind() const {
    return static_cast<Activation>(activation);
  }
};

// Images [channels, rows, columns, batch], moved by the second operand, [3,
// batch] (math/moves.h).
struct MovesRecord : MovesFields {
  explicit MovesRecord(RecordReader& in);
  int64_t count;  // positions of the leading dimensions
};

// A network of three layers, [groups, units, batch] each. The hidden layers
// have activations. The result may be the log density of z [groups, batch]
// under the mixture that the last layer describes.
struct NetworkRecord : Record {
  explicit NetworkRecord(RecordReader& in);
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
  // x, and z as its rows, have parts of `part_rows` rows, `part` elements
  // apart.
  int64_t part_rows, part;
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

 private:
  template <class Fields>
  void read_layers(const RecordReader& in, const Fields& fields);
  void read_outputs(RecordReader& in);
  void read_gradient(RecordReader& in);
};

struct PoolingRecord : PoolingFields {
  explicit PoolingRecord(RecordReader& in);
  // Along rows or columns. Window i starts at i * stride - padding.
  struct Axis {
    int64_t input, output;
    int64_t size, stride, padding;
  };
  Axis rows, columns;
};

struct RandomRecord : RandomFields {
  RandomRecord(RecordReader& in, uint32_t tiles);
  uint32_t blocks_per_tile;  // of four words; 0: all tiles draw the same
  // Each part of the columns draws the numbers of one tile, in sequence.
  // `width`: columns of a part.
  int64_t width;
  int64_t per_part() const { return per_run / parts; }
  int64_t blocks_per_part() const { return (per_part() + 3) / 4; }
};

}  // namespace interlatent
