// Reads the bytes of a plan. Plans may come from files, so every count is
// compared with the remaining bytes before anything is allocated for it.
#include "plan.h"

#include <cstring>
#include <utility>

#include "byte_reader.h"
#include "error.h"

namespace interlatent {
namespace {

constexpr uint32_t kMaxTiles = 1u << 20;

void check_range(const ByteReader& in, const Plan& plan, const char* what,
                 uint32_t slab, uint64_t offset, uint64_t count) {
  if (slab >= kPlanSlabs) {
    in.refuse(std::string(what) + " refers to slab " + std::to_string(slab) +
              ", but there are " + std::to_string(kPlanSlabs));
  }
  const uint64_t size = plan.slab_sizes[slab];
  if (offset > size || count > size - offset) {
    in.refuse(std::string(what) + " covers " + std::to_string(count) +
              " elements at " + std::to_string(offset) + ", but the slab " +
              slab_name(slab) + " has " + std::to_string(size));
  }
}

uint32_t string_index(ByteReader& in, const Plan& plan, const char* what) {
  const uint32_t index = in.u32(what);
  if (index >= plan.strings.size()) {
    in.refuse(std::string(what) + " is string " + std::to_string(index) +
              ", but there are " + std::to_string(plan.strings.size()));
  }
  return index;
}

Operand read_operand(ByteReader& in, const Plan& plan) {
  Operand operand;
  operand.slab = in.u32("an operand");
  operand.flags = in.u32("an operand");
  operand.offset = in.u64("an operand");
  operand.extent = in.u64("an operand");
  operand.run_stride = in.u64("an operand");
  operand.tile_stride = in.u64("an operand");
  const bool once = (operand.flags & kOnce) != 0;
  if (once && ((operand.flags & kWritten) == 0 ||
               operand.slab != IL_ACTIVATIONS || operand.run_stride != 0)) {
    in.refuse(
        "an operand written once for all runs must be a result in the "
        "activations slab without a run stride");
  }
  const uint32_t type = operand.flags & ~kWritten & ~kOnce;
  if (type != kInt32 && values_of(type) == 0) {
    in.refuse("an operand has unknown flags " + std::to_string(operand.flags));
  }
  if (operand.extent == 0) in.refuse("an operand has no elements");
  // Indices are checked before they are used, so no kernel may change them in
  // between.
  const bool data = operand.slab == IL_DATA;
  if ((type != 0 && !data) || ((operand.flags & kWritten) != 0 && data)) {
    in.refuse(
        "integer operands must lie in the data slab, where no kernel may "
        "write");
  }
  check_range(in, plan, "an operand", operand.slab, operand.offset,
              operand.extent);
  return operand;
}

// Checks an operand of a kernel that runs once: it holds all runs.
void check_whole(ByteReader& in, const Plan& plan, const Operand& operand) {
  if (operand.slab == kBlockSlab || operand.tile_stride != 0) {
    in.refuse("a kernel that runs after the blocks has an operand of a block");
  }
  const uint64_t steps = plan.runs - 1;
  if (steps > 0 && operand.run_stride > (operand.extent - 1) / steps) {
    in.refuse("an operand of " + std::to_string(operand.extent) +
              " elements cannot hold " + std::to_string(plan.runs) +
              " runs with run stride " + std::to_string(operand.run_stride));
  }
}

// Checks that a kernel writes all its results once for all runs, or none.
void take_once(ByteReader& in, KernelRecord& kernel, bool is_block_kernel,
               uint32_t tiles) {
  for (const Operand& operand : kernel.operands) {
    kernel.once = kernel.once || (operand.flags & kOnce) != 0;
  }
  if (!kernel.once) return;
  if (!is_block_kernel || tiles != 1)
    in.refuse(
        "only a block kernel of an entry with one tile may write once for all "
        "runs");
  for (Operand& operand : kernel.operands) {
    if ((operand.flags & (kWritten | kOnce)) == kWritten) {
      in.refuse(
          "a kernel writes some results once for all runs and some for every "
          "run");
    }
    operand.flags &= ~kOnce;
  }
}

// Checks an operand of a block kernel. The record describes the first block.
// The operands of the other blocks must also lie in the slab, and those that
// are written must not overlap.
void check_of_block(ByteReader& in, const Plan& plan, const Operand& operand,
                    uint32_t tiles) {
  const uint64_t runs = plan.runs;
  if (operand.slab == kBlockSlab) {
    if (operand.run_stride != 0 || operand.tile_stride != 0) {
      in.refuse("an operand of the block slab has strides");
    }
    return;
  }
  struct Walk {
    uint64_t steps, stride;
  };
  Walk walks[] = {{runs - 1, operand.run_stride},
                  {tiles - 1, operand.tile_stride}};
  if (walks[0].stride > walks[1].stride) std::swap(walks[0], walks[1]);
  uint64_t reach = operand.extent;
  for (const Walk& walk : walks) {
    if (walk.steps == 0) continue;
    if ((operand.flags & (kWritten | kOnce)) == kWritten &&
        walk.stride < reach) {
      in.refuse("blocks would write the same elements");
    }
    uint64_t distance = 0;
    if (__builtin_mul_overflow(walk.steps, walk.stride, &distance) ||
        __builtin_add_overflow(reach, distance, &reach)) {
      in.refuse("the strides of an operand overflow");
    }
  }
  uint64_t end = 0;
  if (__builtin_add_overflow(operand.offset, reach, &end)) {
    in.refuse("the strides of an operand overflow");
  }
  if (end > plan.slab_sizes[operand.slab]) {
    in.refuse("the operand of the last block ends at " + std::to_string(end) +
              ", but the slab " + slab_name(operand.slab) + " has " +
              std::to_string(plan.slab_sizes[operand.slab]));
  }
}

KernelRecord read_kernel(ByteReader& in, const Plan& plan) {
  KernelRecord kernel;
  kernel.kernel = string_index(in, plan, "a kernel name");
  kernel.label = string_index(in, plan, "a kernel label");
  const uint32_t operands = in.count32(40, "an operand count");
  kernel.operands.reserve(operands);
  for (uint32_t i = 0; i < operands; i++) {
    kernel.operands.push_back(read_operand(in, plan));
  }
  const uint32_t integers = in.count32(8, "an integer count");
  kernel.integers.reserve(integers);
  for (uint32_t i = 0; i < integers; i++) {
    kernel.integers.push_back(in.i64("a kernel's integers"));
  }
  const uint32_t floats = in.count32(8, "a float count");
  kernel.floats.reserve(floats);
  for (uint32_t i = 0; i < floats; i++) {
    kernel.floats.push_back(in.f64("a kernel's floats"));
  }
  return kernel;
}

Entry read_entry(ByteReader& in, const Plan& plan) {
  Entry entry;
  entry.name = string_index(in, plan, "an entry name");
  entry.tiles = in.u32("a number of tiles");
  if (entry.tiles == 0 || entry.tiles > kMaxTiles) {
    in.refuse("tiles is " + std::to_string(entry.tiles) +
              ", accepted are 1 to " + std::to_string(kMaxTiles));
  }
  entry.block_kernels = in.u32("a number of kernels per block");
  const uint32_t kernels = in.count32(20, "a kernel count");
  if (entry.block_kernels > kernels) {
    in.refuse("blocks have " + std::to_string(entry.block_kernels) +
              " kernels, but the entry has " + std::to_string(kernels));
  }
  for (uint32_t i = 0; i < kernels; i++) {
    entry.kernels.push_back(read_kernel(in, plan));
    for (const Operand& operand : entry.kernels.back().operands) {
      if (i < entry.block_kernels) {
        check_of_block(in, plan, operand, entry.tiles);
      } else {
        check_whole(in, plan, operand);
      }
    }
    take_once(in, entry.kernels.back(), i < entry.block_kernels, entry.tiles);
  }
  const uint32_t outputs = in.count32(24, "an output count");
  for (uint32_t i = 0; i < outputs; i++) {
    Output output;
    output.name = string_index(in, plan, "an output name");
    output.slab = in.u32("an output");
    output.offset = in.u64("an output");
    output.count = in.u64("an output");
    check_range(in, plan, "an output", output.slab, output.offset,
                output.count);
    if (output.slab == kBlockSlab)
      in.refuse("an output lies in the block slab");
    entry.outputs.push_back(output);
  }
  return entry;
}

}  // namespace

const char* slab_name(uint32_t slab) {
  static const char* const names[kPlanSlabs] = {
      "parameters", "gradients",   "moments", "data",
      "controls",   "activations", "block"};
  return slab < kPlanSlabs ? names[slab] : "unknown";
}

uint64_t count_outputs(const Entry& entry) {
  uint64_t count = 0;
  for (const Output& output : entry.outputs) {
    if (__builtin_add_overflow(count, output.count, &count)) {
      throw Error("invalid-plan", "[load] the outputs of one step overflow");
    }
  }
  return count;
}

Plan decode_plan(const uint8_t* bytes, size_t size) {
  ByteReader in("plan", bytes, size);
  if (std::memcmp(in.take(8, "the magic"), "ILPLAN02", 8) != 0) {
    in.refuse("it does not begin with ILPLAN02");
  }
  Plan plan;
  plan.runs = in.u32("the number of runs");
  if (plan.runs == 0 || plan.runs > 1u << 20) {
    in.refuse("runs is " + std::to_string(plan.runs) +
              ", accepted are 1 to 1048576");
  }
  for (uint64_t& slab_size : plan.slab_sizes) {
    slab_size = in.u64("the slab sizes");
    if (slab_size > uint64_t{1} << 56) {
      in.refuse("a slab of " + std::to_string(slab_size) +
                " elements exceeds any memory");
    }
  }
  const uint32_t strings = in.count32(4, "the string count");
  for (uint32_t i = 0; i < strings; i++) {
    const uint32_t length = in.u32("a string length");
    const uint8_t* text = in.take(length, "a string");
    plan.strings.emplace_back(reinterpret_cast<const char*>(text), length);
  }
  const uint32_t entries = in.count32(20, "the entry count");
  for (uint32_t i = 0; i < entries; i++) {
    plan.entries.push_back(read_entry(in, plan));
  }
  in.end();
  return plan;
}

}  // namespace interlatent
