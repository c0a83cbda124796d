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

double flops(const RecordReader& in, const MatmulRecord& record) {
  const int64_t factors[] = {2, record.m, record.n, record.k};
  return static_cast<double>(in.product(factors)) *
         static_cast<double>(record.batches);
}

}  // namespace

MatmulRecord read_matmul(RecordReader& in) {
  MatmulRecord record;
  in.expect_operands(3, 6);
  in.expect_reals(1);
  const int64_t m = record.m = in.dimension("M");
  const int64_t n = record.n = in.dimension("N");
  const int64_t k = record.k = in.dimension("K");
  record.a_transposed = in.integer("transA", 0, 1) == 1;
  record.b_transposed = in.integer("transB", 0, 1) == 1;
  record.ldc = in.stride("ldc");
  const int64_t lda = in.stride("lda");
  const int64_t ldb = in.stride("ldb");
  const Extent c = {m, n, record.ldc, 1};
  const Extent a = {record.a_transposed ? k : m, record.a_transposed ? m : k,
                    lda, 1};
  const Extent b = {record.b_transposed ? n : k, record.b_transposed ? k : n,
                    ldb, 1};
  require_row_stride(in, "ldc", c.along_rows, c.rows, c.columns);
  require_row_stride(in, "lda", a.along_rows, a.rows, a.columns);
  require_row_stride(in, "ldb", b.along_rows, b.rows, b.columns);
  record.activation = static_cast<Activation>(in.integer("activation", 0, 4));
  const bool is_slope = record.activation == Activation::kLeakyReluSlope ||
                        record.activation == Activation::kTanhSlope;
  const bool has_bias = in.integer("bias", 0, 1) == 1;
  record.saved_stride = in.stride("ldSaved");
  const bool has_sums = in.integer("sums", 0, 1) == 1;
  const size_t operands =
      size_t{3} + size_t{has_bias} + size_t{is_slope} + size_t{has_sums};
  in.expect_operands(operands, operands);
  const auto rank = static_cast<size_t>(in.integer("batchRank", 0, kMaxRank));
  record.dims = in.dimensions(rank);
  record.batches = in.product(record.dims);
  record.c.strides = in.strides(rank);
  record.a.strides = in.strides(rank);
  record.b.strides = in.strides(rank);
  record.bias.strides = in.strides(rank);
  record.saved.strides = in.strides(rank);
  record.sums.strides = in.strides(rank);
  in.end_of_integers();
  for (size_t dim = 0; dim < rank; dim++) {
    if (record.dims[dim] > 1 && (record.c.strides[dim] == 0 ||
                                 (has_sums && record.sums.strides[dim] == 0))) {
      in.refuse("a result has stride 0 in a batch dimension");
    }
  }
  check(in, record, 0, record.c.strides, c);
  check(in, record, 1, record.a.strides, a);
  check(in, record, 2, record.b.strides, b);
  using Access = RecordReader::Access;
  record.c.data = in.floats(0, Access::kWrites);
  record.a.operand = 1;
  record.a.data = in.floats(1, Access::kReads);
  record.b.operand = 2;
  record.b.data = in.floats(2, Access::kReads);
  size_t next = 3;
  if (has_bias) {
    record.bias.operand = next++;
    check(in, record, record.bias.operand, record.bias.strides, {m, 1, 1, 0});
    record.bias.data = in.floats(record.bias.operand, Access::kReads);
  } else {
    clear(record.bias.strides);
  }
  if (is_slope) {
    if (has_bias) in.refuse("a slope has no bias");
    record.saved.operand = next++;
    check(in, record, record.saved.operand, record.saved.strides,
          {m, n, record.saved_stride, 1});
    record.saved.data = in.floats(record.saved.operand, Access::kReads);
  } else {
    clear(record.saved.strides);
  }
  if (has_sums) {
    if (record.activation == Activation::kTanh) in.refuse("a tanh has no sums");
    record.sums.operand = next++;
    check(in, record, record.sums.operand, record.sums.strides, {m, 1, 1, 0});
    record.sums.data = in.floats(record.sums.operand, Access::kWrites);
  } else {
    clear(record.sums.strides);
  }
  record.slope = static_cast<float>(in.real(0));
  record.a_along_m = record.a_transposed ? 1 : lda;
  record.a_along_k = record.a_transposed ? lda : 1;
  record.b_along_k = record.b_transposed ? 1 : ldb;
  record.b_along_n = record.b_transposed ? ldb : 1;
  record.flops = flops(in, record);
  record.written.push_back({0, record.c.data, in.operand(0).run_stride,
                            record.dims, record.c.strides});
  record.written[0].dims.insert(record.written[0].dims.end(), {m, n});
  record.written[0].strides.insert(record.written[0].strides.end(),
                                   {record.ldc, 1});
  if (has_sums) {
    const size_t sums = record.sums.operand;
    record.written.push_back({sums, record.sums.data,
                              in.operand(sums).run_stride, record.dims,
                              record.sums.strides});
    record.written[1].dims.push_back(m);
    record.written[1].strides.push_back(1);
  }
  return record;
}

}  // namespace interlatent
