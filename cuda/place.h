// Locations of the operands of a plan's blocks (docs/explanation/engine.md,
// "Blocks").
#pragma once

#include <cstdint>

#include "cuda/runtime.h"

namespace interlatent::cuda {

// A tile of a run.
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

// An operand of the program's first block, with the strides, in elements, to
// the next run and to the next tile.
template <class Element>
struct Located {
  Element* first;
  int64_t run_stride, tile_stride;

  __host__ __device__ Element* at(const Place& place) const {
    return first + run_stride * place.run + tile_stride * place.tile;
  }
};

}  // namespace interlatent::cuda
