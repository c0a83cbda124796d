#include "records/records.h"

namespace interlatent {
namespace {

using Axis = ConvolutionRecord::Axis;

// True if the output has the size that input and taps determine.
bool fits(const Axis& axis) {
  const int64_t reach = axis.dilation * (axis.taps - 1);
  const int64_t room = axis.input + 2 * axis.padding - reach - 1;
  return room >= 0 && room / axis.stride + 1 == axis.output;
}

}  // namespace

ConvolutionRecord read_convolution(RecordReader& in, ConvolutionResult result) {
  ConvolutionRecord record;
  record.result = result;
  in.expect_operands(3, 3);
  in.expect_reals(0);
  record.read_leading(in);
  record.groups = in.dimension("groups");
  record.inputs = in.dimension("inputs");
  record.outputs = in.dimension("outputs");
  Axis* const axes[] = {&record.rows, &record.columns};
  // Sizes within 2^31 keep positions far from overflow.
  for (Axis* axis : axes) axis->input = in.integer("input", 1, INT32_MAX);
  for (Axis* axis : axes) axis->output = in.integer("output", 1, INT32_MAX);
  for (Axis* axis : axes) axis->taps = in.integer("taps", 1, INT32_MAX);
  for (Axis* axis : axes) axis->stride = in.integer("stride", 1, INT32_MAX);
  for (Axis* axis : axes) axis->padding = in.integer("padding", 0, INT32_MAX);
  for (Axis* axis : axes) axis->dilation = in.integer("dilation", 1, INT32_MAX);
  record.batch = in.dimension("B");
  in.end_of_integers();
  if (!fits(record.rows) || !fits(record.columns)) {
    in.refuse(
        "its output does not have the size that input and taps determine");
  }
  const int64_t x[] = {record.groups, record.inputs, record.rows.input,
                       record.columns.input, record.batch};
  const int64_t y[] = {record.groups, record.outputs, record.rows.output,
                       record.columns.output, record.batch};
  const int64_t w[] = {record.groups, record.outputs, record.inputs,
                       record.rows.taps, record.columns.taps};
  const int64_t sizes[] = {in.product(x), in.product(y), in.product(w)};
  // For each result: positions of the sizes of its operands among those of x, y
  // and w.
  const size_t order[3][3] = {{1, 0, 2}, {0, 1, 2}, {2, 0, 1}};
  const size_t* sizes_of = order[static_cast<size_t>(result)];
  record.take_operands(
      in, {sizes[sizes_of[0]], sizes[sizes_of[1]], sizes[sizes_of[2]]});
  const int64_t factors[] = {record.groups,         record.inputs,
                             record.outputs,        record.rows.taps,
                             record.columns.taps,   record.rows.output,
                             record.columns.output, record.batch};
  record.flops = 2 * static_cast<double>(in.product(factors)) *
                 static_cast<double>(record.count);
  return record;
}

}  // namespace interlatent
