#include "records/records.h"

namespace interlatent {

AverageRecord read_average(RecordReader& in) {
  AverageRecord average;
  in.expect_operands(2, 2);
  in.expect_reals(0);
  average.count = in.dimension("tiles");
  average.stride = in.stride("the stride of tiles");
  average.elements = in.dimension("elements");
  in.end_of_integers();
  const int64_t dims[] = {average.count, average.elements};
  const int64_t strides[] = {average.stride, 1};
  in.check_extent(0, average.elements);
  in.check_view(1, dims, strides);
  average.target = in.floats(0, RecordReader::Access::kWrites);
  average.tiles = in.floats(1, RecordReader::Access::kReads);
  average.written.push_back({0, average.target, 0, {average.elements}, {1}});
  return average;
}

}  // namespace interlatent
