#include "records/records.h"

namespace interlatent {
namespace {

bool fits(const PoolingRecord::Axis& axis) {
  const int64_t room = axis.input + 2 * axis.padding - axis.size;
  // A window that lies completely in the padding would be empty.
  return room >= 0 && room / axis.stride + 1 == axis.output &&
         2 * axis.padding <= axis.size;
}

}  // namespace

PoolingRecord read_pooling(RecordReader& in, PoolingResult result) {
  PoolingRecord record;
  record.result = result;
  const bool is_gradient = result == PoolingResult::kGradient;
  const size_t operands = is_gradient ? 3 : 2;
  in.expect_operands(operands, operands);
  in.expect_reals(0);
  record.channels = in.dimension("channels");
  PoolingRecord::Axis* const axes[] = {&record.rows, &record.columns};
  // Sizes within 2^31 keep positions far from overflow.
  for (auto* axis : axes) axis->input = in.integer("input", 1, INT32_MAX);
  for (auto* axis : axes) axis->output = in.integer("output", 1, INT32_MAX);
  for (auto* axis : axes) axis->size = in.integer("size", 1, INT32_MAX);
  for (auto* axis : axes) axis->stride = in.integer("stride", 1, INT32_MAX);
  for (auto* axis : axes) axis->padding = in.integer("padding", 0, INT32_MAX);
  record.batch = in.dimension("B");
  in.end_of_integers();
  if (!fits(record.rows) || !fits(record.columns)) {
    in.refuse(
        "it does not have the number of windows that input and size determine");
  }
  const int64_t whole[] = {record.channels, record.rows.input,
                           record.columns.input, record.batch};
  const int64_t pooled[] = {record.channels, record.rows.output,
                            record.columns.output, record.batch};
  const int64_t inputs = in.product(whole);
  const int64_t outputs = in.product(pooled);
  const int64_t written = is_gradient ? inputs : outputs;
  in.check_extent(0, written);
  in.check_extent(1, inputs);
  record.out = in.floats(0, RecordReader::Access::kWrites);
  record.x = in.floats(1, RecordReader::Access::kReads);
  record.upstream = nullptr;
  if (is_gradient) {
    in.check_extent(2, outputs);
    record.upstream = in.floats(2, RecordReader::Access::kReads);
  }
  record.written.push_back(
      {0, record.out, in.operand(0).run_stride, {written}, {1}});
  return record;
}

}  // namespace interlatent
