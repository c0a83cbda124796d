#include "records/records.h"

namespace interlatent {

SoftmaxRecord read_softmax(RecordReader& in) {
  SoftmaxRecord record;
  in.expect_operands(2, 2);
  in.expect_reals(0);
  record.groups = in.dimension("groups");
  record.categories = in.dimension("categories");
  record.columns = in.dimension("B");
  in.end_of_integers();
  const int64_t dims[] = {record.groups, record.categories, record.columns};
  const int64_t elements = in.product(dims);
  in.check_extent(0, elements);
  in.check_extent(1, elements);
  record.out = in.floats(0, RecordReader::Access::kWrites);
  record.logits = in.floats(1, RecordReader::Access::kReads);
  record.flops = 4 * static_cast<double>(elements);
  record.written.push_back(
      {0, record.out, in.operand(0).run_stride, {elements}, {1}});
  return record;
}

}  // namespace interlatent
