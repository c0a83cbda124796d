// A plan with inputs and expected outputs in one file, so that a backend can be
// tested on a machine without Node. Layout, little-endian:
//   "ILPFILE2", u64 bytes, plan; u32 count of { contents } to upload;
//   u32 entry, u64 firstStep, u64 steps; u64 count, float32 expected results,
//   float32 tolerance of each; u32 count of { contents } expected afterwards,
//   each followed by the float32 tolerance of each value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace interlatent {

// Contents of a part of a slab. Layout: u32 slab, u64 offset, u64 count, then
// `count` 4-byte elements.
struct SlabContents {
  uint32_t slab;
  uint64_t offset;
  std::vector<float> values;
};

struct ExpectedContents {
  SlabContents contents;
  std::vector<float> tolerances;
};

struct PlanFile {
  std::vector<uint8_t> plan;
  std::vector<SlabContents> initial;
  uint32_t entry;
  uint64_t first_step;
  uint64_t steps;
  // A value passes when |actual - expected| <= tolerance.
  std::vector<float> results;
  std::vector<float> result_tolerances;
  std::vector<ExpectedContents> expected;
};

// Decodes a plan file and compares every count with the remaining bytes. Throws
// Error "invalid-plan".
PlanFile decode_plan_file(const uint8_t* bytes, size_t size);

std::vector<uint8_t> encode_plan_file(const PlanFile& file);

}  // namespace interlatent
