// Positions along leading dimensions.
#pragma once

#include <cstdint>
#include <vector>

#include "records/records.h"

namespace interlatent {

// Returns the offset of every position from the first, in row-major order.
inline std::vector<int64_t> starts_of(const std::vector<int64_t>& dims,
                                      int64_t count,
                                      const std::vector<int64_t>& strides) {
  std::vector<int64_t> starts(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; i++) {
    int64_t rest = i;
    for (size_t dim = dims.size(); dim-- > 0;) {
      starts[static_cast<size_t>(i)] += rest % dims[dim] * strides[dim];
      rest /= dims[dim];
    }
  }
  return starts;
}

// The offsets of the operands at every position.
struct Starts {
  std::vector<int64_t> out, first, second;

  template <class Record>
  explicit Starts(const Record& record)
      : out(starts_of(record.dims, record.count, record.out_strides)),
        first(starts_of(record.dims, record.count, record.first_strides)),
        second(starts_of(record.dims, record.count, record.second_strides)) {}
};

}  // namespace interlatent
