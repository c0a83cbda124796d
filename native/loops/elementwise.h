// Runs an element-wise program on one block at a time. Every instruction is one
// vector loop over values that stay in the first-level cache.
#pragma once

#include "loops/loops.h"

namespace interlatent::IL_ISA {

// The location and size of a block.
struct Block {
  int64_t offsets[kMaxOperands];  // of its first element, per operand
  int64_t rows, columns;
  // Number of elements, rounded up to whole vectors.
  int64_t padded;
};

// The scratch of a block: one pointer per slot, then one block of floats per
// slot.
struct BlockScratch {
  float** slots;
  float* blocks;
  int64_t block_elements;

  float* block(int32_t slot) const { return blocks + slot * block_elements; }
};

BlockScratch block_scratch(const ElementwiseLoop& loop, std::byte* scratch);

// Returns the position along the last dimension, of `size`, of a row-major
// index, and removes it from the index.
static inline int64_t take_position(int64_t& index, int64_t size) {
  if (size == 1) return 0;
  const int64_t position = index % size;
  index /= size;
  return position;
}

// Locates block `index` of the iteration space, counted row-major over outer
// dimensions, row blocks, column blocks. `shifts`: offsets of the operands.
void locate_block(const ElementwiseLoop& loop, const int64_t* shifts,
                  int64_t index, Block& block);

// Points the input slots to memory, or copies the inputs to scratch. Points the
// output slots to memory or scratch. Then executes all instructions.
void execute_block(const ElementwiseLoop& loop, const Block& block,
                   const BlockScratch& scratch);

// Copies the outputs that execute_block left in scratch to memory.
void store_outputs(const ElementwiseLoop& loop, const Block& block,
                   const BlockScratch& scratch);

}  // namespace interlatent::IL_ISA
