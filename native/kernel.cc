#include "kernel.h"

namespace interlatent {

void Kernel::locate(std::span<const Operand> operands, uint64_t block_slab) {
  for (const Operand& operand : operands) {
    const bool is_private = operand.slab == kBlockSlab;
    strides_.push_back({static_cast<int64_t>(operand.run_stride),
                        static_cast<int64_t>(operand.tile_stride),
                        is_private ? static_cast<int64_t>(block_slab) : 0});
  }
}

}  // namespace interlatent
