// Reads the bytes of a plan. Plans may come from files, so every count is held
// against the bytes that are left before anything is allocated for it.
#include "plan.h"

#include <cstring>

#include "byte_reader.h"

namespace interlatent {
namespace {

void check_range(const ByteReader& in, const Plan& plan, const char* what,
                 uint32_t slab, uint64_t offset, uint64_t count) {
  if (slab >= IL_SLAB_COUNT) {
    in.refuse(std::string(what) + " names slab " + std::to_string(slab) +
              ", there are " + std::to_string(IL_SLAB_COUNT));
  }
  const uint64_t size = plan.slab_sizes[slab];
  if (offset > size || count > size - offset) {
    in.refuse(std::string(what) + " covers " + std::to_string(count) +
              " elements at " + std::to_string(offset) + ", the slab " +
              slab_name(slab) + " has " + std::to_string(size));
  }
}

uint32_t string_index(ByteReader& in, const Plan& plan, const char* what) {
  const uint32_t index = in.u32(what);
  if (index >= plan.strings.size()) {
    in.refuse(std::string(what) + " is string " + std::to_string(index) +
              ", there are " + std::to_string(plan.strings.size()));
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
  if (operand.flags > (kWritten | kInt32)) {
    in.refuse("an operand has unknown flags " + std::to_string(operand.flags));
  }
  check_range(in, plan, "an operand", operand.slab, operand.offset,
              operand.extent);
  const uint64_t steps = plan.runs - 1;
  if (operand.extent == 0 ||
      (steps > 0 && operand.run_stride > (operand.extent - 1) / steps)) {
    in.refuse("an operand of " + std::to_string(operand.extent) +
              " elements cannot hold " + std::to_string(plan.runs) +
              " runs with run stride " + std::to_string(operand.run_stride));
  }
  return operand;
}

KernelRecord read_kernel(ByteReader& in, const Plan& plan) {
  KernelRecord kernel;
  kernel.kernel = string_index(in, plan, "a kernel name");
  kernel.label = string_index(in, plan, "a kernel label");
  const uint32_t operands = in.count32(32, "an operand count");
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
  const uint32_t kernels = in.count32(20, "a kernel count");
  for (uint32_t i = 0; i < kernels; i++) {
    entry.kernels.push_back(read_kernel(in, plan));
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
    entry.outputs.push_back(output);
  }
  return entry;
}

}  // namespace

const char* slab_name(uint32_t slab) {
  static const char* const names[IL_SLAB_COUNT] = {
      "parameters", "gradients", "moments", "data", "controls", "activations"};
  return slab < IL_SLAB_COUNT ? names[slab] : "unknown";
}

Plan decode_plan(const uint8_t* bytes, size_t size) {
  ByteReader in("plan", bytes, size);
  if (std::memcmp(in.take(8, "the magic"), "ILPLAN01", 8) != 0) {
    in.refuse("it does not begin with ILPLAN01");
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
                " elements is larger than any memory");
    }
  }
  const uint32_t strings = in.count32(4, "the string count");
  for (uint32_t i = 0; i < strings; i++) {
    const uint32_t length = in.u32("a string length");
    const uint8_t* text = in.take(length, "a string");
    plan.strings.emplace_back(reinterpret_cast<const char*>(text), length);
  }
  const uint32_t entries = in.count32(12, "the entry count");
  for (uint32_t i = 0; i < entries; i++) {
    plan.entries.push_back(read_entry(in, plan));
  }
  in.end();
  return plan;
}

}  // namespace interlatent
