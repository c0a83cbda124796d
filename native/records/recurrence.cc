#include "records/records.h"

namespace interlatent {

RecurrenceRecord read_recurrence(RecordReader& in, const RecurrenceRows& rows,
                                 RecurrenceResult result) {
  RecurrenceRecord record;
  record.result = result;
  const bool is_gradient = result == RecurrenceResult::kGradient;
  in.expect_operands(3, 5);
  in.expect_reals(0);
  record.sequences = in.dimension("sequences");
  record.units = in.integer("units", 1, kMaxUnits);
  record.times = in.dimension("times");
  record.batch = in.dimension("B");
  record.reverse = in.integer("reverse", 0, 1) == 1;
  const bool has_steps = in.integer("steps", 0, 1) == 1;
  in.end_of_integers();
  const size_t operands = size_t{3} + size_t{is_gradient} + size_t{has_steps};
  in.expect_operands(operands, operands);
  const auto of_rows = [&](int64_t count) {
    const int64_t dims[] = {record.sequences, count, record.units, record.times,
                            record.batch};
    return in.product(dims);
  };
  const int64_t weights[] = {record.sequences, rows.gates, record.units,
                             record.units + rows.biases};
  const int64_t states[] = {record.sequences, record.units, record.times,
                            record.batch};
  const int64_t steps[] = {record.sequences, record.times, record.batch};
  const int64_t written = of_rows(is_gradient ? rows.slopes : rows.saved);
  in.check_extent(0, written);
  in.check_extent(1, of_rows(is_gradient ? rows.saved : rows.gates));
  in.check_extent(2, in.product(weights));
  record.out = in.floats(0, RecordReader::Access::kWrites);
  record.first = in.floats(1, RecordReader::Access::kReads);
  record.weights = in.floats(2, RecordReader::Access::kReads);
  record.upstream = nullptr;
  if (is_gradient) {
    in.check_extent(3, in.product(states));
    record.upstream = in.floats(3, RecordReader::Access::kReads);
  }
  record.steps = nullptr;
  record.steps_operand = operands - 1;
  if (has_steps) {
    in.check_extent(record.steps_operand, in.product(steps));
    record.steps =
        in.floats(record.steps_operand, RecordReader::Access::kReads);
  }
  record.flops = 2 * static_cast<double>(of_rows(rows.gates)) *
                 static_cast<double>(record.units);
  record.written.push_back(
      {0, record.out, in.operand(0).run_stride, {written}, {1}});
  return record;
}

}  // namespace interlatent
