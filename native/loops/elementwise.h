// Runs an element-wise program on one block at a time: every instruction is one
// vector loop over values that stay in the first-level cache.
#pragma once

#include "loops/loops.h"

namespace interlatent::IL_ISA {

// Where a block lies.
struct Block {
  int64_t offsets[kMaxOperands];  // of its first element, per operand
  int64_t rows, columns;
  // Elements, rounded up to whole vectors.
  int64_t padded;
};

// One pointer per slot, then one block of floats per slot.
struct BlockScratch {
  float** slots;
  float* blocks;
  int64_t block_elements;

  float* block(int32_t slot) const { return blocks + slot * block_elements; }
};

BlockScratch block_scratch(const ElementwiseLoop& loop, std::byte* scratch);

// Takes the position along a dimension of `size` off a row-major index.
static inline int64_t take_position(int64_t& index, int64_t size) {
  if (size == 1) return 0;
  const int64_t position = index % size;
  index /= size;
  return position;
}

// Finds block `index` of the iteration space, counted row-major over outer
// dimensions, row blocks, column blocks. `shifts`: where operands begin.
void locate_block(const ElementwiseLoop& loop, const int64_t* shifts,
                  int64_t index, Block& block);

// Points the input slots at memory or copies the inputs into scratch, points
// the output slots at memory or scratch, and executes all instructions.
void execute_block(const ElementwiseLoop& loop, const Block& block,
                   const BlockScratch& scratch);

// Copies outputs that execute_block left in scratch to memory.
void store_outputs(const ElementwiseLoop& loop, const Block& block,
                   const BlockScratch& scratch);

}  // namespace interlatent::IL_ISA
