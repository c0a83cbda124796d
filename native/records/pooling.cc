#include "records/records.h"

namespace interlatent {
namespace {

bool fits(const PoolingRecord::Axis& axis) {
  const int64_t room = axis.input + 2 * axis.padding - axis.size;
  // A window that lies completely in the padding would be empty.
  return room >= 0 && room / axis.stride + 1 == axis.output &&
         2 * axis.padding <= axis.size;
}

}  // namespace

PoolingRecord::PoolingRecord(RecordReader& in)
    : PoolingFields(in),
      rows{input[0], output[0], size[0], stride[0], padding[0]},
      columns{input[1], output[1], size[1], stride[1], padding[1]} {
  if (!fits(rows) || !fits(columns)) {
    in.refuse(
        "it does not have the number of windows that input and size determine");
  }
}

}  // namespace interlatent
