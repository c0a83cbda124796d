#include "records/records.h"

namespace interlatent {

MixtureRecord read_mixture(RecordReader& in, MixtureResult result) {
  MixtureRecord mixture;
  const bool takes_upstream = result == MixtureResult::kLogDensityGradient ||
                              result == MixtureResult::kSensitivityGradient;
  const size_t operands = takes_upstream ? 4 : 3;
  in.expect_operands(operands, operands);
  in.expect_reals(2);
  const int64_t groups = in.dimension("groups");
  const int64_t components = in.integer("K", 1, 256);
  const int64_t batch = in.dimension("B");
  in.end_of_integers();
  const bool rows =
      result != MixtureResult::kLogDensity && result != MixtureResult::kEpsilon;
  const int64_t single[] = {groups, batch};
  const int64_t theta[] = {groups, 3 * components, batch};
  const int64_t full[] = {groups, 1 + 3 * components, batch};
  const int64_t outputs = rows ? in.product(full) : in.product(single);
  in.check_extent(0, outputs);
  in.check_extent(1, in.product(single));
  in.check_extent(2, in.product(theta));
  mixture.out = in.floats(0, RecordReader::Access::kWrites);
  mixture.z = in.floats(1, RecordReader::Access::kReads);
  mixture.theta = in.floats(2, RecordReader::Access::kReads);
  mixture.upstream = nullptr;
  if (takes_upstream) {
    const bool one = result == MixtureResult::kLogDensityGradient;
    in.check_extent(3, one ? in.product(single) : in.product(full));
    mixture.upstream = in.floats(3, RecordReader::Access::kReads);
  }
  mixture.result = result;
  mixture.groups = groups;
  mixture.components = components;
  mixture.batch = batch;
  mixture.log_scale_min = static_cast<float>(in.real(0));
  mixture.log_scale_max = static_cast<float>(in.real(1));
  if (!(mixture.log_scale_min < mixture.log_scale_max)) {
    in.refuse("logScaleMin must be below logScaleMax");
  }
  mixture.written.push_back(
      {0, mixture.out, in.operand(0).run_stride, {outputs}, {1}});
  return mixture;
}

}  // namespace interlatent
