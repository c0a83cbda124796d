#include "records/records.h"

namespace interlatent {

MovesRecord::MovesRecord(RecordReader& in)
    : MovesFields(in), count(in.product(dims)) {
  if (in.product({rows, columns, batch}) > INT32_MAX) {
    in.refuse("a channel has more than 2^31 elements");
  }
}

}  // namespace interlatent
