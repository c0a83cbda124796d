#include "records/records.h"

namespace interlatent {

LstmLayerRecord read_lstm_layer(RecordReader& in, RecurrenceResult result) {
  LstmLayerRecord record;
  record.result = result;
  const bool is_gradient = result == RecurrenceResult::kGradient;
  in.expect_operands(3, 6);
  in.expect_reals(0);
  record.sequences = in.dimension("sequences");
  record.inputs = in.integer("inputs", 1, INT32_MAX);
  record.units = in.integer("units", 1, kMaxUnits);
  record.times = in.dimension("times");
  record.batch = in.dimension("B");
  record.reverse = in.integer("reverse", 0, 1) == 1;
  const bool has_steps = in.integer("steps", 0, 1) == 1;
  in.end_of_integers();
  const size_t operands =
      size_t{3} + (is_gradient ? 2u : 0u) + (has_steps ? 1u : 0u);
  in.expect_operands(operands, operands);
  const int64_t row[] = {record.times, record.batch};
  const int64_t saved[] = {record.sequences, kLstmSaved, record.units,
                           in.product(row)};
  const int64_t x[] = {record.sequences, record.inputs, in.product(row)};
  const int64_t weights[] = {record.sequences, kLstmGates, record.units,
                             record.depth()};
  const int64_t states[] = {record.sequences, record.units, in.product(row)};
  const int64_t steps[] = {record.sequences, in.product(row)};
  in.product(saved);
  const int64_t written =
      is_gradient ? in.product(x) + in.product(weights) : in.product(saved);
  const auto read = [&](size_t operand, std::span<const int64_t> dims) {
    in.check_extent(operand, in.product(dims));
    return in.floats(operand, RecordReader::Access::kReads);
  };
  in.check_extent(0, written);
  record.out = in.floats(0, RecordReader::Access::kWrites);
  record.saved = is_gradient ? read(1, saved) : nullptr;
  record.first_operand = is_gradient ? 2 : 1;
  size_t next = record.first_operand;
  record.x = read(next++, x);
  record.weights = read(next++, weights);
  record.upstream = is_gradient ? read(next++, states) : nullptr;
  record.steps = has_steps ? read(next++, steps) : nullptr;
  record.flops = (is_gradient ? 4.0 : 2.0) *
                 static_cast<double>(in.product(weights)) *
                 static_cast<double>(in.product(row));
  record.written.push_back(
      {0, record.out, in.operand(0).run_stride, {written}, {1}});
  return record;
}

}  // namespace interlatent
