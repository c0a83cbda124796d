// Arranges the iteration space of an element-wise program in blocks that fit
// the first-level cache.
#pragma once

#include <cstdint>
#include <vector>

#include "kernel.h"
#include "loops/loops.h"
#include "records/elementwise.h"

namespace interlatent {

// Returns the approximate number of vector operations per vector of elements.
int64_t program_cost(const ElementwiseProgram& program);

// The offsets of the operands for a block, in the order of the views.
struct Shifts {
  Shifts(const Kernel& kernel, const ElementwiseProgram& program,
         const Place& place) {
    for (size_t i = 0; i < program.views.size(); i++) {
      values[i] = kernel.shift(program.views[i].operand, place);
    }
  }
  int64_t values[kMaxOperands];
};

// Returns the loop over the dimensions `dims`, in order, cut into blocks that
// fit the first-level cache. Throws Error "invalid-plan" if there are too many
// dimensions.
ElementwiseLoop block_loop(const RecordReader& in,
                           const ElementwiseProgram& program,
                           const std::vector<size_t>& dims);

// Returns the number of blocks of the whole iteration space.
int64_t count_blocks(const ElementwiseLoop& loop);

// Returns the cost of one block, in elements x vector operations.
int64_t block_cost(const ElementwiseLoop& loop, int64_t cost);

// Returns a number of blocks per task that makes a task worth passing to
// another thread.
int64_t blocks_per_task(const ElementwiseLoop& loop, int64_t cost);

// Returns the bytes of scratch: a pointer and a block of floats per slot.
size_t elementwise_scratch(const ElementwiseLoop& loop);

}  // namespace interlatent
