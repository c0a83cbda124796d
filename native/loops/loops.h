// The hot loops of every kernel family, one table per instruction set. Loops
// take plain structures with checked sizes and raw pointers. Files in this
// folder are compiled several times, for different instruction sets, and must
// not instantiate shared code such as the containers of the standard library.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kinds.h"
#include "math/adam.h"

namespace interlatent {

// Number of elements that one vector loop processes together, at least 512
// bits. Block sizes are multiples of it.
inline constexpr int kLanes = 16;

// An operand of an element-wise program in the blocked iteration space.
struct BlockOperand {
  float* data;
  int64_t strides[kMaxRank];  // along the outer dimensions
  int64_t row_stride;
  int64_t column_stride;
  int32_t in_place;  // 1: may be used in memory without a copy
};

// An element-wise program over outer dimensions x rows x columns. Slots are
// numbered inputs, outputs, registers. A block has at most `block_rows` rows,
// `block_columns` columns and `block_elements` elements.
struct ElementwiseLoop {
  const Instruction* instructions;
  int32_t instruction_count;
  int32_t inputs, outputs, slots;
  BlockOperand operands[kMaxOperands];  // inputs, then outputs
  int32_t rank;
  int64_t dims[kMaxRank];
  int64_t rows, columns;
  int64_t block_rows, block_columns, block_elements;
  int64_t row_blocks, column_blocks;
  int32_t streams;  // 1: results bypass the caches
};

struct MapLoop {
  ElementwiseLoop program;
  int64_t blocks;
  int64_t blocks_per_task;
};

// A reduction of the program's single result. The dimensions form two groups.
// The program walks the group with the innermost dimension, in blocks; `other`
// lists the rest. `innermost_reduced`: 1 if the program's group is reduced and
// `other` is not; otherwise the reverse.
struct ReduceLoop {
  ElementwiseLoop program;
  int32_t takes_maximum;  // 0: sum
  int32_t result;         // slot of the value that is reduced
  int32_t innermost_reduced;
  int32_t other_rank;
  int64_t other_dims[kMaxRank];
  int64_t other_strides[kMaxOperands][kMaxRank];
  // One accumulator block covers an item. Each item is reduced over `units`
  // (blocks or positions), which are cut into `chunks` of `chunk_units`.
  int64_t items, units, chunks, chunk_units;
  int64_t items_per_task;  // 1 if there are several chunks
  int64_t item_elements;
};

// The operations after a matrix product: c = activation(c + bias), or c times
// the slope of an activation; then the sums of its rows.
struct Epilogue {
  const float* bias;  // one value per row; null for none
  Activation activation;
  float slope;
  const float* saved;  // [m, n]; null unless the activation is a slope
  int64_t saved_stride;
  float* sums;   // [m]; null for none
  float* lanes;  // space for m whole vectors, if there are sums
};

// kSums: every sum begins with its element of c. kProduct: the whole product is
// added to c, which rounds less if c is a sum of many terms.
enum class Addition : int32_t { kNone, kSums, kProduct };

// One product: c [m, n] = epilogue(a [m, k] · b [k, n]). Rows of c are
// contiguous; the other operands have strides.
struct TileProduct {
  float* c;
  const float* a;
  const float* b;
  int64_t m, n, k;
  int64_t ldc;
  int64_t a_along_m, a_along_k;
  int64_t b_along_k, b_along_n;
  Epilogue epilogue;
  // Only for a small product: whether it is added to c. n is then a multiple of
  // kLanes, and there is no epilogue.
  Addition addition;
};

// Floats of scratch that a packed product of n columns and m rows needs.
inline constexpr int64_t kPackedDepth = 128;
inline constexpr int64_t packed_scratch(int64_t m, int64_t n) {
  return (kPackedDepth + m) * ((n + kLanes - 1) / kLanes * kLanes);
}

struct RandomLoop {
  float* out;            // [runs, per_run]
  const int32_t* seeds;  // two words per run
  int32_t normal;        // 0: uniform
  uint32_t stream;
  uint32_t first_block;  // block of four words of the first element
  int64_t per_run;
  // Number of parts of the columns, and elements per part. Each part has
  // separate blocks of random numbers.
  int64_t parts, per_part;
  uint32_t blocks_per_part;
  int64_t width, columns;  // columns of a part and of the tensor
  int64_t chunk;           // elements per task, a multiple of 64
  int64_t chunks;          // chunks per part
};

// Columns of a mini-batch, from rows of a data set, for one run.
struct GatherTile {
  float* out;         // [features, columns], row stride `batch`
  const float* data;  // elements with [rows, features] values of `type`
  DataType type;
  const int32_t* index;  // row of each column, checked
  int64_t features, batch, columns;
  // Number of channels, which are equal parts of the features. 0: values are
  // not standardised.
  int64_t channels;
  const float* means;
  const float* inverse_sds;
};

struct MixtureLoop {
  MixtureResult result;
  float* out;
  float* value;        // null, or the log density, in addition to its gradient
  const float* z;      // [groups, batch]
  const float* theta;  // [groups, 3 components, batch]
  const float* upstream;  // for gradients; otherwise null
  int64_t components, batch;
  float log_scale_min, log_scale_max;
  // A block has up to kMixtureBlock columns of one group.
  int64_t blocks, blocks_per_group, blocks_per_task;
};
inline constexpr int64_t kMixtureBlock = 64;
// Floats of scratch for one block.
inline constexpr int64_t mixture_scratch(int64_t components) {
  return (4 + 16 * components) * kMixtureBlock;
}

// For a position along an axis of a convolution: the matching indices first,
// first + step, … (`count` of them), and the positions at, at + at_step, … that
// they read. Indices are taps of an output (or of an input, in a transpose), or
// outputs of a tap.
struct IndexPairs {
  int32_t first, step, count;
  int32_t at, at_step;
};

// One row of a convolution or of its transpose: result [channels, columns,
// batch] from source [reduced, rows, columns, batch], for one group.
struct ConvolutionLoop {
  float* result;
  const float* source;
  const float* weights;
  int64_t channels, columns, batch, reduced;
  // Strides between channels.
  int64_t result_channel, source_channel;
  int64_t weights_channel, weights_reduced;
  // Strides between rows.
  int64_t source_row, weights_row;
  IndexPairs down;           // for the row
  const IndexPairs* across;  // for its columns
  // What follows the sums, as in Epilogue.
  const float* bias;  // one value per channel; null for none
  Activation activation;
  float slope;
  const float* saved;  // like the result; null unless there is a slope
  float* lanes;        // sums [channels, kLanes] of results; null for none
};

// Computes to [columns, rows] = from [rows, columns].
struct Transposition {
  float* to;
  const float* from;
  int64_t rows, columns;
  int64_t to_row, from_row;  // strides between rows
  // 1: fills the rest of the last kLanes elements of every row of `to` with the
  // last row of `from`.
  int32_t fills = 0;
};

// Adds the contributions of outputs of neighbouring columns to slopes by
// weights. y is [columns, batch, lanes], and row r of x reads [columns, batch].
// A row is a channel of the input and a row of taps.
struct ConvolutionWeightsLoop {
  struct Row {
    const float* x;
    float* sums;  // [lanes]
  };
  const Row* rows;
  const float* y;
  int64_t count, lanes, columns, batch;
  int64_t x_shift, sums_shift;  // offsets for all rows
  int64_t x_column;             // stride between columns
};

// Adds the contributions of outputs of neighbouring columns to the slopes by
// few weights. Sums have kLanes lanes, which are added at the end.
struct ConvolutionSmallWeightsLoop {
  // The columns that a tap reads, [channels, columns, batch] of x and y each.
  struct Tap {
    const float* x;
    const float* y;
    int64_t columns;
    float* sums;  // [outputs, inputs, kLanes]
  };
  const Tap* taps;
  int64_t count, inputs, outputs, batch;
  int64_t x_channel, y_channel;  // strides between channels
  int64_t x_column, y_column;    // strides between columns
};

// The values that a time saves for the gradient: c, i, f, g, o of every unit.
template <class Data>
struct LstmSaved {
  Data* data;
  int64_t gate, unit;  // strides
};
// One time of some subjects of a sequence. Rows of gates, h and slopes are
// `row` apart, those of scratch `columns`.
struct LstmStep {
  float* h;
  LstmSaved<float> saved;
  const float* gates;  // before their activations; null: included in products
  const float* steps;  // above 0: the step is valid
  // Scratch, [units, columns] each: for each gate, weights times h of the
  // previous step; h and c of the previous step, then of this step.
  const float* products;
  float* h_state;
  float* c_state;
  int64_t units, columns, row;
};
struct LstmGradientStep {
  float* slopes;     // by the gates; null: only stored in copy
  float* copy;       // slopes by the gates, [4 units, columns]
  int64_t copy_row;  // stride between its rows
  LstmSaved<const float> saved;
  const float* c_before;  // c of the previous step, rows `before_row` apart
  const float* upstream;  // of h
  const float* steps;
  const float* later_steps;  // steps of the following time
  // Scratch, [units, columns] each: slopes by h and c of this time, which first
  // hold those of later times; transposed weights times the slopes of the
  // following time.
  float* h;
  float* c;
  const float* products;
  int64_t units, columns, row, before_row;
};

// One time of some subjects of a GRU. Rows of saved values, gates, slopes and
// upstream are `row` apart, those of scratch `columns`.
struct GruStep {
  float* saved;        // h, r, z, n and the product that r multiplies
  const float* gates;  // r, z, n before their activations
  const float* steps;  // above 0: the step is valid
  // Scratch: weights times h of the previous step, [3 units, columns]; h of the
  // previous step, then of this step, [units, columns].
  const float* products;
  float* state;
  int64_t units, columns, row;
};
struct GruGradientStep {
  float* slopes;  // by the gates and by the product that r multiplies
  float* copy;    // slopes by the products again, [3 units, columns]
  const float* saved;
  const float* h_before;  // h of the previous step, rows `before_row` apart
  const float* upstream;  // of h
  const float* steps;
  // Scratch, [units, columns] each: slopes by h of later times, then those of
  // this time; transposed weights times their slopes, which are 0 if a step is
  // not valid.
  float* h;
  const float* products;
  int64_t units, columns, row, before_row;
};

struct DeterminantLoop {
  DeterminantResult result;
  float* out;             // [groups, batch]; gradient: like matrices
  const float* matrices;  // [groups, d, d, batch]
  const float* upstream;  // for the gradient, [groups, batch]; else null
  int64_t d, batch, count;
  float log_floor;
  int64_t per_task;  // matrices of any groups; a multiple of kLanes
};

struct Loops {
  const char* isa;
  // `shifts`: offset of every operand from its data.
  void (*map)(const MapLoop&, const int64_t* shifts, int64_t task,
              std::byte* scratch);
  // `partials`: [items, chunks, item_elements], used if chunks > 1.
  void (*reduce)(const ReduceLoop&, const int64_t* shifts, double* partials,
                 int64_t task, std::byte* scratch);
  void (*combine_partials)(const ReduceLoop&, const int64_t* shifts,
                           double* partials);
  void (*apply_epilogue)(const TileProduct&);
  // b is contiguous along n, and n >= kLanes.
  void (*small_product)(const TileProduct&);
  // a and b are contiguous along k.
  void (*packed_product)(const TileProduct&, float* scratch);
  void (*dot_product)(const TileProduct&);
  // Supports any strides, slowly: for vectors with gaps.
  void (*plain_product)(const TileProduct&);
  void (*random)(const RandomLoop&, uint64_t step, int64_t task);
  void (*gather)(const GatherTile&);
  void (*mixture)(const MixtureLoop&, int64_t task, std::byte* scratch);
  void (*convolution)(const ConvolutionLoop&);
  void (*transpose)(const Transposition&);
  void (*convolution_weights)(const ConvolutionWeightsLoop&);
  void (*convolution_small_weights)(const ConvolutionSmallWeightsLoop&);
  // Adds the kLanes lanes of each of `count` sums.
  void (*sum_lanes)(float* to, const float* from, int64_t count);
  // Computes the maximum. NaN counts as largest; of equal values `best` is
  // retained.
  void (*largest)(float* best, const float* x, int64_t count);
  // Also stores where the maximum was found.
  void (*largest_place)(float* best, int32_t* places, const float* x,
                        int32_t place, int64_t count);
  void (*lstm)(const LstmStep&);
  void (*lstm_gradient)(const LstmGradientStep&);
  void (*gru)(const GruStep&);
  void (*gru_gradient)(const GruGradientStep&);
  void (*determinant)(const DeterminantLoop&, int64_t task, std::byte* scratch);
  // True if no value is NaN or infinite.
  bool (*all_finite)(const float* values, int64_t count);
  // Computes the mean of `count` rows of `elements`, `stride` apart.
  void (*average)(float* target, const float* rows, int64_t count,
                  int64_t stride, int64_t elements);
  void (*adam)(const AdamStep&, const float* gradients, float* parameters,
               float* first, float* second, int64_t count);
};

}  // namespace interlatent
