#include "records/records.h"

namespace interlatent {

GuardRecord::GuardRecord(RecordReader& in) : GuardFields(in) {
  in.expect_operands(2, SIZE_MAX);
  if (runs != in.plan().runs) in.refuse("its runs are not those of the plan");
  in.check_extent(0, runs);
  alive = in.floats(0, RecordReader::Access::kWrites);
  for (size_t i = 1; i < in.operand_count(); i++) {
    const Operand& operand = in.operand(i);
    Tensor tensor;
    tensor.data = in.floats(i, RecordReader::Access::kReads);
    tensor.run_stride = static_cast<int64_t>(operand.run_stride);
    tensor.runs = tensor.run_stride == 0 ? 1 : runs;
    const int64_t before = in.product({tensor.runs - 1, tensor.run_stride});
    tensor.count = static_cast<int64_t>(operand.extent) - before;
    if (tensor.count < 1) in.refuse("a tensor is shorter than its runs");
    tensors.push_back(tensor);
  }
}

}  // namespace interlatent
