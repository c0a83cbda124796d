// A loaded plan: its slabs, its prepared kernels, and the threads that run
// them.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "interlatent/backend.h"
#include "kernel.h"
#include "loops/loops.h"
#include "mapped_file.h"
#include "plan.h"
#include "products.h"
#include "profile.h"
#include "ranks/ranks.h"
#include "slab.h"
#include "thread_pool.h"

namespace interlatent {

class Program {
 public:
  // Throws Error "invalid-plan", "unknown-kernel", "out-of-memory", "device",
  // "out-of-range" or "unsupported-precision".
  Program(const uint8_t* plan, size_t bytes, const il_load_options& options);

  // Both throw Error "out-of-range" and move nothing if the range does not fit
  // the slab. Counts are in elements.
  void upload(uint32_t slab, uint64_t offset, const void* source,
              uint64_t count);
  void download(uint32_t slab, uint64_t offset, void* target,
                uint64_t count) const;
  // Maps the open file's first bytes into the data slab, in whole elements from
  // `offset` on, without reading them. Returns false if the system cannot; the
  // content must then be uploaded. Throws Error "out-of-range".
  bool map(uint32_t slab, uint64_t offset, int descriptor, uint64_t bytes);

  // Runs steps on the calling thread and the thread pool. Only one call may run
  // at a time. Fills `report` even when it throws. Throws Error "out-of-range"
  // for an invalid request, "index-out-of-range" and "device" for a step that
  // failed, and "rank-lost".
  void run(const il_run_request& request, il_run_report& report);

  // Stops the current run before its next step, or the next run if none is in
  // progress. May be called from any thread.
  void cancel() { cancelled_.store(true, std::memory_order_relaxed); }

  uint32_t runs() const { return runs_; }
  // Returns the memory that was allocated at load, without mapped files.
  uint64_t bytes() const;

  // Returns JSON: device, threads, bytes per slab and, if the load options
  // request a profile, the time of every kernel so far.
  const std::string& describe();

 private:
  struct PreparedOutput {
    const float* source;
    uint64_t count;
  };
  struct PreparedEntry {
    uint32_t tiles = 1;
    // Tiles that this program computes.
    TileRange local_tiles{0, 1};
    // Results of tiles that ranks exchange after the blocks.
    std::vector<il_piece> pieces;
    // The first kernels run for every block (docs/explanation/engine.md,
    // "Blocks").
    size_t block_kernels = 0;
    std::vector<std::unique_ptr<Kernel>> kernels;
    std::vector<std::string> labels;
    EntryProfile profile;
    std::vector<PreparedOutput> outputs;
    uint64_t output_count = 0;
  };

  TileRange local_tiles(const Entry& entry) const;
  void prepare(const Plan& plan);
  void allocate_scratch();
  float* range(uint32_t slab, uint64_t offset, uint64_t count,
               const char* operation) const;
  // The first error of a step: that of the lowest block.
  struct BlockFailure;

  // Requests the rows of mapped files that the entry's step will read.
  void read_ahead(const PreparedEntry& entry, uint64_t step);
  uint64_t mapped_bytes() const;
  void run_kernel(PreparedEntry& entry, size_t index, const Place& place,
                  Step& step);
  // Exchanges results of tiles with the other ranks. Returns false if the run
  // was cancelled meanwhile.
  bool gather_tiles(const PreparedEntry& entry, const il_run_request& request);
  void run_blocks(PreparedEntry& entry, Step& step);
  void run_block(PreparedEntry& entry, uint32_t block, const Worker& worker,
                 uint64_t step, BlockFailure& failure);
  // True if workers take whole blocks.
  bool shares_blocks(uint32_t blocks) const;
  Place place_of(const PreparedEntry& entry, uint32_t block) const;
  [[noreturn]] void fail(const PreparedEntry& entry, size_t kernel,
                         uint64_t step, const Step::Failure& failure) const;
  // Returns false if the run was cancelled; parameters are then unchanged.
  bool run_step(PreparedEntry& entry, const il_run_request& request, Step& step,
                il_run_report& report);
  // Replays the step up to kernel `guard` and reports every lost run with its
  // first non-finite tensor.
  void report_lost_runs(PreparedEntry& entry, size_t guard, Step& step,
                        const il_run_request& request, il_run_report& report);
  // Returns the first kernel before `guard` whose result for the run is not
  // finite, or `guard` if there is none.
  size_t culprit(PreparedEntry& entry, size_t guard, uint32_t run, Step& step);

  const Loops& loops_;
  const il_ranks ranks_;  // without functions if this program is the only rank
  uint32_t runs_ = 0;
  uint32_t copies_ = 1;  // of the block slab
  std::vector<Slab> slabs_;
  ThreadPool pool_;
  ProductCache products_;
  std::vector<PreparedEntry> entries_;
  Slab scratch_;
  std::vector<Worker> workers_;
  std::atomic<bool> cancelled_{false};
  const bool profiling_;
  std::string description_;
  // Mapped ranges of the data slab.
  struct Mapped {
    const std::byte* begin;
    const std::byte* end;
  };
  std::vector<Mapped> mapped_;
  std::unique_ptr<ReadAhead> read_ahead_;
};

}  // namespace interlatent
