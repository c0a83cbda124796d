#include "records/records.h"

namespace interlatent {

RandomRecord::RandomRecord(RecordReader& in, uint32_t tiles)
    : RandomFields(in), width(columns / parts) {
  const int64_t blocks = in.product({parts, blocks_per_part()});
  if (in.product({per_tile ? tiles : 1, blocks}) > int64_t{1} << 32) {
    in.refuse("its tiles draw more than 2^34 numbers together");
  }
  blocks_per_tile = per_tile ? static_cast<uint32_t>(blocks) : 0;
}

}  // namespace interlatent
