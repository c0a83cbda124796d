#include <cstdint>

#include "records/records.h"

namespace interlatent {

JacobianRecord read_jacobian(RecordReader& in, JacobianResult result) {
  JacobianRecord record;
  const bool gradient = result == JacobianResult::kGradient;
  const size_t operands = gradient ? 8 : 7;
  in.expect_operands(operands, operands);
  in.expect_reals(1);
  const int64_t runs = in.dimension("runs");
  const int64_t latents = in.dimension("latents");
  const int64_t parents = in.integer("parents", 1, kMaxJacobianRoom);
  const int64_t size = in.integer("size", 1, kMaxJacobianRoom);
  const int64_t hidden = in.integer("hidden", 1, kMaxJacobianRoom);
  const int64_t batch = in.dimension("B");
  record.rows = in.integer("rows", size, INT32_MAX);
  in.end_of_integers();
  record.weights = hidden * parents + hidden * hidden + size * hidden;
  if (2 * record.weights + kJacobianRowRoom * (4 * hidden + size + parents) >
      kMaxJacobianRoom) {
    in.refuse("the network is too large for it");
  }
  const int64_t group_dims[] = {runs, latents};
  record.groups = in.product(group_dims);
  const auto extent_of = [&](int64_t rows, int64_t columns) {
    const int64_t dims[] = {record.groups, rows, columns};
    return in.product(dims);
  };
  in.check_extent(1, extent_of(record.rows, batch));
  in.check_extent(2, extent_of(hidden, batch));
  in.check_extent(3, extent_of(hidden, batch));
  in.check_extent(4, extent_of(hidden, parents));
  in.check_extent(5, extent_of(hidden, hidden));
  in.check_extent(6, extent_of(size, hidden));
  const int64_t all = extent_of(record.rows + hidden, batch);
  const int64_t outputs =
      gradient ? all + extent_of(1, record.weights) : extent_of(1, parents);
  in.check_extent(0, outputs);
  record.out = in.floats(0, RecordReader::Access::kWrites);
  record.sensitivity = in.floats(1, RecordReader::Access::kReads);
  record.first = in.floats(2, RecordReader::Access::kReads);
  record.second = in.floats(3, RecordReader::Access::kReads);
  for (size_t i = 0; i < 3; i++) {
    record.weight[i] = in.floats(4 + i, RecordReader::Access::kReads);
  }
  record.upstream = nullptr;
  if (gradient) {
    in.check_extent(7, extent_of(1, parents));
    record.upstream = in.floats(7, RecordReader::Access::kReads);
  }
  record.result = result;
  record.parents = parents;
  record.size = size;
  record.hidden = hidden;
  record.batch = batch;
  record.slope = static_cast<float>(in.real(0));
  const int64_t lengths[] = {record.rows * batch, hidden * batch,
                             hidden * parents, hidden * hidden, size * hidden};
  record.gradient.latents = latents;
  record.gradient.per_run = 0;
  for (int part = 0; part < kJacobianParts; part++) {
    record.gradient.start[part] = record.gradient.per_run;
    record.gradient.length[part] = lengths[part];
    record.gradient.per_run += latents * lengths[part];
  }
  record.flops = static_cast<double>(record.groups * batch) *
                 static_cast<double>(record.weights) * (gradient ? 6 : 2);
  record.written.push_back(
      {0, record.out, in.operand(0).run_stride, {outputs}, {1}});
  return record;
}

}  // namespace interlatent
