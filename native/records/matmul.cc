#include <algorithm>
#include <string>

#include "records/records.h"

namespace interlatent {
namespace {

struct Extent {
  int64_t rows, columns, along_rows, along_columns;
};

void require_row_stride(const RecordReader& in, const char* what,
                        int64_t stride, int64_t rows, int64_t columns) {
  if (rows > 1 && stride < columns) {
    in.refuse(std::string(what) + " is " + std::to_string(stride) +
              ", but rows have " + std::to_string(columns) + " elements");
  }
}

void check(const RecordReader& in, const MatmulRecord& record, size_t operand,
           const std::vector<int64_t>& batch_strides, const Extent& extent) {
  std::vector<int64_t> dims = record.dims;
  std::vector<int64_t> strides = batch_strides;
  dims.insert(dims.end(), {extent.rows, extent.columns});
  strides.insert(strides.end(), {extent.along_rows, extent.along_columns});
  in.check_view(operand, dims, strides);
}

// Clears the strides of an operand that does not exist.
void clear(std::vector<int64_t>& strides) {
  std::fill(strides.begin(), strides.end(), 0);
}

}  // namespace

MatmulRecord::MatmulRecord(RecordReader& in)
    : MatmulFields(in), batches(in.product(dims)) {
  const Extent of_c = {m, n, ldc, 1};
  const Extent of_a = {trans_a ? k : m, trans_a ? m : k, lda, 1};
  const Extent of_b = {trans_b ? n : k, trans_b ? k : n, ldb, 1};
  require_row_stride(in, "ldc", ldc, of_c.rows, of_c.columns);
  require_row_stride(in, "lda", lda, of_a.rows, of_a.columns);
  require_row_stride(in, "ldb", ldb, of_b.rows, of_b.columns);
  const Activation kind = activation_kind();
  const bool is_slope =
      kind == Activation::kLeakyReluSlope || kind == Activation::kTanhSlope;
  const size_t operands =
      size_t{3} + size_t{has_bias} + size_t{is_slope} + size_t{has_sums};
  in.expect_operands(operands, operands);
  c.strides = std::move(c_strides);
  a.strides = std::move(a_strides);
  b.strides = std::move(b_strides);
  bias.strides = std::move(bias_strides);
  saved.strides = std::move(saved_strides);
  sums.strides = std::move(sums_strides);
  for (size_t dim = 0; dim < dims.size(); dim++) {
    if (dims[dim] > 1 &&
        (c.strides[dim] == 0 || (has_sums && sums.strides[dim] == 0))) {
      in.refuse("a result has stride 0 in a batch dimension");
    }
  }
  check(in, *this, 0, c.strides, of_c);
  check(in, *this, 1, a.strides, of_a);
  check(in, *this, 2, b.strides, of_b);
  using Access = RecordReader::Access;
  c.data = in.floats(0, Access::kWrites);
  a.operand = 1;
  a.data = in.floats(1, Access::kReads);
  b.operand = 2;
  b.data = in.floats(2, Access::kReads);
  size_t next = 3;
  if (has_bias) {
    bias.operand = next++;
    check(in, *this, bias.operand, bias.strides, {m, 1, 1, 0});
    bias.data = in.floats(bias.operand, Access::kReads);
  } else {
    clear(bias.strides);
  }
  if (is_slope) {
    if (has_bias) in.refuse("a slope has no bias");
    saved.operand = next++;
    check(in, *this, saved.operand, saved.strides, {m, n, ld_saved, 1});
    saved.data = in.floats(saved.operand, Access::kReads);
  } else {
    clear(saved.strides);
  }
  if (has_sums) {
    if (kind == Activation::kTanh) in.refuse("a tanh has no sums");
    sums.operand = next++;
    check(in, *this, sums.operand, sums.strides, {m, 1, 1, 0});
    sums.data = in.floats(sums.operand, Access::kWrites);
  } else {
    clear(sums.strides);
  }
  a_along_m = trans_a ? 1 : lda;
  a_along_k = trans_a ? lda : 1;
  b_along_k = trans_b ? 1 : ldb;
  b_along_n = trans_b ? ldb : 1;
  written.push_back({0, c.data, in.operand(0).run_stride, dims, c.strides});
  written[0].dims.insert(written[0].dims.end(), {m, n});
  written[0].strides.insert(written[0].strides.end(), {ldc, 1});
  if (has_sums) {
    written.push_back({sums.operand, sums.data,
                       in.operand(sums.operand).run_stride, dims,
                       sums.strides});
    written[1].dims.push_back(m);
    written[1].strides.push_back(1);
  }
}

}  // namespace interlatent
