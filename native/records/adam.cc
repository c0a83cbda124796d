#include "records/records.h"

namespace interlatent {
namespace {

double decay(const RecordReader& in, size_t index) {
  const double value = in.real(index);
  if (!(value >= 0 && value < 1)) {
    in.refuse("a decay is " + std::to_string(value) +
              ", accepted are numbers from 0 to below 1");
  }
  return value;
}

}  // namespace

AdamRecord read_adam(RecordReader& in) {
  AdamRecord adam;
  in.expect_operands(6, 6);
  in.expect_reals(3);
  using Access = RecordReader::Access;
  adam.parameters = in.floats(0, Access::kWrites);
  adam.first = in.floats(1, Access::kWrites);
  adam.second = in.floats(2, Access::kWrites);
  adam.gradients = in.floats(3, Access::kReads);
  adam.alive = in.floats(4, Access::kReads);
  adam.rates = in.floats(5, Access::kReads);
  adam.rate_count = static_cast<int64_t>(in.operand(5).extent) - 1;
  adam.runs = in.integer("runs", 1, in.plan().runs);
  in.check_extent(4, adam.runs);
  double elements = 0;
  const int64_t segments = in.integer("segments", 1, 1 << 20);
  for (int64_t i = 0; i < segments; i++) {
    AdamRecord::Segment segment;
    segment.offset = in.stride("a segment's offset");
    segment.per_run = in.dimension("a segment's size");
    segment.rate = in.integer("a segment's rate", 0, adam.rate_count - 1);
    const int64_t sizes[] = {adam.runs, segment.per_run};
    const int64_t end = in.product(sizes) + segment.offset;
    for (size_t operand = 0; operand < 4; operand++) {
      in.check_extent(operand, end);
    }
    adam.segments.push_back(segment);
    elements += static_cast<double>(in.product(sizes));
  }
  in.end_of_integers();
  for (size_t operand = 0; operand < 3; operand++) {
    adam.moved.push_back({operand, 2 * elements, operand});
  }
  adam.moved.push_back({3, elements, 3});
  adam.beta1 = decay(in, 0);
  adam.beta2 = decay(in, 1);
  adam.epsilon = in.real(2);
  return adam;
}

}  // namespace interlatent
