// A plan on a device: its slabs, its prepared kernels and the graphs that
// replay its steps.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cuda/capture.h"
#include "cuda/cublaslt.h"
#include "cuda/data_on_host.h"
#include "cuda/handles.h"
#include "cuda/kernel.h"
#include "cuda/memory.h"
#include "cuda/outputs.h"
#include "cuda/step_state.h"
#include "cuda/tile_exchange.h"
#include "error.h"
#include "interlatent/backend.h"
#include "plan.h"
#include "profile.h"

namespace interlatent::cuda {

class Program {
 public:
  // Throws Error "invalid-plan", "unknown-kernel", "out-of-memory", "device",
  // "out-of-range", "unsupported-precision", "no-nccl".
  Program(const uint8_t* plan, size_t bytes, const il_load_options& options);
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  // Both throw Error "out-of-range" and move nothing when the range does not
  // fit the slab. Counts are in elements.
  void upload(uint32_t slab, uint64_t offset, const void* source,
              uint64_t count);
  void download(uint32_t slab, uint64_t offset, void* target,
                uint64_t count) const;

  // Runs steps on the device, up to kStepsAhead before the first of them is
  // looked at, one call at a time. Fills `report` even when it throws: Error
  // "out-of-range" for a wrong request, "index-out-of-range" and "device" for a
  // step that failed, "rank-lost". Where others compute the other tiles, all
  // stop before the same step, whichever of them was cancelled.
  void run(const il_run_request& request, il_run_report& report);

  // Starts no further step of the run in progress, or of the next run when none
  // is in progress; steps that are under way are finished. May be called from
  // any thread.
  void cancel() { cancelled_.store(true, std::memory_order_relaxed); }

  uint32_t runs() const { return runs_; }
  // All memory that was taken at load, on the device and on the host.
  uint64_t bytes() const { return memory_.bytes() + host_bytes(); }

  // JSON: device, bytes per slab and, where the load options ask for a profile,
  // the time of every kernel so far.
  const std::string& describe();

 private:
  struct PreparedEntry {
    // That this program computes.
    TileRange tiles{0, 1};
    // What others compute of the other tiles comes after the blocks.
    std::vector<il_piece> pieces;
    size_t block_kernels = 0;
    std::vector<std::unique_ptr<Kernel>> kernels;
    std::vector<std::string> labels;
    std::vector<std::vector<size_t>> dependencies;
    // Kernels that fetch what the next step reads from the host, and those that
    // prepare something once per step.
    std::vector<size_t> fetching, preparing;
    // Of the kernels, of what they fetch, of the exchange of tiles; the device
    // is one worker.
    EntryProfile profile;
    DeviceArray<OutputRange> ranges;
    uint32_t range_count = 0;
    uint64_t output_count = 0;
    // kStepsAhead rows.
    PinnedArray<float> results;
    // So short that the time between two graphs counts.
    bool is_short = false;
    // The captured step, from the second step on, and several in a row.
    GraphExec graph, several;
  };

  // Launches of a captured step, of `kernels`, that may begin before one that
  // they wait for has ended.
  size_t count_overlapping(const PreparedEntry& entry) const;
  void add_pieces(PreparedEntry& entry, const Kernel& kernel) const;
  // Of when exchanges happen, of what, and whether in graphs.
  uint64_t exchanges() const;
  bool is_short(const Plan& plan, const Entry& entry,
                const PreparedEntry& prepared) const;
  uint64_t host_bytes() const { return host_size_ * sizeof(float); }
  std::optional<Error> try_to_place(const Plan& plan, uint64_t host_size);
  void place(const Plan& plan, uint64_t host_size);
  void let_go();
  [[noreturn]] void refuse(const Plan& plan, const Error& failure,
                           uint64_t available);
  void prepare(const Plan& plan);
  void prepare_kernel(PreparedEntry& entry, const Plan& plan,
                      const KernelRecord& record, uint32_t all_tiles);
  // A part of a range of a slab that lies in one place.
  struct Stretch {
    float* data;
    uint64_t start;  // in the range
    uint64_t count;
    bool on_host;
  };
  std::vector<Stretch> range(uint32_t slab, uint64_t offset, uint64_t count,
                             const char* operation) const;

  void enqueue_outputs(const PreparedEntry& entry) const;
  void enqueue_step(PreparedEntry& entry);
  void exchange_tiles(const PreparedEntry& entry) const;
  // How many steps are started at once when so many are left.
  uint32_t steps_at_once(const PreparedEntry& entry, uint64_t left) const;
  void start_steps(PreparedEntry& entry, uint64_t index, uint32_t count);
  GraphExec capture(PreparedEntry& entry, uint32_t steps);
  // Records one step behind those that were captured before.
  void capture_step(Capture& capture, PreparedEntry& entry);
  void poison_blocks() const;
  template <class Launch>
  void time(KernelTime& total, const Launch& launch);
  // Fetches what the step at hand reads from the host, before it begins.
  void fetch_now(const PreparedEntry& entry) const;
  // Whether another step begins; asks those who compute the other tiles.
  bool goes_on(const PreparedEntry& entry, const il_run_request& request);
  bool is_cancelled(const il_run_request& request) const;
  void run_steps(PreparedEntry& entry, const il_run_request& request,
                 il_run_report& report);
  // Nothing that is under way waits for others any more.
  void abort_exchange();
  // Until it has happened. Throws Error "rank-lost" where it cannot any more.
  void wait(cudaEvent_t event) const;
  // Makes the device that of the calling thread.
  void enter() const;
  // Waits for all that was started.
  void finish() const;
  void copy_out(void* target, const void* source, uint64_t bytes) const;

  // Of a step that failed: throws its Error.
  [[noreturn]] void fail(PreparedEntry& entry, uint64_t step);
  // Reports every run that was lost in the step with the first tensor of its
  // own that is not finite. `next`: the step to go on with.
  void report_lost_runs(PreparedEntry& entry, uint64_t step, uint64_t next,
                        const il_run_request& request, il_run_report& report);
  size_t culprit(PreparedEntry& entry, size_t guard, uint32_t run);
  size_t culprit(PreparedEntry& entry, size_t begin, size_t end, uint32_t run);
  bool is_finite_now(const PreparedEntry& entry, size_t index,
                     uint32_t run) const;

  uint32_t device_;
  cudaDeviceProp properties_;
  const MatmulPrecision matmul_precision_;
  const bool profiling_;
  const bool eager_;
  const bool poisons_;
  const Overlap overlap_;
  Stream stream_;
  Memory memory_;
  CublasLtProducts cublaslt_;
  const il_ranks ranks_;
  // Where there are others, and tiles to share with them.
  std::unique_ptr<TileExchange> exchange_;
  uint32_t runs_ = 0;
  uint32_t all_runs_ = 0;                          // by which sums are cut
  std::array<uint64_t, kPlanSlabs> slab_sizes_{};  // of the plan
  uint64_t block_slab_ = 0;                        // elements of one copy
  std::vector<DeviceArray<float>> slabs_;
  // Data sets that do not lie on the device, and where the data slab's
  // stretches went; empty when all of it is there.
  PinnedArray<float> host_data_;
  uint64_t host_size_ = 0;
  std::vector<DataStretch> data_stretches_;
  DeviceArray<StepState> state_;
  DeviceArray<LostRun> lost_;
  PinnedArray<StepReport> reports_;
  // By a step's turn: when it is done, and the turn whose event tells so, since
  // steps of one graph are done together.
  std::array<Event, kStepsAhead> done_;
  std::array<uint32_t, kStepsAhead> told_by_{};
  Event before_, after_;  // of a kernel, for profiles
  Event finished_;        // of all so far
  std::vector<PreparedEntry> entries_;
  std::atomic<bool> cancelled_{false};
  std::string description_;
};

}  // namespace interlatent::cuda
