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

struct Loops {
  const char* isa;
  void (*map)(const MapLoop&, int64_t task, std::byte* scratch);
};

}  // namespace interlatent
