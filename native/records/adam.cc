#include "records/records.h"

namespace interlatent {

AdamRecord::AdamRecord(RecordReader& in) : AdamFields(in) {
  in.expect_operands(6, 6);
  using Access = RecordReader::Access;
  parameters = in.floats(0, Access::kWrites);
  first = in.floats(1, Access::kWrites);
  second = in.floats(2, Access::kWrites);
  gradients = in.floats(3, Access::kReads);
  alive = in.take(4, {runs});
  rates = in.floats(5, Access::kReads);
  rate_count = static_cast<int64_t>(in.operand(5).extent) - 1;
  double elements = 0;
  for (size_t i = 0; i < parts.size(); i += 3) {
    const Segment segment = {parts[i], parts[i + 1], parts[i + 2]};
    if (segment.per_run < 1) in.refuse("a segment is empty");
    if (segment.rate >= rate_count) {
      in.refuse("a segment's rate is " + std::to_string(segment.rate) +
                ", there are " + std::to_string(rate_count));
    }
    const int64_t size = in.product({runs, segment.per_run});
    for (size_t operand = 0; operand < 4; operand++) {
      in.check_extent(operand, size + segment.offset);
    }
    segments.push_back(segment);
    elements += static_cast<double>(size);
  }
  for (size_t operand = 0; operand < 3; operand++) {
    moved.push_back({operand, 2 * elements, operand});
  }
  moved.push_back({3, elements, 3});
  for (const double decay : {beta1, beta2}) {
    if (!(decay >= 0 && decay < 1)) {
      in.refuse("a decay is " + std::to_string(decay) +
                ", accepted are numbers from 0 to below 1");
    }
  }
}

}  // namespace interlatent
