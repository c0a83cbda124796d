// Cuts tensors of shape [runs, count] into pieces of bounded length, one per
// thread block.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "cuda/kernel.h"

namespace interlatent::cuda {

struct Piece {
  uint32_t tensor;
  uint32_t run;
  int64_t start;
  int64_t count;
};

inline void add_pieces(std::vector<Piece>& pieces, const RecordReader& in,
                       size_t tensor, int64_t runs, int64_t count,
                       int64_t length) {
  const int64_t factors[] = {runs, (count - 1) / length + 1};
  if (in.product(factors) + static_cast<int64_t>(pieces.size()) > INT32_MAX) {
    in.refuse("it needs more than 2^31 thread blocks");
  }
  for (int64_t run = 0; run < runs; run++) {
    for (int64_t start = 0; start < count; start += length) {
      pieces.push_back({static_cast<uint32_t>(tensor),
                        static_cast<uint32_t>(run), start,
                        std::min(length, count - start)});
    }
  }
}

}  // namespace interlatent::cuda
