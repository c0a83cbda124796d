#include "cuda/dependencies.h"

#include <algorithm>

namespace interlatent::cuda {
namespace {

// What an operand covers: in one tile of the plan, all runs together, and how
// far the tiles are apart. Gaps between runs count as covered.
struct Cover {
  uint64_t begin, count, tile_stride, tiles;
  uint64_t end() const { return begin + count + (tiles - 1) * tile_stride; }
};

Cover cover_of(const Operand& operand, uint32_t runs, uint32_t tiles) {
  // All blocks have the block slab's place in common, in copies of their own.
  const bool own = operand.slab == kBlockSlab;
  const uint64_t further = own ? 0 : (runs - 1) * operand.run_stride;
  return {operand.offset, operand.extent + further, operand.tile_stride,
          own || operand.tile_stride == 0 ? 1 : tiles};
}

bool overlap(const Cover& a, const Cover& b) {
  if (a.end() <= b.begin || b.end() <= a.begin) return false;
  const uint64_t stride = a.tile_stride;
  const bool alike = a.tiles > 1 && b.tiles > 1 && stride == b.tile_stride &&
                     a.count <= stride && b.count <= stride;
  if (!alike) return true;
  // Tiles interleave: they meet in all tiles or in none.
  const uint64_t apart = a.begin % stride <= b.begin % stride
                             ? b.begin % stride - a.begin % stride
                             : stride - a.begin % stride + b.begin % stride;
  return apart < a.count || stride - apart < b.count;
}

// A kernel, and the blocks that it is run for.
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
  // A kernel after the blocks holds all runs in its extents.
  const auto launched = [&](size_t i) -> Launched {
    const bool of_block = i < entry.block_kernels;
    return {entry.kernels[i], of_block ? runs : 1, of_block ? entry.tiles : 1};
  };
  std::vector<std::vector<size_t>> dependencies(count);
  // Whom each waits for, directly or not.
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
  for (const std::vector<size_t>& others : dependencies) {
    size_t depth = 0;
    for (const size_t other : others) depth = std::max(depth, depths[other]);
    depths.push_back(depth + 1);
    deepest = std::max(deepest, depth + 1);
  }
  return deepest;
}

}  // namespace interlatent::cuda
