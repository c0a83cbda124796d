// Where the blocks of a plan find their operands (docs/engine.md, "Blocks").
#pragma once

#include <cstdint>

#include "cuda/runtime.h"

namespace interlatent::cuda {

// A tile of a run. Tiles are counted from the first that the program computes,
// where others compute others.
struct Place {
  uint32_t run, tile;
};

// The blocks that one launch covers.
struct Blocks {
  uint32_t count;
  uint32_t tiles;

  __host__ __device__ Place place(uint32_t block) const {
    return {block / tiles, block % tiles};
  }
};

// An operand of the program's first block, and the elements from it to those of
// the next run and the next tile.
template <class Element>
struct Located {
  Element* first;
  int64_t run_stride, tile_stride;

  __host__ __device__ Element* at(const Place& place) const {
    return first + run_stride * place.run + tile_stride * place.tile;
  }
};

}  // namespace interlatent::cuda
