#include "records/records.h"

namespace interlatent {
namespace {

std::vector<int64_t> append(std::vector<int64_t> values, int64_t last) {
  values.push_back(last);
  return values;
}

}  // namespace

void BroadcastRecord::read_leading(RecordReader& in) {
  const auto rank = static_cast<size_t>(in.integer("rank", 0, kMaxRank));
  dims = in.dimensions(rank);
  count = in.product(dims);
  strides.out = in.strides(rank);
  strides.first = in.strides(rank);
  strides.second = in.strides(rank);
  for (size_t dim = 0; dim < rank; dim++) {
    if (dims[dim] > 1 && strides.out[dim] == 0) {
      in.refuse("a result has stride 0 in a leading dimension");
    }
  }
}

void BroadcastRecord::take_operands(const RecordReader& in,
                                    const int64_t (&sizes)[3]) {
  in.check_view(0, append(dims, sizes[0]), append(strides.out, 1));
  in.check_view(1, append(dims, sizes[1]), append(strides.first, 1));
  in.check_view(2, append(dims, sizes[2]), append(strides.second, 1));
  out = in.floats(0, RecordReader::Access::kWrites);
  first = in.floats(1, RecordReader::Access::kReads);
  second = in.floats(2, RecordReader::Access::kReads);
  written.push_back({0, out, in.operand(0).run_stride, append(dims, sizes[0]),
                     append(strides.out, 1)});
}

}  // namespace interlatent
