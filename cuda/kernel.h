// Interface of a kernel in the CUDA program. Its record is read and checked
// once, when the plan is loaded. After that a kernel is one launch per step for
// all blocks.
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
#include "cuda/outputs.h"
#include "cuda/place.h"
#include "cuda/runtime.h"
#include "cuda/step_state.h"
#include "error.h"
#include "kinds.h"
#include "records/records.h"

namespace interlatent::cuda {

// Precisions of the factors of matrix products and of convolutions.
struct Precisions {
  MatmulPrecision products;
  MatmulPrecision convolutions;
};

// Sums over the batch, [runs, groups, size], of which a kernel stores parts,
// [runs, groups, count, pitch]. The guard that follows adds the parts on all
// multiprocessors and stores the sums, before it checks them. The operand of
// the sums is known only while a program is loaded. It identifies them, because
// addresses are not unique while bytes are only counted.
struct PartialSums {
  const Operand* sums;
  const float* parts;
  int64_t groups, size, pitch;
  uint32_t count;
};

// What the constructor of a kernel may use in addition to its record.
struct Preparation {
  Memory& memory;
  uint32_t runs;    // of the program
  uint32_t tiles;   // of a mini-batch for a kernel of blocks, otherwise 1
  uint32_t blocks;  // runs x tiles for a kernel of blocks, otherwise 1
  // Blocks of the whole fit, on all devices. They determine how sums are cut,
  // so that the bits do not depend on the number of devices.
  uint32_t cut_blocks;
  uint64_t block_slab;  // elements from one copy of the block slab to the next
  uint32_t multiprocessors;
  // Shared memory that a thread block can have. It must not change results.
  uint32_t shared_bytes;
  MatmulPrecision matmul_precision;
  MatmulPrecision convolution_precision;  // bfloat16 is computed as TF32
  CublasLtProducts& cublaslt;
  LostRun* lost;   // [runs], written by guards
  uint32_t index;  // of the kernel in its entry
  // The guard that may add partial sums, or null. It takes them from the list.
  const KernelRecord* adding_guard;
  std::vector<PartialSums>& partial_sums;
};

class Kernel {
 public:
  virtual ~Kernel() = default;

  // Enqueues one step for all blocks. A graph may capture the launch, so it
  // reads what changes from step to step from `state`.
  virtual void enqueue(cudaStream_t stream, StepState* state) const = 0;

  virtual LaunchType launch_type() const { return LaunchType::kKernel; }

  // True if the kernel reads a data set on the host (cuda/data_on_host.h). Its
  // rows are then copied to the device before the step. `enqueue_fetch` fetches
  // the rows of the step that comes `ahead` steps after the current one, into
  // one of two buffers that alternate.
  virtual bool fetches() const { return false; }
  virtual void enqueue_fetch(cudaStream_t, StepState*,
                             uint32_t /*ahead*/) const {}
  // Returns the bytes that one step fetches from the host.
  virtual double fetched_bytes() const { return 0; }

  // True if the kernel has a second launch that computes, once per step, values
  // that all its thread blocks need. That launch depends only on the step and
  // the controls. It precedes `enqueue` and runs concurrently with other
  // kernels.
  virtual bool prepares() const { return false; }
  virtual void enqueue_preparation(cudaStream_t, const StepState*) const {}

  // True if the kernel, as the last one of a step, also ends the step
  // (cuda/outputs.h), which saves a launch.
  virtual bool ends_step(const OutputsLaunch&) { return false; }

  struct Failure {
    const char* code;
    std::string message;
  };
  // Returns why the step failed, if this kernel failed for this block. The host
  // calls it after a step has reported a failure. `download` copies from the
  // device.
  using Download =
      std::function<void(void* target, const void* source, uint64_t bytes)>;
  virtual std::optional<Failure> failure(uint64_t, const Place&,
                                         const Download&) const {
    return std::nullopt;
  }

  // True if the kernel may be run again within a step with the same result.
  bool pure() const { return pure_; }
  // A tensor that the kernel writes, for all blocks.
  struct Written {
    WrittenTensor tensor;
    Located<const float> data;
  };
  const std::vector<Written>& written() const { return written_; }
  double flops() const { return flops_; }
  const std::vector<MovedElements>& moved() const { return moved_; }
  // Returns the bytes of its scratch memory that grow with runs and mini-batch,
  // as the block slab does.
  uint64_t growing_bytes() const { return growing_bytes_; }

 protected:
  // Copies the fields that every record has.
  Kernel(const RecordReader& in, const Record& record,
         const Preparation& preparation)
      : blocks_({preparation.blocks, preparation.tiles}),
        flops_(record.flops),
        moved_(record.moved) {
    for (const WrittenTensor& tensor : record.written) {
      written_.push_back(
          {tensor, locate(in, preparation, tensor.operand, tensor.data)});
    }
  }

  // Returns operand `index` of the record, for all blocks. If it is absent,
  // `first` and the result are null.
  template <class Element>
  static Located<Element> locate(const RecordReader& in,
                                 const Preparation& preparation, size_t index,
                                 Element* first) {
    if (first == nullptr) return {nullptr, 0, 0};
    const Operand& operand = in.operand(index);
    if (operand.slab != kBlockSlab) {
      return {first, static_cast<int64_t>(operand.run_stride),
              static_cast<int64_t>(operand.tile_stride)};
    }
    const auto copy = static_cast<int64_t>(preparation.block_slab);
    return {first, copy * preparation.tiles, copy};
  }

  // Returns zeroed scratch memory of this shape.
  template <class Element>
  static DeviceArray<Element> scratch(const RecordReader& in,
                                      const Preparation& preparation,
                                      const char* what,
                                      std::initializer_list<int64_t> dims) {
    return {preparation.memory, what, static_cast<uint64_t>(in.product(dims))};
  }

  bool pure_ = true;
  uint64_t growing_bytes_ = 0;
  Blocks blocks_;

  std::vector<Written> written_;

 private:
  double flops_;
  std::vector<MovedElements> moved_;
};

// Returns the number of thread blocks for `count` of them per block of the
// plan. Throws Error "invalid-plan" if a launch cannot have that many.
inline unsigned grid_size(const RecordReader& in, int64_t count,
                          uint32_t blocks) {
  const int64_t factors[] = {count, blocks};
  const int64_t size = in.product(factors);
  if (size > INT32_MAX) in.refuse("it needs more than 2^31 thread blocks");
  return static_cast<unsigned>(size);
}

using KernelFactory = std::unique_ptr<Kernel> (*)(RecordReader&,
                                                  const Preparation&);
// The factory of a kernel. Some records depend on the number of tiles.
template <class Derived, class Record>
std::unique_ptr<Kernel> make_kernel(RecordReader& in,
                                    const Preparation& preparation) {
  if constexpr (std::is_constructible_v<Record, RecordReader&, uint32_t>) {
    return std::make_unique<Derived>(in, Record(in, preparation.tiles),
                                     preparation);
  } else {
    return std::make_unique<Derived>(in, Record(in), preparation);
  }
}

// Throws Error "unknown-kernel" if kernels.def does not list the name for CUDA.
KernelFactory find_kernel(std::string_view name);

// Returns all names that find_kernel accepts.
std::vector<std::string> kernel_names();

}  // namespace interlatent::cuda
