#include "math/moves.h"

#include "records/records.h"

namespace interlatent {

MovesRecord read_moves(RecordReader& in) {
  MovesRecord record;
  in.expect_operands(3, 3);
  in.expect_reals(0);
  record.read_leading(in);
  record.channels = in.dimension("channels");
  record.rows = in.integer("rows", 1, INT32_MAX);
  record.columns = in.integer("columns", 1, INT32_MAX);
  record.batch = in.dimension("B");
  record.wraps = in.integer("wraps", 0, 1) == 1;
  in.end_of_integers();
  const int64_t image[] = {record.rows, record.columns, record.batch};
  if (in.product(image) > INT32_MAX) {
    in.refuse("a channel has more than 2^31 elements");
  }
  const int64_t images[] = {record.channels, in.product(image)};
  const int64_t moves[] = {kMoveRows, record.batch};
  const int64_t size = in.product(images);
  record.take_operands(in, {size, size, in.product(moves)});
  return record;
}

}  // namespace interlatent
