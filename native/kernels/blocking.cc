// Cuts element-wise programs into blocks that fit the first-level cache.
#include "kernels/blocking.h"

#include <algorithm>
#include <numeric>

#include "math/elementwise.h"

namespace interlatent {
namespace {

int64_t cost_of(int32_t opcode) {
  switch (opcode) {
#define IL_COST(name, code, cost, ...) \
  case code:                           \
    return cost;
    IL_UNARY_INSTRUCTIONS(IL_COST)
    IL_BINARY_INSTRUCTIONS(IL_COST)
    IL_TERNARY_INSTRUCTIONS(IL_COST)
#undef IL_COST
    default:
      return 1;
  }
}

}  // namespace

int64_t program_cost(const ElementwiseProgram& program) {
  int64_t cost = program.inputs + program.outputs;
  for (const Instruction& instruction : program.instructions) {
    cost += cost_of(instruction.opcode);
  }
  return cost;
}

ElementwiseLoop block_loop(const RecordReader& in,
                           const ElementwiseProgram& program,
                           const std::vector<size_t>& dims) {
  ElementwiseLoop loop{};
  loop.instructions = program.instructions.data();
  loop.instruction_count = static_cast<int32_t>(program.instructions.size());
  loop.inputs = program.inputs;
  loop.outputs = program.outputs;
  loop.slots = program.slots;
  const size_t outer = dims.size() < 2 ? 0 : dims.size() - 2;
  if (outer > kMaxRank) in.refuse("it has too many separate dimensions");
  loop.rank = static_cast<int32_t>(outer);
  for (size_t i = 0; i < outer; i++) loop.dims[i] = program.dims[dims[i]];
  loop.columns = dims.empty() ? 1 : program.dims[dims.back()];
  loop.rows = dims.size() < 2 ? 1 : program.dims[dims[dims.size() - 2]];
  for (size_t i = 0; i < program.views.size(); i++) {
    const auto& view = program.views[i];
    BlockOperand& operand = loop.operands[i];
    operand.data = view.data;
    operand.in_place = view.in_place ? 1 : 0;
    for (size_t k = 0; k < outer; k++)
      operand.strides[k] = view.strides[dims[k]];
    operand.row_stride =
        dims.size() < 2 ? 0 : view.strides[dims[dims.size() - 2]];
    operand.column_stride = dims.empty() ? 1 : view.strides[dims.back()];
  }
  // All slots of a block together should leave some of a 32 KB cache free.
  constexpr int64_t budget = 24 * 1024 / int64_t{sizeof(float)};
  const int64_t fitting = budget / loop.slots / kLanes * kLanes;
  const int64_t elements = std::clamp<int64_t>(fitting, 128, 1024);
  loop.block_columns = std::min(loop.columns, elements);
  loop.block_rows = 1;
  // Short rows share a block; longer rows do so if that needs no copies.
  bool needs_no_copies = true;
  for (size_t i = 0; i < program.views.size(); i++) {
    const BlockOperand& operand = loop.operands[i];
    needs_no_copies &=
        operand.column_stride != 1 || operand.row_stride == loop.columns;
  }
  if (loop.columns < 128 || needs_no_copies) {
    loop.block_rows =
        std::clamp<int64_t>(elements / loop.columns, 1, loop.rows);
    // Use whole vectors if possible.
    const int64_t step = kLanes / std::gcd(int64_t{kLanes}, loop.columns);
    if (loop.block_rows > step) loop.block_rows -= loop.block_rows % step;
  }
  loop.block_elements =
      (loop.block_rows * loop.block_columns + kLanes - 1) / kLanes * kLanes;
  loop.row_blocks = (loop.rows - 1) / loop.block_rows + 1;
  loop.column_blocks = (loop.columns - 1) / loop.block_columns + 1;
  return loop;
}

int64_t count_blocks(const ElementwiseLoop& loop) {
  int64_t blocks = loop.row_blocks * loop.column_blocks;
  for (int32_t i = 0; i < loop.rank; i++) blocks *= loop.dims[i];
  return blocks;
}

int64_t block_cost(const ElementwiseLoop& loop, int64_t cost) {
  // Locating a block and folding or storing it takes about 20 nanoseconds.
  constexpr int64_t overhead = 1000;
  return loop.block_elements * cost + overhead;
}

int64_t blocks_per_task(const ElementwiseLoop& loop, int64_t cost) {
  // One to two microseconds: worth passing to another thread.
  constexpr int64_t worth = 100'000;
  return std::max<int64_t>(1, worth / block_cost(loop, cost));
}

size_t elementwise_scratch(const ElementwiseLoop& loop) {
  const auto slots = static_cast<size_t>(loop.slots);
  const size_t pointers = (slots * sizeof(float*) + 63) / 64 * 64;
  return pointers +
         slots * static_cast<size_t>(loop.block_elements) * sizeof(float);
}

}  // namespace interlatent
