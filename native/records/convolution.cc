#include <algorithm>

#include "records/records.h"

namespace interlatent {
namespace {

using Axis = ConvolutionRecord::Axis;

// Whether the output has the rows that taps and input make.
bool fits(const Axis& axis) {
  const int64_t reach = axis.dilation * (axis.taps - 1);
  const int64_t room = axis.input + 2 * axis.padding - reach - 1;
  return room >= 0 && room / axis.stride + 1 == axis.output;
}

// Operand `index`, `size` elements at every place of the leading dimensions.
void check(const RecordReader& in, size_t index,
           const std::vector<int64_t>& dims,
           const std::vector<int64_t>& strides, int64_t size) {
  std::vector<int64_t> own = dims;
  std::vector<int64_t> along = strides;
  own.push_back(size);
  along.push_back(1);
  in.check_view(index, own, along);
}

}  // namespace

ConvolutionRecord read_convolution(RecordReader& in, ConvolutionResult result) {
  ConvolutionRecord record;
  record.result = result;
  in.expect_operands(3, 3);
  in.expect_reals(0);
  const auto rank = static_cast<size_t>(in.integer("rank", 0, kMaxRank));
  record.dims = in.dimensions(rank);
  record.count = in.product(record.dims);
  record.strides.out = in.strides(rank);
  record.strides.first = in.strides(rank);
  record.strides.second = in.strides(rank);
  record.groups = in.dimension("groups");
  record.inputs = in.dimension("inputs");
  record.outputs = in.dimension("outputs");
  Axis* const axes[] = {&record.rows, &record.columns};
  // Within 2^31, so that positions are far from overflowing.
  for (Axis* axis : axes) axis->input = in.integer("input", 1, INT32_MAX);
  for (Axis* axis : axes) axis->output = in.integer("output", 1, INT32_MAX);
  for (Axis* axis : axes) axis->taps = in.integer("taps", 1, INT32_MAX);
  for (Axis* axis : axes) axis->stride = in.integer("stride", 1, INT32_MAX);
  for (Axis* axis : axes) axis->padding = in.integer("padding", 0, INT32_MAX);
  for (Axis* axis : axes) axis->dilation = in.integer("dilation", 1, INT32_MAX);
  record.batch = in.dimension("B");
  in.end_of_integers();
  if (!fits(record.rows) || !fits(record.columns)) {
    in.refuse("its output does not have the size that input and taps make");
  }
  for (size_t dim = 0; dim < rank; dim++) {
    if (record.dims[dim] > 1 && record.strides.out[dim] == 0) {
      in.refuse("a result has stride 0 in a leading dimension");
    }
  }
  const int64_t x[] = {record.groups, record.inputs, record.rows.input,
                       record.columns.input, record.batch};
  const int64_t y[] = {record.groups, record.outputs, record.rows.output,
                       record.columns.output, record.batch};
  const int64_t w[] = {record.groups, record.outputs, record.inputs,
                       record.rows.taps, record.columns.taps};
  const int64_t sizes[] = {in.product(x), in.product(y), in.product(w)};
  // By result: positions of the operands' sizes among those of x, y and w.
  const size_t order[3][3] = {{1, 0, 2}, {0, 1, 2}, {2, 0, 1}};
  const size_t* own = order[static_cast<size_t>(result)];
  check(in, 0, record.dims, record.strides.out, sizes[own[0]]);
  check(in, 1, record.dims, record.strides.first, sizes[own[1]]);
  check(in, 2, record.dims, record.strides.second, sizes[own[2]]);
  record.out = in.floats(0, RecordReader::Access::kWrites);
  record.first = in.floats(1, RecordReader::Access::kReads);
  record.second = in.floats(2, RecordReader::Access::kReads);
  const int64_t factors[] = {record.groups,         record.inputs,
                             record.outputs,        record.rows.taps,
                             record.columns.taps,   record.rows.output,
                             record.columns.output, record.batch};
  record.flops = 2 * static_cast<double>(in.product(factors)) *
                 static_cast<double>(record.count);
  std::vector<int64_t> dims = record.dims;
  std::vector<int64_t> strides = record.strides.out;
  dims.push_back(sizes[own[0]]);
  strides.push_back(1);
  record.written.push_back(
      {0, record.out, in.operand(0).run_stride, dims, strides});
  return record;
}

}  // namespace interlatent
