// What a kernel is to the CUDA program: read and checked once when the plan is
// loaded, then one launch per step for all blocks at once.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cuda/capture.h"
#include "cuda/cublaslt.h"
#include "cuda/memory.h"
#include "cuda/place.h"
#include "cuda/runtime.h"
#include "cuda/step_state.h"
#include "error.h"
#include "kinds.h"
#include "ranks/ranks.h"
#include "records/records.h"

namespace interlatent::cuda {

// What preparing a kernel may use beside its record.
struct Preparation {
  Memory& memory;
  uint32_t runs;        // of the program
  uint32_t all_tiles;   // of a mini-batch, by whoever they are computed
  TileRange tiles;      // that the kernel is run for
  uint32_t blocks;      // runs x tiles for a kernel of blocks, otherwise 1
  uint32_t cut_blocks;  // the same of all runs and tiles, by which sums are cut
  uint64_t block_slab;  // elements from one copy of the block slab to the next
  uint32_t multiprocessors;
  MatmulPrecision matmul_precision;
  CublasLtProducts& cublaslt;
  LostRun* lost;   // [runs], where guards note runs that were lost
  uint32_t index;  // of the kernel in its entry
};

class Kernel {
 public:
  virtual ~Kernel() = default;

  // One step, everywhere. May be recorded in a graph: what changes from step to
  // step is read from `state`.
  virtual void enqueue(cudaStream_t stream, StepState* state) const = 0;

  virtual LaunchType launch_type() const { return LaunchType::kKernel; }

  // A kernel that reads a data set on the host (cuda/data_on_host.h) has its
  // rows of a step fetched to the device before the step: of step `ahead` after
  // the one at hand, into one of two places that steps take in turns.
  virtual bool fetches() const { return false; }
  virtual void enqueue_fetch(cudaStream_t, StepState*,
                             uint32_t /*ahead*/) const {}
  // Of one step, from the host.
  virtual double fetched_bytes() const { return 0; }

  // A kernel that works out once per step what all its thread blocks need, from
  // the step and the controls alone: in a launch of its own before `enqueue`,
  // beside all others.
  virtual bool prepares() const { return false; }
  virtual void enqueue_preparation(cudaStream_t, const StepState*) const {}

  // What the tiles of a mini-batch have computed for this kernel, each copy
  // `stride` elements after the one before; none but for a mean over tiles.
  struct TileCopies {
    float* first;
    uint32_t tiles;
    int64_t stride, elements;
  };
  virtual std::optional<TileCopies> tile_copies() const { return {}; }

  struct Failure {
    const char* code;
    std::string message;
  };
  // Why the step failed, if it did at this kernel for this block: looked up by
  // the host once a step has reported a failure. `download` copies from the
  // device.
  using Download =
      std::function<void(void* target, const void* source, uint64_t bytes)>;
  virtual std::optional<Failure> failure(uint64_t, const Place&,
                                         const Download&) const {
    return std::nullopt;
  }

  // Pure kernels may be run again within a step with the same result.
  bool pure() const { return pure_; }
  // A tensor it writes, for all blocks.
  struct Written {
    WrittenTensor tensor;
    Located<const float> data;
  };
  const std::vector<Written>& written() const { return written_; }
  double flops() const { return flops_; }
  const std::vector<MovedElements>& moved() const { return moved_; }
  // Of the memory it takes for itself, what grows with runs and mini-batch as
  // the block slab does.
  uint64_t growing_bytes() const { return growing_bytes_; }

 protected:
  // Takes over what every record has.
  Kernel(const RecordReader& in, const Record& record,
         const Preparation& preparation)
      : blocks_({preparation.blocks, preparation.tiles.count}),
        flops_(record.flops),
        moved_(record.moved) {
    for (const WrittenTensor& tensor : record.written) {
      written_.push_back(
          {tensor, locate(in, preparation, tensor.operand, tensor.data)});
    }
  }

  // Operand `index` of the record, for all blocks.
  template <class Element>
  static Located<Element> locate(const RecordReader& in,
                                 const Preparation& preparation, size_t index,
                                 Element* first) {
    const Operand& operand = in.operand(index);
    const auto [first_tile, tiles] = preparation.tiles;
    if (operand.slab != kBlockSlab) {
      const auto stride = static_cast<int64_t>(operand.tile_stride);
      return {first + first_tile * stride,
              static_cast<int64_t>(operand.run_stride), stride};
    }
    const auto copy = static_cast<int64_t>(preparation.block_slab);
    return {first, copy * tiles, copy};
  }

  bool pure_ = true;
  uint64_t growing_bytes_ = 0;
  Blocks blocks_;

 private:
  std::vector<Written> written_;
  double flops_;
  std::vector<MovedElements> moved_;
};

// Blocks of threads for `count` of them per block of the plan; refuses more
// than a launch can have.
inline unsigned grid_size(const RecordReader& in, int64_t count,
                          uint32_t blocks) {
  const int64_t factors[] = {count, blocks};
  const int64_t size = in.product(factors);
  if (size > INT32_MAX) in.refuse("it needs more than 2^31 thread blocks");
  return static_cast<unsigned>(size);
}

using KernelFactory = std::unique_ptr<Kernel> (*)(RecordReader&,
                                                  const Preparation&);
// Throws Error "unknown-kernel" for a name that kernels.def has no row of for a
// GPU.
KernelFactory find_kernel(std::string_view name);

// All that find_kernel finds.
std::vector<std::string> kernel_names();

}  // namespace interlatent::cuda
