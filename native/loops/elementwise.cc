// The register machine of map and reduce: locates, loads and stores blocks, and
// runs one vector loop per instruction.
#include "loops/elementwise.h"

#include "loops/vector_math.h"
#include "math/elementwise.h"

namespace interlatent::IL_ISA {
namespace {

void load(const BlockOperand& operand, int64_t offset, const Block& block,
          float* target) {
  for (int64_t row = 0; row < block.rows; row++) {
    const float* source = operand.data + offset + row * operand.row_stride;
    float* row_target = target + row * block.columns;
    if (operand.column_stride == 1) {
#pragma omp simd
      for (int64_t i = 0; i < block.columns; i++) row_target[i] = source[i];
    } else if (operand.column_stride == 0) {
      const float value = source[0];
#pragma omp simd
      for (int64_t i = 0; i < block.columns; i++) row_target[i] = value;
    } else {
      for (int64_t i = 0; i < block.columns; i++) {
        row_target[i] = source[i * operand.column_stride];
      }
    }
  }
}

// Streams the whole vectors of a row, if it begins at a vector boundary.
// Returns the number of elements.
int64_t stream_row(float* target, const float* source, int64_t columns) {
  constexpr uintptr_t bytes = kVector * sizeof(float);
  if (reinterpret_cast<uintptr_t>(target) % bytes != 0) return 0;
  int64_t i = 0;
  for (; i + kVector <= columns; i += kVector) {
    stream_vector(target + i, load_vector(source + i));
  }
  return i;
}

void store(const BlockOperand& operand, int64_t offset, const Block& block,
           bool streams, const float* source) {
  for (int64_t row = 0; row < block.rows; row++) {
    float* target = operand.data + offset + row * operand.row_stride;
    const float* row_source = source + row * block.columns;
    if (operand.column_stride == 1) {
      int64_t i = streams ? stream_row(target, row_source, block.columns) : 0;
#pragma omp simd
      for (int64_t j = i; j < block.columns; j++) target[j] = row_source[j];
    } else {
      for (int64_t i = 0; i < block.columns; i++) {
        target[i * operand.column_stride] = row_source[i];
      }
    }
  }
}

// True if a block can be used in memory, because it lies there as whole
// vectors.
bool whole(const Block& block, const BlockOperand& operand) {
  return operand.in_place != 0 && operand.column_stride == 1 &&
         (block.rows == 1 || operand.row_stride == block.columns) &&
         block.rows * block.columns == block.padded;
}

void execute(const Instruction& instruction, float* const* slots, int64_t n) {
  float* target = slots[instruction.target];
  const float* a = slots[instruction.a];
  const float* b = slots[instruction.b];
  const float* c = slots[instruction.c];
  [[maybe_unused]] const float lo = instruction.lo;
  [[maybe_unused]] const float hi = instruction.hi;
  // Process whole vectors only: the inner loop has a constant length and needs
  // neither a remainder nor an aliasing check (targets equal operands or are
  // disjoint).
#define IL_LOOP(...)                                                       \
  for (int64_t first = 0; first < n; first += kLanes) {                    \
    _Pragma("omp simd") for (int64_t i = first; i < first + kLanes; i++) { \
      __VA_ARGS__                                                          \
    }                                                                      \
  }                                                                        \
  break;
#define IL_UNARY(name, code, cost, immediates, value) \
  case Opcode::name:                                  \
    IL_LOOP(const float x = a[i]; target[i] = (value);)
#define IL_BINARY(name, code, cost, value) \
  case Opcode::name:                       \
    IL_LOOP(const float x = a[i]; const float y = b[i]; target[i] = (value);)
#define IL_TERNARY(name, code, cost, value)                                   \
  case Opcode::name:                                                          \
    IL_LOOP(const float x = a[i]; const float y = b[i]; const float z = c[i]; \
            target[i] = (value);)
  const auto opcode = static_cast<Opcode>(instruction.opcode);
  if (opcode == Opcode::exp) {
    exponentials(target, a, n);
    return;
  }
  switch (opcode) {
    case Opcode::constant:
      IL_LOOP(target[i] = lo;)
      IL_UNARY_INSTRUCTIONS(IL_UNARY)
      IL_BINARY_INSTRUCTIONS(IL_BINARY)
      IL_TERNARY_INSTRUCTIONS(IL_TERNARY)
  }
#undef IL_LOOP
#undef IL_UNARY
#undef IL_BINARY
#undef IL_TERNARY
}

}  // namespace

BlockScratch block_scratch(const ElementwiseLoop& loop, std::byte* scratch) {
  const int64_t pointers = (loop.slots * int64_t{sizeof(float*)} + 63) / 64;
  return {reinterpret_cast<float**>(scratch),
          reinterpret_cast<float*>(scratch + pointers * 64),
          loop.block_elements};
}

void locate_block(const ElementwiseLoop& loop, const int64_t* shifts,
                  int64_t index, Block& block) {
  const int operands = loop.inputs + loop.outputs;
  const int64_t column =
      take_position(index, loop.column_blocks) * loop.block_columns;
  const int64_t row = take_position(index, loop.row_blocks) * loop.block_rows;
  for (int i = 0; i < operands; i++) {
    const BlockOperand& operand = loop.operands[i];
    block.offsets[i] =
        shifts[i] + row * operand.row_stride + column * operand.column_stride;
  }
  for (int dim = loop.rank - 1; dim >= 0; dim--) {
    const int64_t position = take_position(index, loop.dims[dim]);
    for (int i = 0; i < operands; i++) {
      block.offsets[i] += position * loop.operands[i].strides[dim];
    }
  }
  const int64_t columns = loop.columns - column;
  const int64_t rows = loop.rows - row;
  block.columns = columns < loop.block_columns ? columns : loop.block_columns;
  block.rows = rows < loop.block_rows ? rows : loop.block_rows;
  block.padded = (block.rows * block.columns + kLanes - 1) / kLanes * kLanes;
}

void execute_block(const ElementwiseLoop& loop, const Block& block,
                   const BlockScratch& scratch) {
  const int operands = loop.inputs + loop.outputs;
  for (int i = 0; i < operands; i++) {
    const BlockOperand& operand = loop.operands[i];
    if (whole(block, operand)) {
      scratch.slots[i] = operand.data + block.offsets[i];
    } else {
      scratch.slots[i] = scratch.block(i);
      if (i < loop.inputs) {
        load(operand, block.offsets[i], block, scratch.slots[i]);
      }
    }
  }
  for (int i = operands; i < loop.slots; i++) {
    scratch.slots[i] = scratch.block(i);
  }
  for (int i = 0; i < loop.instruction_count; i++) {
    execute(loop.instructions[i], scratch.slots, block.padded);
  }
}

void store_outputs(const ElementwiseLoop& loop, const Block& block,
                   const BlockScratch& scratch) {
  for (int i = loop.inputs; i < loop.inputs + loop.outputs; i++) {
    if (!whole(block, loop.operands[i])) {
      store(loop.operands[i], block.offsets[i], block, loop.streams != 0,
            scratch.slots[i]);
    }
  }
}

}  // namespace interlatent::IL_ISA
