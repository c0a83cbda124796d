// The hot loops of every kernel family, one table per instruction set. Loops
// take plain structures with checked sizes and raw pointers: files in this
// folder are compiled several times for different instruction sets and must not
// instantiate shared code such as the containers of the standard library.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kinds.h"
#include "math/adam.h"

namespace interlatent {

// Elements that one vector loop handles at once, at least 512 bits; blocks are
// whole multiples of it.
inline constexpr int kLanes = 16;

// An operand of an element-wise program in the blocked iteration space.
struct BlockOperand {
  float* data;
  int64_t strides[kMaxRank];  // of the outer dimensions
  int64_t row_stride;
  int64_t column_stride;
  int32_t in_place;  // may be read or written in memory, without a copy
};

// An element-wise program over outer dimensions x rows x columns. Slots are
// numbered inputs, outputs, registers. A block is up to `block_rows` rows of up
// to `block_columns` columns and at most `block_elements` elements.
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
  int32_t streams;  // results go past the caches
};

struct MapLoop {
  ElementwiseLoop program;
  int64_t blocks;
  int64_t blocks_per_task;
};

// A reduction of the program's single result. The dimensions fall into two
// groups: the program walks the one that holds the innermost dimension, in
// blocks; `other` lists the rest. `innermost_reduced`: the program's group is
// the reduced one and `other` is kept; otherwise the reverse.
struct ReduceLoop {
  ElementwiseLoop program;
  int32_t takes_maximum;  // else sum
  int32_t result;         // slot of what is reduced
  int32_t innermost_reduced;
  int32_t other_rank;
  int64_t other_dims[kMaxRank];
  int64_t other_strides[kMaxOperands][kMaxRank];
  // An item is what one accumulator block covers; each is reduced over `units`
  // (blocks or positions), cut into `chunks` of `chunk_units`.
  int64_t items, units, chunks, chunk_units;
  int64_t items_per_task;  // 1 when there are several chunks
  int64_t item_elements;
};

// What follows a matrix product: c = activation(c + bias), or c times the slope
// of an activation; then the sums of its rows.
struct Epilogue {
  const float* bias;  // one value per row; null for none
  Activation activation;
  float slope;
  const float* saved;  // [m, n]; null unless the activation is a slope
  int64_t saved_stride;
  float* sums;   // [m]; null for none
  float* lanes;  // room for m whole vectors, when there are sums
};

// One product: c [m, n] = epilogue(a [m, k] · b [k, n]); rows of c are
// contiguous, the others have strides.
struct TileProduct {
  float* c;
  const float* a;
  const float* b;
  int64_t m, n, k;
  int64_t ldc;
  int64_t a_along_m, a_along_k;
  int64_t b_along_k, b_along_n;
  Epilogue epilogue;
  // Of a small product: c is what is added to; n is then a multiple of kLanes
  // and there is no bias.
  int32_t adds;
};

struct RandomLoop {
  float* out;            // [runs, per_run]
  const int32_t* seeds;  // two words per run
  int32_t normal;        // else uniform
  uint32_t stream;
  uint32_t first_block;  // of four words, of the first element
  int64_t per_run;
  // Parts of the columns, each with blocks of its own, and their numbers.
  int64_t parts, per_part;
  uint32_t blocks_per_part;
  int64_t width, columns;  // of a part, of the tensor
  int64_t chunk;           // elements per task, a multiple of 64
  int64_t chunks;          // per part
};

// Columns of a mini-batch from rows of a data set, for one run.
struct GatherTile {
  float* out;         // [features, columns], row stride `batch`
  const float* data;  // elements with [rows, features] values of `type`
  DataType type;
  const int32_t* index;  // per column, checked
  int64_t features, batch, columns;
  // Of the channels, equal parts of the features; 0: values as they are.
  int64_t channels;
  const float* means;
  const float* inverse_sds;
};

struct MixtureLoop {
  MixtureResult result;
  float* out;
  const float* z;         // [groups, batch]
  const float* theta;     // [groups, 3 components, batch]
  const float* upstream;  // of the gradients; else null
  int64_t components, batch;
  float log_scale_min, log_scale_max;
  // A block is up to kMixtureBlock columns of one group.
  int64_t blocks, blocks_per_group, blocks_per_task;
};
inline constexpr int64_t kMixtureBlock = 64;

// What a position along an axis meets: the taps of an output (or of an input,
// of the transpose), the outputs of a tap; and what is read there.
struct Meetings {
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
  // From one channel to the next.
  int64_t result_channel, source_channel;
  int64_t weights_channel, weights_reduced;
  // From one row to the next.
  int64_t source_row, weights_row;
  Meetings down;           // of the row
  const Meetings* across;  // of its columns
};

// to [columns, rows] = from [rows, columns].
struct Transposition {
  float* to;
  const float* from;
  int64_t rows, columns;
  int64_t to_row, from_row;  // from one row to the next
};

// Adds to slopes by weights what outputs of neighbouring columns give: y lies
// [columns, batch, lanes], and row r of x reads [columns, batch]. A row is a
// channel of the input and a row of taps.
struct ConvolutionWeightsLoop {
  struct Row {
    const float* x;
    float* sums;  // [lanes]
  };
  const Row* rows;
  const float* y;
  int64_t count, lanes, columns, batch;
  int64_t x_shift, sums_shift;  // of all rows
  int64_t x_column;             // from one column to the next
};

// What is kept of a time for the gradient: c, i, f, g, o of every unit.
template <class Data>
struct LstmKept {
  Data* data;
  int64_t gate, unit;  // from one to the next
};
// One time of some subjects of a sequence. Rows of gates, h and slopes lie
// `row` apart, those of scratch `columns`.
struct LstmStep {
  float* h;
  LstmKept<float> kept;
  const float* gates;  // before their activations; null: all in the products
  const float* steps;  // above 0: the step counts
  // Scratch, [units, columns] each: of each gate weights times h of the step
  // before; h and c of the step before, then of this one.
  const float* products;
  float* h_state;
  float* c_state;
  int64_t units, columns, row;
};
struct LstmGradientStep {
  float* slopes;  // of the gates; null: only in the copy, [4 units, columns]
  float* copy;
  LstmKept<const float> kept;
  const float* c_before;  // of the step before, rows `before_row` apart
  const float* upstream;  // of h
  const float* steps;
  const float* later_steps;  // of the time after
  // Scratch, [units, columns] each: slopes by h and c of this time, first what
  // later times left there; transposed weights times the slopes of the time
  // after.
  float* h;
  float* c;
  const float* products;
  int64_t units, columns, row, before_row;
};

// One time of some subjects of a GRU. Rows of what is kept, gates, slopes and
// upstream lie `row` apart, those of scratch `columns`.
struct GruStep {
  float* kept;         // h, r, z, n and what r multiplies
  const float* gates;  // r, z, n before their activations
  const float* steps;  // above 0: the step counts
  // Scratch: weights times h of the step before, [3 units, columns]; h, [units,
  // columns], of the step before, then of this one.
  const float* products;
  float* state;
  int64_t units, columns, row;
};
struct GruGradientStep {
  float* slopes;  // by the gates and by what r multiplies
  float* copy;    // those by the products once more, [3 units, columns]
  const float* kept;
  const float* h_before;  // of the step before, rows `before_row` apart
  const float* upstream;  // of h
  const float* steps;
  // Scratch, [units, columns] each: what later times left of slopes by h, then
  // what this one leaves; transposed weights times their slopes, which are 0
  // where a step did not count.
  float* h;
  const float* products;
  int64_t units, columns, row, before_row;
};

struct DeterminantLoop {
  DeterminantResult result;
  float* out;             // [groups, batch]; gradient: as the matrices
  const float* matrices;  // [groups, d, d, batch]
  const float* upstream;  // of the gradient, [groups, batch]; else null
  int64_t d, batch, count;
  float log_floor;
  int64_t per_task;  // matrices, whatever their groups; a multiple of kLanes
};

struct Loops {
  const char* isa;
  // `shifts`: elements from every operand's data to where it lies this time.
  void (*map)(const MapLoop&, const int64_t* shifts, int64_t task,
              std::byte* scratch);
  // `partials`: [items, chunks, item_elements], used when chunks > 1.
  void (*reduce)(const ReduceLoop&, const int64_t* shifts, double* partials,
                 int64_t task, std::byte* scratch);
  void (*combine_partials)(const ReduceLoop&, const int64_t* shifts,
                           double* partials);
  void (*apply_epilogue)(const TileProduct&);
  // b is contiguous along n, and n >= kLanes.
  void (*small_product)(const TileProduct&);
  // a and b are contiguous along k.
  void (*dot_product)(const TileProduct&);
  // Any strides, slowly: for vectors with gaps.
  void (*plain_product)(const TileProduct&);
  void (*random)(const RandomLoop&, uint64_t step, int64_t task);
  void (*gather)(const GatherTile&);
  void (*mixture)(const MixtureLoop&, int64_t task, std::byte* scratch);
  void (*convolution)(const ConvolutionLoop&);
  void (*transpose)(const Transposition&);
  void (*convolution_weights)(const ConvolutionWeightsLoop&);
  // The larger of both; a NaN is larger than all, of equal ones `best` stays.
  void (*largest)(float* best, const float* x, int64_t count);
  // Also where it was found.
  void (*largest_place)(float* best, int32_t* places, const float* x,
                        int32_t place, int64_t count);
  void (*lstm)(const LstmStep&);
  void (*lstm_gradient)(const LstmGradientStep&);
  void (*gru)(const GruStep&);
  void (*gru_gradient)(const GruGradientStep&);
  void (*determinant)(const DeterminantLoop&, int64_t task, std::byte* scratch);
  // Whether none of the values is NaN or infinite.
  bool (*all_finite)(const float* values, int64_t count);
  // target = the mean of `count` rows of `elements`, `stride` apart.
  void (*average)(float* target, const float* rows, int64_t count,
                  int64_t stride, int64_t elements);
  void (*adam)(const AdamStep&, const float* gradients, float* parameters,
               float* first, float* second, int64_t count);
};

}  // namespace interlatent
