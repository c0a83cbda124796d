// Element-wise programs that write their results.
#include "loops/elementwise.h"
#include "loops/table.h"
#include "loops/vector.h"

namespace interlatent::IL_ISA {

void map(const MapLoop& loop, const int64_t* shifts, int64_t task,
         std::byte* memory) {
  const BlockScratch scratch = block_scratch(loop.program, memory);
  const int64_t first = task * loop.blocks_per_task;
  const int64_t end = first + loop.blocks_per_task < loop.blocks
                          ? first + loop.blocks_per_task
                          : loop.blocks;
  Block block;
  for (int64_t index = first; index < end; index++) {
    locate_block(loop.program, shifts, index, block);
    execute_block(loop.program, block, scratch);
    store_outputs(loop.program, block, scratch);
  }
  if (loop.program.streams != 0) finish_streaming();
}

}  // namespace interlatent::IL_ISA
