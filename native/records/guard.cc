#include "records/records.h"

namespace interlatent {

GuardRecord read_guard(RecordReader& in) {
  GuardRecord guard;
  in.expect_operands(2, SIZE_MAX);
  in.expect_reals(0);
  guard.runs = in.integer("runs", in.plan().runs, in.plan().runs);
  in.end_of_integers();
  in.check_extent(0, guard.runs);
  guard.alive = in.floats(0, RecordReader::Access::kWrites);
  for (size_t i = 1; i < in.operand_count(); i++) {
    const Operand& operand = in.operand(i);
    GuardRecord::Tensor tensor;
    tensor.data = in.floats(i, RecordReader::Access::kReads);
    tensor.run_stride = static_cast<int64_t>(operand.run_stride);
    tensor.runs = tensor.run_stride == 0 ? 1 : guard.runs;
    const int64_t strides[] = {tensor.runs - 1, tensor.run_stride};
    tensor.count = static_cast<int64_t>(operand.extent) - in.product(strides);
    if (tensor.count < 1) in.refuse("a tensor is shorter than its runs");
    guard.tensors.push_back(tensor);
  }
  return guard;
}

}  // namespace interlatent
