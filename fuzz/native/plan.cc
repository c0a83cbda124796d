// Plan decoder: gives a plan or Error "invalid-plan". The operands and outputs
// of an accepted plan lie inside its slabs.
#include "plan.h"

#include "error.h"
#include "fuzz.h"

using interlatent::Entry;
using interlatent::Error;
using interlatent::KernelRecord;
using interlatent::Operand;
using interlatent::Output;
using interlatent::Plan;

namespace {

void expect_inside(const Plan& plan, uint32_t slab, uint64_t offset,
                   uint64_t count) {
  FUZZ_EXPECT(slab < interlatent::kPlanSlabs);
  FUZZ_EXPECT(offset <= plan.slab_sizes[slab]);
  FUZZ_EXPECT(count <= plan.slab_sizes[slab] - offset);
}

void expect_inside(const Plan& plan, const Entry& entry) {
  FUZZ_EXPECT(entry.block_kernels <= entry.kernels.size());
  for (const KernelRecord& kernel : entry.kernels) {
    FUZZ_EXPECT(kernel.kernel < plan.strings.size());
    FUZZ_EXPECT(kernel.label < plan.strings.size());
    for (const Operand& operand : kernel.operands) {
      expect_inside(plan, operand.slab, operand.offset, operand.extent);
    }
  }
  for (const Output& output : entry.outputs) {
    FUZZ_EXPECT(output.name < plan.strings.size());
    expect_inside(plan, output.slab, output.offset, output.count);
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  try {
    const Plan plan = interlatent::decode_plan(bytes, size);
    for (const Entry& entry : plan.entries) {
      expect_inside(plan, entry);
      interlatent::count_outputs(entry);
    }
  } catch (const Error& error) {
    FUZZ_EXPECT(error.code() == "invalid-plan");
    FUZZ_EXPECT(error.what()[0] != '\0');
  }
  return 0;
}
