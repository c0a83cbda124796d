// Decodes the element-wise program of a map or reduce kernel, renames its
// registers to slots so that results land in memory directly where they can,
// and arranges the iteration space in blocks.
#pragma once

#include <cstdint>
#include <vector>

#include "kernel.h"
#include "kernels/loops.h"
#include "record_reader.h"

namespace interlatent {

struct ElementwiseProgram {
  std::vector<int64_t> dims;
  // Inputs first, then outputs; strides are per dimension.
  struct View {
    float* data;
    uint64_t extent;
    size_t operand;  // its number in the kernel record
    std::vector<int64_t> strides;
    bool in_place;
  };
  std::vector<View> views;
  int32_t inputs = 0;
  int32_t outputs = 0;
  int32_t slots = 0;
  std::vector<Instruction> instructions;

  // The input that the program returns unchanged, or -1.
  int32_t returned_input() const;

  // Vector operations per vector of elements, roughly.
  int64_t cost() const;
};

// Where the operands lie in a block, in the order of the views.
struct Shifts {
  Shifts(const Kernel& kernel, const ElementwiseProgram& program,
         const Place& place) {
    for (size_t i = 0; i < program.views.size(); i++) {
      values[i] = kernel.shift(program.views[i].operand, place);
    }
  }
  int64_t values[kMaxOperands];
};

// Reads rank … outRegister of docs/engine.md, "map".
ElementwiseProgram read_elementwise(RecordReader& in);

// Drops dimensions of size 1 and merges neighbours that all operands walk
// through as one. Dimensions of different `groups` (one per dimension, shrunk
// alongside) are never merged.
void simplify(ElementwiseProgram& program, std::vector<int>& groups);

// The loop over the dimensions `dims`, in order, cut into blocks that fit the
// first-level cache. Throws Error "invalid-plan" when they are too many.
ElementwiseLoop block_loop(const RecordReader& in,
                           const ElementwiseProgram& program,
                           const std::vector<size_t>& dims);

// Blocks of the whole iteration space.
int64_t count_blocks(const ElementwiseLoop& loop);

// The cost of one block, in elements x vector operations.
int64_t block_cost(const ElementwiseLoop& loop, int64_t cost);

// Blocks per task such that a task is worth handing to another thread.
int64_t blocks_per_task(const ElementwiseLoop& loop, int64_t cost);

// Bytes of scratch: a pointer and a block of floats per slot.
size_t elementwise_scratch(const ElementwiseLoop& loop);

}  // namespace interlatent
