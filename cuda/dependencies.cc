#include "cuda/dependencies.h"

#include <algorithm>

namespace interlatent::cuda {
namespace {

// The elements that an operand covers: a range for one tile and all runs, and
// the stride between tiles. Gaps between runs count as covered.
struct Cover {
  uint64_t begin, count, tile_stride, tiles;
  uint64_t end() const { return begin + count + (tiles - 1) * tile_stride; }
};

Cover cover_of(const Operand& operand, uint32_t runs, uint32_t tiles) {
  // Every block has a separate copy of the block slab, in which operands have
  // the same offset.
  const bool in_block_slab = operand.slab == kBlockSlab;
  const uint64_t further = in_block_slab ? 0 : (runs - 1) * operand.run_stride;
  return {operand.offset, operand.extent + further, operand.tile_stride,
          in_block_slab || operand.tile_stride == 0 ? 1 : tiles};
}

bool overlap(const Cover& a, const Cover& b) {
  if (a.end() <= b.begin || b.end() <= a.begin) return false;
  const uint64_t stride = a.tile_stride;
  const bool has_same_tiles = a.tiles > 1 && b.tiles > 1 &&
                              stride == b.tile_stride && a.count <= stride &&
                              b.count <= stride;
  if (!has_same_tiles) return true;
  // Tiles of both interleave, so they overlap in all tiles or in none.
  const uint64_t distance = a.begin % stride <= b.begin % stride
                                ? b.begin % stride - a.begin % stride
                                : stride - a.begin % stride + b.begin % stride;
  return distance < a.count || stride - distance < b.count;
}

// A kernel, with the numbers of runs and tiles that it computes.
struct Launched {
  const KernelRecord& record;
  uint32_t runs, tiles;
};

bool conflict(const Launched& first, const Launched& second) {
  for (const Operand& a : first.record.operands) {
    for (const Operand& b : second.record.operands) {
      if (a.slab != b.slab || ((a.flags | b.flags) & kWritten) == 0) continue;
      if (overlap(cover_of(a, first.runs, first.tiles),
                  cover_of(b, second.runs, second.tiles))) {
        return true;
      }
    }
  }
  return false;
}

}  // namespace

std::vector<std::vector<size_t>> find_dependencies(
    const Entry& entry, uint32_t runs, const std::vector<bool>& barriers) {
  const size_t count = entry.kernels.size();
  // The operand extents of a kernel after the blocks cover all runs.
  const auto launched = [&](size_t i) -> Launched {
    const bool of_block = i < entry.block_kernels;
    return {entry.kernels[i], of_block ? runs : 1, of_block ? entry.tiles : 1};
  };
  std::vector<std::vector<size_t>> dependencies(count);
  // before[i][j]: kernel i waits for kernel j, directly or indirectly.
  std::vector<std::vector<bool>> before(count, std::vector<bool>(count));
  for (size_t i = 0; i < count; i++) {
    for (size_t j = i; j-- > 0;) {
      if (before[i][j]) continue;
      if (!barriers[i] && !barriers[j] && !conflict(launched(j), launched(i))) {
        continue;
      }
      dependencies[i].push_back(j);
      before[i][j] = true;
      for (size_t k = 0; k < j; k++) {
        if (before[j][k]) before[i][k] = true;
      }
    }
  }
  return dependencies;
}

size_t depth_of(const std::vector<std::vector<size_t>>& dependencies) {
  std::vector<size_t> depths;
  size_t deepest = 0;
  for (const std::vector<size_t>& before : dependencies) {
    size_t depth = 0;
    for (const size_t i : before) depth = std::max(depth, depths[i]);
    depths.push_back(depth + 1);
    deepest = std::max(deepest, depth + 1);
  }
  return deepest;
}

}  // namespace interlatent::cuda
