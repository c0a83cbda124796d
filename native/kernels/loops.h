// The hot loops of every kernel family, one table per instruction set. Loops
// take plain structures with checked sizes and raw pointers: files in this
// folder are compiled several times for different instruction sets and must not
// instantiate shared code such as the containers of the standard library.
#pragma once

#include <cstddef>
#include <cstdint>

namespace interlatent {

// Elements that one vector loop handles at once, at least 512 bits; blocks are
// whole multiples of it.
inline constexpr int kLanes = 16;
inline constexpr int kMaxRank = 8;
inline constexpr int kMaxOperands = 64;

struct Instruction {
  int32_t opcode;
  int32_t target, a, b, c;  // slots
  float lo, hi;             // immediates
};

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
};

struct MapLoop {
  ElementwiseLoop program;
  int64_t blocks;
  int64_t blocks_per_task;
};

// A reduction of the program's single output. The dimensions fall into two
// groups: the program walks the one that holds the innermost dimension, in
// blocks; `other` lists the rest. `innermost_reduced`: the program's group is
// the reduced one and `other` is kept; otherwise the reverse.
struct ReduceLoop {
  ElementwiseLoop program;
  int32_t takes_maximum;  // else sum
  int32_t innermost_reduced;
  int32_t other_rank;
  int64_t other_dims[kMaxRank];
  int64_t other_strides[kMaxOperands][kMaxRank];
  // An item is what one accumulator block covers; each is reduced over `units`
  // (blocks or positions), cut into `chunks` of `chunk_units`.
  int64_t items, units, chunks, chunk_units;
  int64_t items_per_task;  // 1 when there are several chunks
  int64_t item_elements;
  double* partials;  // [items, chunks, item_elements] when chunks > 1
};

enum class Activation : int32_t { kNone = 0, kLeakyRelu = 1, kTanh = 2 };

// What follows a matrix product: c = activation(c + bias), bias one value per
// row, null for none.
struct Epilogue {
  const float* bias;
  Activation activation;
  float slope;
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
};

struct Loops {
  const char* isa;
  void (*map)(const MapLoop&, int64_t task, std::byte* scratch);
  void (*reduce)(const ReduceLoop&, int64_t task, std::byte* scratch);
  void (*combine_partials)(const ReduceLoop&);
  void (*apply_epilogue)(const TileProduct&);
  // b is contiguous along n, and n >= kLanes.
  void (*small_product)(const TileProduct&);
  // a and b are contiguous along k.
  void (*dot_product)(const TileProduct&);
  // Any strides, slowly: for vectors with gaps.
  void (*plain_product)(const TileProduct&);
};

}  // namespace interlatent
