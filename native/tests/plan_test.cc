// Decoding and loading of damaged plans must give an error, never a crash.
#include "plan.h"

#include <cstring>
#include <string>

#include "check.h"
#include "error.h"
#include "plan_builder.h"

namespace interlatent::testing {
namespace {

std::string load_code(const std::vector<uint8_t>& bytes) {
  const Loaded program(bytes);
  return program.outcome().code;
}

void check_decoding() {
  const std::vector<uint8_t> bytes = valid_plan().bytes();
  const Plan plan = decode_plan(bytes.data(), bytes.size());
  CHECK(plan.runs == 2 && plan.entries.size() == 1);
  CHECK(plan.entries[0].kernels.size() == 8);
  CHECK(plan.strings[plan.entries[0].kernels[1].label] == "layer");
  CHECK(plan.entries[0].kernels[1].floats == std::vector<double>{0.2});
  CHECK(plan.entries[0].outputs[0].count == 12);
  // Every truncation is refused, and so are bytes after the end.
  for (size_t length = 0; length < bytes.size(); length++) {
    bool refused = false;
    try {
      decode_plan(bytes.data(), length);
    } catch (const Error& error) {
      refused = error.code() == "invalid-plan";
    }
    CHECK(refused);
  }
  std::vector<uint8_t> longer = bytes;
  longer.push_back(0);
  CHECK(load_code(longer) == "invalid-plan");
}

// Plans with a few random bytes changed must load and run, or be refused.
void check_mutations() {
  const std::vector<uint8_t> bytes = valid_plan().bytes();
  Numbers numbers(2024);
  int loaded = 0;
  int refused = 0;
  for (int round = 0; round < (kSanitized ? 1500 : 6000); round++) {
    std::vector<uint8_t> damaged = bytes;
    const int64_t changes = numbers.integer(1, 3);
    for (int64_t i = 0; i < changes; i++) {
      const auto at = size_t(numbers.integer(0, int64_t(bytes.size()) - 1));
      const uint8_t values[] = {
          0, 1, 2, 0x7f, 0x80, 0xff, uint8_t(numbers.bits())};
      damaged[at] = values[numbers.integer(0, 6)];
    }
    Loaded program(damaged);
    const std::string& code = program.outcome().code;
    if (!code.empty()) {
      refused++;
      CHECK_MESSAGE(code == "invalid-plan" || code == "unknown-kernel" ||
                        code == "out-of-memory",
                    code + ": " + program.outcome().message);
      CHECK(!program.outcome().message.empty());
      continue;
    }
    loaded++;
    // Run one step. Plans with more than 100 outputs are refused.
    std::vector<float> results(100);
    program.run(0, 1, &results);
  }
  std::printf("mutations: %d loaded, %d refused\n", loaded, refused);
  CHECK(loaded > 100 && refused > 100);
}

template <class Change>
void check_refused(const char* what, Change change,
                   const std::string& code = "invalid-plan") {
  PlanBuilder plan = valid_plan();
  change(plan.entries()[0].kernels);
  const Loaded program(plan.bytes());
  CHECK_MESSAGE(program.outcome().code == code,
                std::string(what) + ": \"" + program.outcome().code + "\" " +
                    program.outcome().message);
}

using Kernels = std::vector<KernelRecord>;

void check_records() {
  CHECK_MESSAGE(load_code(valid_plan().bytes()).empty(),
                Loaded(valid_plan().bytes()).outcome().message);
  check_refused("stride beyond the extent",
                [](Kernels& k) { k[2].integers[6] = 193; });
  check_refused("negative stride", [](Kernels& k) { k[2].integers[6] = -1; });
  check_refused("overflowing stride",
                [](Kernels& k) { k[2].integers[6] = INT64_MAX; });
  check_refused("huge dimension",
                [](Kernels& k) { k[2].integers[1] = int64_t{1} << 55; });
  check_refused("zero dimension", [](Kernels& k) { k[2].integers[1] = 0; });
  check_refused("unknown opcode", [](Kernels& k) { k[2].integers[14] = 99; });
  check_refused("register out of range",
                [](Kernels& k) { k[2].integers[16] = 7; });
  check_refused("register never written",
                [](Kernels& k) { k[2].integers[16] = 1; });
  check_refused("immediate out of range",
                [](Kernels& k) { k[2].integers[25] = 1; });
  check_refused("output broadcast", [](Kernels& k) { k[2].integers[6] = 0; });
  check_refused("integers missing",
                [](Kernels& k) { k[2].integers.pop_back(); });
  check_refused("unread integers",
                [](Kernels& k) { k[2].integers.push_back(0); });
  check_refused("operand not marked as written",
                [](Kernels& k) { k[2].operands[0].flags = 0; });
  check_refused("input marked as written",
                [](Kernels& k) { k[2].operands[1].flags = kWritten; });
  check_refused("operand missing",
                [](Kernels& k) { k[2].operands.pop_back(); });
  check_refused("slab out of range",
                [](Kernels& k) { k[1].operands[0].slab = 7; });
  check_refused("a block's tensor outside blocks",
                [](Kernels& k) { k[1].operands[0].slab = kBlockSlab; });
  check_refused("a tile's stride outside blocks",
                [](Kernels& k) { k[1].operands[0].tile_stride = 1; });
  check_refused("offset out of range",
                [](Kernels& k) { k[1].operands[0].offset = 1u << 30; });
  check_refused("offset + extent overflow",
                [](Kernels& k) { k[1].operands[0].extent = UINT64_MAX - 4; });
  check_refused("run stride beyond the extent",
                [](Kernels& k) { k[1].operands[0].run_stride = 384; });
  check_refused("ldc too small", [](Kernels& k) { k[1].integers[5] = 31; });
  check_refused("K beyond A", [](Kernels& k) { k[1].integers[2] = 9; });
  check_refused("batch beyond C", [](Kernels& k) { k[1].integers[13] = 3; });
  check_refused("unknown activation", [](Kernels& k) { k[1].integers[8] = 5; });
  check_refused("a slope without a saved operand",
                [](Kernels& k) { k[1].integers[8] = 3; });
  check_refused("sums without an operand",
                [](Kernels& k) { k[1].integers[11] = 1; });
  check_refused("reduced dimension with a stride",
                [](Kernels& k) { k[3].integers[6] = 1; });
  check_refused("rows beyond the data",
                [](Kernels& k) { k[4].integers[3] = 65; });
  check_refused("batches beyond the index",
                [](Kernels& k) { k[4].integers[2] = 3; });
  check_refused("an index of float32",
                [](Kernels& k) { k[4].operands[2].flags = 0; });
  check_refused("an index of int16",
                [](Kernels& k) { k[4].operands[2].flags = 8; });
  check_refused("two types together",
                [](Kernels& k) { k[4].operands[1].flags = 4 | 8; });
  check_refused("uint8 outside the data",
                [](Kernels& k) { k[5].operands[1].flags = 4; });
  check_refused("means without deviations",
                [](Kernels& k) { k[4].floats.push_back(1); });
  check_refused("components beyond theta",
                [](Kernels& k) { k[5].integers[1] = 3; });
  check_refused("a guard of another number of runs",
                [](Kernels& k) { k[6].integers[0] = 3; });
  check_refused("segment beyond the parameters",
                [](Kernels& k) { k[7].integers[2] = 1; });
  check_refused("rate out of range", [](Kernels& k) { k[7].integers[4] = 1; });
  check_refused("decay of one", [](Kernels& k) { k[7].floats[0] = 1; });
  check_refused(
      "an unknown kernel", [](Kernels& k) { k[0].kernel = k[0].label; },
      "unknown-kernel");
}

// Returns a plan for y = x + 1 for two runs of three tiles, 16 elements each.
PlanBuilder blocks_plan(uint64_t tile_stride) {
  PlanBuilder plan(2);
  const uint64_t x = plan.place(IL_DATA, 6 * 16);
  const uint64_t y = plan.place(IL_ACTIVATIONS, 6 * 16);
  plan.entry("blocks");
  plan.entries()[0].tiles = 3;
  plan.entries()[0].block_kernels = 2;
  const std::vector<int64_t> add_one = {1,  16, 1, 1,  1,  1, 2, 1,
                                        31, 1,  0, -1, -1, 0, 1};
  plan.kernel("map", "inner")
      .writes(kBlockSlab, 16, 16)
      .reads(IL_DATA, x, 16, 3 * 16)
      .integers(add_one)
      .floats({1});
  plan.kernel("map", "result")
      .writes(IL_ACTIVATIONS, y, 16, 3 * 16)
      .reads(kBlockSlab, 16, 16)
      .integers({1, 16, 1, 1, 1, 1, 2, 1, 1, 1, 0, -1, -1, -1, 1});
  for (KernelRecord& kernel : plan.entries()[0].kernels) {
    for (Operand& operand : kernel.operands) {
      if (operand.slab != kBlockSlab) operand.tile_stride = tile_stride;
    }
  }
  plan.place(kBlockSlab, 16);
  return plan;
}

void check_blocks() {
  PlanBuilder plan = blocks_plan(16);
  const uint64_t size = plan.slab_sizes()[IL_DATA];
  for (const uint32_t threads : {1u, 2u, 4u, 9u}) {
    Loaded program(plan.bytes(), threads);
    CHECK_MESSAGE(program.outcome().code.empty(), program.outcome().message);
    std::vector<float> x(size);
    for (size_t i = 0; i < x.size(); i++) x[i] = float(i);
    program.upload(IL_DATA, 0, x);
    CHECK(program.run(0, 3).code.empty());
    const auto y = program.download(IL_ACTIVATIONS, 16, 6 * 16);
    for (size_t i = 0; i < y.size(); i++) CHECK(y[i] == x[16 + i] + 1);
  }
  const auto refused = [](PlanBuilder damaged, const char* what) {
    CHECK_MESSAGE(load_code(damaged.bytes()) == "invalid-plan", what);
  };
  refused(blocks_plan(0), "tiles that write the same elements");
  refused(blocks_plan(40), "the last tile beyond the slab");
  refused(blocks_plan(UINT64_MAX), "an overflowing tile stride");
  PlanBuilder damaged = blocks_plan(16);
  damaged.entries()[0].kernels[0].operands[0].run_stride = 1;
  refused(damaged, "a run's stride in the block slab");
  damaged = blocks_plan(16);
  damaged.entries()[0].block_kernels = 3;
  refused(damaged, "more block kernels than kernels");
  const auto refuse_once = [&](const char* what, const auto& change) {
    damaged = blocks_plan(0);
    Entry& entry = damaged.entries()[0];
    entry.tiles = 1;
    for (Operand& operand : entry.kernels[1].operands) operand.run_stride = 0;
    Operand& result = entry.kernels[1].operands[0];
    result.flags |= kOnce;
    change(entry, result);
    refused(damaged, what);
  };
  refuse_once("one result for all runs and a run stride",
              [](Entry&, Operand& result) { result.run_stride = 16; });
  refuse_once("a shared result with several tiles",
              [](Entry& entry, Operand&) { entry.tiles = 3; });
  refuse_once("a shared result in the block slab", [](Entry&, Operand& result) {
    result.slab = kBlockSlab;
    result.offset = 0;
  });
  refuse_once("a shared result after the blocks",
              [](Entry& entry, Operand&) { entry.block_kernels = 1; });
  refuse_once("a shared operand that is only read",
              [](Entry&, Operand& result) { result.flags &= ~kWritten; });
  for (const uint32_t tiles : {0u, UINT32_MAX}) {
    damaged = blocks_plan(16);
    damaged.entries()[0].tiles = tiles;
    refused(damaged, "an invalid number of tiles");
  }
  damaged = blocks_plan(16);
  damaged.output("inner", kBlockSlab, 16, 16);
  refused(damaged, "an output in the block slab");
  refused(blocks_plan(48), "a tile that overlaps another run");
  damaged = blocks_plan(16);
  damaged.entries()[0].kernels[1].operands[0].slab = IL_DATA;
  refused(damaged, "a kernel that writes data");

  PlanBuilder guarded(2);
  const uint64_t alive = guarded.place(IL_CONTROLS, 2);
  const uint64_t tensor = guarded.place(IL_ACTIVATIONS, 32);
  guarded.kernel("guard", "finite?")
      .writes(IL_CONTROLS, alive, 2, 1)
      .reads(IL_ACTIVATIONS, tensor, 32, 16)
      .integers({2});
  CHECK(load_code(guarded.bytes()).empty());
  guarded.entries()[0].block_kernels = 1;
  refused(guarded, "a guard per block");

  PlanBuilder tiled;
  const uint64_t seeds = tiled.place(IL_DATA, 2);
  const uint64_t index = tiled.place(IL_DATA, 8);
  const uint64_t rows = tiled.place(IL_DATA, 8);
  tiled.place(kBlockSlab, 8);
  tiled.entry("tiled");
  tiled.entries()[0].tiles = 2;
  tiled.entries()[0].block_kernels = 2;
  tiled.kernel("random", "noise")
      .writes(kBlockSlab, 16, 4)
      .reads_int32(IL_DATA, seeds, 2)
      .integers({0, 0, 1, 4, 1});
  tiled.kernel("gather", "batch")
      .writes(kBlockSlab, 16, 8)
      .reads(IL_DATA, rows, 8)
      .reads_int32(IL_DATA, index, 8)
      .integers({2, 4, 2, 4, 1, 2});
  CHECK_MESSAGE(load_code(tiled.bytes()).empty(),
                Loaded(tiled.bytes()).outcome().message);
  const auto refused_with = [&](const char* what, auto change) {
    PlanBuilder changed = tiled;
    change(changed.entries()[0]);
    refused(changed, what);
  };
  refused_with("a gather of other tiles",
               [](Entry& entry) { entry.kernels[1].integers[5] = 1; });
  refused_with("batches that are not whole steps", [](Entry& entry) {
    entry.kernels[1].integers[2] = 1;
    entry.kernels[1].integers[1] = 8;
  });
  refused_with("more random numbers than the counter allows", [](Entry& entry) {
    entry.kernels[0].integers[3] = int64_t{1} << 34;
  });
  refused_with("an index that a kernel could write", [](Entry& entry) {
    entry.kernels[1].operands[2].slab = kBlockSlab;
    entry.kernels[1].operands[2].offset = 16;
  });
}

void check_sizes() {
  PlanBuilder plan;
  plan.entry("nothing");
  std::vector<uint8_t> bytes = plan.bytes();
  const uint64_t huge = uint64_t{1} << 50;
  std::memcpy(bytes.data() + 12 + 8 * IL_ACTIVATIONS, &huge, sizeof huge);
  const Loaded program(bytes);
  CHECK(program.outcome().code == "out-of-memory");
  CHECK_MESSAGE(
      program.outcome().message.find("activations") != std::string::npos &&
          program.outcome().message.find("4503599627370496 bytes") !=
              std::string::npos,
      program.outcome().message);
}

}  // namespace
}  // namespace interlatent::testing

int main() {
  using namespace interlatent::testing;
  check_decoding();
  check_records();
  check_blocks();
  check_mutations();
  check_sizes();
  return summary("plan");
}
