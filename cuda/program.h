// A plan on a device: slabs, prepared kernels, and the graphs that replay its
// steps.
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
#include "error.h"
#include "interlatent/backend.h"
#include "plan.h"
#include "profile.h"

namespace interlatent::cuda {

class Program {
 public:
  // Throws Error "invalid-plan", "unknown-kernel", "out-of-memory", "device",
  // "out-of-range", "unsupported-precision".
  Program(const uint8_t* plan, size_t bytes, const il_load_options& options);
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  // Both throw Error "out-of-range" and copy nothing if the range does not fit
  // the slab. Counts are in elements.
  void upload(uint32_t slab, uint64_t offset, const void* source,
              uint64_t count);
  void download(uint32_t slab, uint64_t offset, void* target,
                uint64_t count) const;

  // Runs steps on the device, with up to kStepsAhead steps enqueued ahead of
  // the host. Only one call may run at a time. Fills `report` even when it
  // throws. Throws Error "out-of-range" for an invalid request, and
  // "index-out-of-range" or "device" for a step that failed.
  void run(const il_run_request& request, il_run_report& report);

  // Starts no further step of the run in progress, or of the next run if none
  // is in progress. Steps that are already enqueued finish. May be called from
  // any thread.
  void cancel() { cancelled_.store(true, std::memory_order_relaxed); }

  uint32_t runs() const { return runs_; }
  // Bytes that were allocated at load, on the device and on the host.
  uint64_t bytes() const { return memory_.bytes() + host_bytes(); }

  // Returns JSON: device, bytes per slab, and, if the load options request a
  // profile, the time of every kernel so far.
  const std::string& describe();

 private:
  struct PreparedEntry {
    uint32_t tiles = 1;
    size_t block_kernels = 0;
    std::vector<std::unique_ptr<Kernel>> kernels;
    std::vector<std::string> labels;
    std::vector<std::vector<size_t>> dependencies;
    // Indices of kernels that fetch data from the host for the next step, and
    // of kernels with a preparation launch per step.
    std::vector<size_t> fetching, preparing;
    // Profile of the kernels and the fetches. The device counts as one worker.
    EntryProfile profile;
    DeviceArray<OutputRange> ranges;
    uint32_t range_count = 0;
    uint64_t output_count = 0;
    // Outputs of kStepsAhead steps, one row per step.
    PinnedArray<float> results;
    bool ends_itself = false;  // the last kernel ends the step
    // True if steps are so short that the time between two graphs matters.
    bool is_short = false;
    // Graph of one step, and graph of kStepsPerGraph steps. They are captured
    // from the second step on.
    GraphExec graph, several;
  };

  // Returns how many of `kernels` have a programmatic edge in a captured step:
  // they may begin before a launch that they depend on has ended.
  size_t count_overlapping(const PreparedEntry& entry) const;
  uint64_t host_bytes() const { return host_size_ * sizeof(float); }
  std::optional<Error> try_to_place(const Plan& plan, uint64_t host_size);
  void place(const Plan& plan, uint64_t host_size);
  void release();
  [[noreturn]] void refuse(const Plan& plan, const Error& failure,
                           uint64_t available);
  void prepare(const Plan& plan);
  void prepare_kernel(PreparedEntry& entry, const Plan& plan,
                      const KernelRecord& record,
                      const KernelRecord* adding_guard,
                      std::vector<PartialSums>& partial_sums);
  // A contiguous part of a range of a slab.
  struct Segment {
    float* data;
    uint64_t start;  // in the range
    uint64_t count;
    bool on_host;
  };
  std::vector<Segment> range(uint32_t slab, uint64_t offset, uint64_t count,
                             const char* operation) const;

  OutputsLaunch outputs_of(const PreparedEntry& entry) const;
  void enqueue_outputs(const PreparedEntry& entry) const;
  void enqueue_step(PreparedEntry& entry);
  // Returns how many steps the next launch contains if `remaining` steps are
  // still to be started.
  uint32_t steps_per_launch(const PreparedEntry& entry,
                            uint64_t remaining) const;
  void start_steps(PreparedEntry& entry, uint64_t index, uint32_t count);
  GraphExec capture(PreparedEntry& entry, uint32_t steps);
  // Captures one step after those that were captured before.
  void capture_step(Capture& capture, PreparedEntry& entry);
  void poison_blocks() const;
  template <class Launch>
  void time(KernelTime& total, const Launch& launch);
  // Fetches what the current step reads from the host, before the step begins.
  void fetch_now(const PreparedEntry& entry) const;
  // Selects the program's device for the calling thread.
  void enter() const;
  // Waits until all enqueued work has finished.
  void finish() const;
  void copy_out(void* target, const void* source, uint64_t bytes) const;

  // Throws the Error of a step that failed.
  [[noreturn]] void fail(PreparedEntry& entry, uint64_t step);
  // Reports every run that was lost in the step, with the first of its tensors
  // that is not finite. Training continues with step `next`.
  void report_lost_runs(PreparedEntry& entry, uint64_t step, uint64_t next,
                        const il_run_request& request, il_run_report& report);
  size_t culprit(PreparedEntry& entry, size_t guard, uint32_t run);
  bool is_finite_now(const PreparedEntry& entry, size_t index,
                     uint32_t run) const;

  uint32_t device_;
  cudaDeviceProp properties_;
  const Precisions precisions_;
  const bool profiling_;
  const bool eager_;
  const bool poisons_;
  const Overlap overlap_;
  Stream stream_;
  Memory memory_;
  CublasLtProducts cublaslt_;
  uint32_t runs_ = 0;
  uint32_t all_runs_ = 0;  // of the whole fit; determines how sums are cut
  std::array<uint64_t, kPlanSlabs> slab_sizes_{};  // of the original plan
  uint64_t block_slab_ = 0;                        // elements of one copy
  std::vector<DeviceArray<float>> slabs_;
  // Data sets that lie on the host, and the locations of all ranges of the data
  // slab. Both are empty if the whole slab lies on the device.
  PinnedArray<float> host_data_;
  uint64_t host_size_ = 0;
  std::vector<DataRange> data_ranges_;
  DeviceArray<StepState> state_;
  DeviceArray<LostRun> lost_;
  PinnedArray<StepReport> reports_;
  // Both are indexed by the step modulo kStepsAhead. Steps of one graph finish
  // together, so `event_of_step_` names the event that marks the end of a step.
  std::array<Event, kStepsAhead> done_;
  std::array<uint32_t, kStepsAhead> event_of_step_{};
  Event before_, after_;  // around a kernel, for profiles
  std::vector<PreparedEntry> entries_;
  std::atomic<bool> cancelled_{false};
  std::string description_;
};

}  // namespace interlatent::cuda
