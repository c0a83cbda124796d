#include <cmath>

#include "records/records.h"

namespace interlatent {

DeterminantRecord read_determinant(RecordReader& in, DeterminantResult result) {
  DeterminantRecord record;
  const bool gradient = result == DeterminantResult::kLogAbsGradient;
  const bool floored = result != DeterminantResult::kSign;
  in.expect_operands(gradient ? 3 : 2, gradient ? 3 : 2);
  in.expect_reals(floored ? 1 : 0);
  const int64_t groups = in.dimension("groups");
  const int64_t d = in.integer("d", 1, kMaxDeterminant);
  const int64_t batch = in.dimension("B");
  in.end_of_integers();
  const int64_t single[] = {groups, batch};
  const int64_t full[] = {groups, d, d, batch};
  record.count = in.product(single);
  const int64_t outputs = gradient ? in.product(full) : record.count;
  in.check_extent(0, outputs);
  in.check_extent(1, in.product(full));
  record.out = in.floats(0, RecordReader::Access::kWrites);
  record.matrices = in.floats(1, RecordReader::Access::kReads);
  record.upstream = nullptr;
  if (gradient) {
    in.check_extent(2, record.count);
    record.upstream = in.floats(2, RecordReader::Access::kReads);
  }
  record.result = result;
  record.d = d;
  record.batch = batch;
  record.log_floor = floored ? static_cast<float>(in.real(0)) : 0.0f;
  if (!(record.log_floor <= 0) || std::isinf(record.log_floor)) {
    in.refuse("the logarithm of the floor must be finite and at most 0");
  }
  const double cube = static_cast<double>(d * d * d);
  record.flops =
      static_cast<double>(record.count) * cube * (gradient ? 2 : 2.0 / 3);
  record.written.push_back(
      {0, record.out, in.operand(0).run_stride, {outputs}, {1}});
  return record;
}

}  // namespace interlatent
