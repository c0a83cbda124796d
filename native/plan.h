// A decoded plan (docs/explanation/engine.md), which a program executes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "interlatent/backend.h"
#include "kinds.h"

namespace interlatent {

inline constexpr uint32_t kWritten = 1;
inline constexpr uint32_t kInt32 = 2;
// Flag of a written operand that all blocks share. Its kernel runs for one
// block.
inline constexpr uint32_t kOnce = 16;

// The block slab, which follows the slabs of backend.h. It holds the tensors of
// one block. Every worker has a copy.
inline constexpr uint32_t kBlockSlab = IL_SLAB_COUNT;
inline constexpr uint32_t kPlanSlabs = IL_SLAB_COUNT + 1;

// Returns the number of values per element of a data set with these flags; 0 if
// the flags are not those of a data set.
constexpr int64_t values_of(uint32_t flags) {
  switch (static_cast<DataType>(flags)) {
    case DataType::kFloat32:
      return 1;
    case DataType::kUint8:
      return 4;
    case DataType::kInt16:
      return 2;
  }
  return 0;
}

// A range of a slab, in elements. The strides lead from one run, and from one
// tile of the mini-batch, to the next; 0 if all share the range.
struct Operand {
  uint32_t slab;
  uint32_t flags;
  uint64_t offset;
  uint64_t extent;
  uint64_t run_stride;
  uint64_t tile_stride;
};

struct KernelRecord {
  uint32_t kernel;  // index into strings
  uint32_t label;   // index into strings
  std::vector<Operand> operands;
  std::vector<int64_t> integers;
  std::vector<double> floats;
  // True for a block kernel that runs once for all runs.
  bool once = false;
};

struct Output {
  uint32_t name;
  uint32_t slab;
  uint64_t offset;
  uint64_t count;
};

struct Entry {
  uint32_t name;
  // Tiles of a mini-batch. The first `block_kernels` kernels run for every
  // block (a tile of a run), the others once after all blocks.
  uint32_t tiles;
  uint32_t block_kernels;
  std::vector<KernelRecord> kernels;
  std::vector<Output> outputs;
};

struct Plan {
  uint32_t runs;
  std::array<uint64_t, kPlanSlabs> slab_sizes;
  std::vector<std::string> strings;
  std::vector<Entry> entries;
};

// Returns the number of elements of all outputs of one step. Throws Error
// "invalid-plan".
uint64_t count_outputs(const Entry& entry);

// Returns the name of a slab for messages: "parameters", "gradients", …
const char* slab_name(uint32_t slab);

// Decodes a plan and checks everything that needs no knowledge of kernels:
// lengths, string indices, and that operands and outputs lie inside their
// slabs. Memory use is bounded by a small multiple of `size`. Throws Error
// "invalid-plan".
Plan decode_plan(const uint8_t* bytes, size_t size);

}  // namespace interlatent
