#include "records/records.h"

namespace interlatent {
namespace {

// True if the output has the size that input and taps determine.
bool fits(const ConvolutionRecord::Axis& axis) {
  const int64_t reach = axis.dilation * (axis.taps - 1);
  const int64_t room = axis.input + 2 * axis.padding - reach - 1;
  return room >= 0 && room / axis.stride + 1 == axis.output;
}

}  // namespace

ConvolutionRecord::ConvolutionRecord(RecordReader& in)
    : ConvolutionFields(in),
      rows{input[0], output[0], taps[0], stride[0], padding[0], dilation[0]},
      columns{input[1], output[1], taps[1], stride[1], padding[1], dilation[1]},
      count(in.product(dims)) {
  if (!fits(rows) || !fits(columns)) {
    in.refuse(
        "its output does not have the size that input and taps determine");
  }
}

}  // namespace interlatent
