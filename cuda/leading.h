// Leading dimensions of a kernel's operands and their strides, for use on the
// device.
#pragma once

#include <algorithm>

#include "cuda/runtime.h"
#include "records/records.h"

namespace interlatent::cuda {

struct Leading {
  int32_t rank;
  int64_t dims[kMaxRank];
  int64_t out[kMaxRank], first[kMaxRank], second[kMaxRank];

  template <class Record>
  static Leading of(const Record& record) {
    Leading leading{};
    leading.rank = static_cast<int32_t>(record.dims.size());
    std::ranges::copy(record.dims, leading.dims);
    std::ranges::copy(record.out_strides, leading.out);
    std::ranges::copy(record.first_strides, leading.first);
    std::ranges::copy(record.second_strides, leading.second);
    return leading;
  }

  // Moves the pointers from the first position to position `index`.
  __device__ void move(int64_t index, float** to, const float** a,
                       const float** b) const {
    for (int dim = rank - 1; dim >= 0; dim--) {
      const int64_t position = index % dims[dim];
      index /= dims[dim];
      *to += position * out[dim];
      *a += position * first[dim];
      *b += position * second[dim];
    }
  }
};

}  // namespace interlatent::cuda
