// Runs steps as graphs, a few steps ahead of the host, and handles lost runs
// and failed steps.
#include <algorithm>
#include <cstring>
#include <optional>

#include "cuda/capture.h"
#include "cuda/program.h"
#include "error.h"
#include "requests.h"

namespace interlatent::cuda {

template <class Launch>
void Program::time(KernelTime& total, const Launch& launch) {
  if (!profiling_) {
    launch();
    return;
  }
  check_cuda(cudaEventRecord(before_.get(), stream_.get()), "an event");
  launch();
  check_cuda(cudaEventRecord(after_.get(), stream_.get()), "an event");
  check_cuda(cudaEventSynchronize(after_.get()), "a step");
  float milliseconds = 0;
  check_cuda(cudaEventElapsedTime(&milliseconds, before_.get(), after_.get()),
             "an event");
  total.seconds += double{milliseconds} * 1e-3;
  total.calls++;
}

void Program::fetch_now(const PreparedEntry& entry) const {
  for (const size_t i : entry.fetching) {
    entry.kernels[i]->enqueue_fetch(stream_.get(), state_.data(), 0);
  }
}

OutputsLaunch Program::outputs_of(const PreparedEntry& entry) const {
  return {entry.ranges.data(), entry.range_count, entry.output_count,
          entry.results.data(), reports_.data()};
}

void Program::enqueue_outputs(const PreparedEntry& entry) const {
  if (entry.ends_itself) return;
  record_outputs(outputs_of(entry), state_.data(), stream_.get());
}

// Fills the block slab with NaN, so that a step that reads memory it has not
// written gives NaN.
void Program::poison_blocks() const {
  const auto& blocks = slabs_[kBlockSlab];
  check_cuda(
      cudaMemsetAsync(blocks.data(), 0xff, blocks.bytes(), stream_.get()),
      "cudaMemset");
}

void Program::enqueue_step(PreparedEntry& entry) {
  if (poisons_) poison_blocks();
  for (size_t i = 0; i < entry.kernels.size(); i++) {
    const Kernel& kernel = *entry.kernels[i];
    time(entry.profile.times[0][i], [&] {
      if (kernel.prepares()) {
        kernel.enqueue_preparation(stream_.get(), state_.data());
      }
      kernel.enqueue(stream_.get(), state_.data());
    });
  }
  for (size_t i = 0; i < entry.fetching.size(); i++) {
    time(entry.profile.times[0][entry.kernels.size() + i], [&] {
      entry.kernels[entry.fetching[i]]->enqueue_fetch(stream_.get(),
                                                      state_.data(), 1);
    });
  }
  enqueue_outputs(entry);
}

void Program::capture_step(Capture& capture, PreparedEntry& entry) {
  // A launch without dependencies in its step waits for the end of the previous
  // step.
  std::vector<size_t> begin;
  if (capture.count() > 0) begin.push_back(capture.count() - 1);
  if (poisons_) {
    capture.wait_for(begin, LaunchType::kOther);
    poison_blocks();
    begin.assign(1, capture.count());
    capture.launched();
  }
  std::vector<std::optional<size_t>> prepared(entry.kernels.size());
  for (const size_t i : entry.preparing) {
    prepared[i] = capture.count();
    capture.wait_for(begin);
    entry.kernels[i]->enqueue_preparation(stream_.get(), state_.data());
    capture.launched();
  }
  std::vector<size_t> launches;
  for (size_t i = 0; i < entry.kernels.size(); i++) {
    std::vector<size_t> waits;
    for (const size_t other : entry.dependencies[i]) {
      waits.push_back(launches[other]);
    }
    if (prepared[i]) waits.push_back(*prepared[i]);
    launches.push_back(capture.count());
    capture.wait_for(waits.empty() ? begin : waits,
                     entry.kernels[i]->launch_type());
    entry.kernels[i]->enqueue(stream_.get(), state_.data());
    capture.launched();
  }
  // Fetches run concurrently with the kernels: only the end of the step waits
  // for them.
  for (const size_t i : entry.fetching) {
    capture.wait_for(begin);
    entry.kernels[i]->enqueue_fetch(stream_.get(), state_.data(), 1);
    capture.launched();
  }
  if (entry.ends_itself) return;
  capture.wait_for_all();
  enqueue_outputs(entry);
  capture.launched();
}

GraphExec Program::capture(PreparedEntry& entry, uint32_t steps) {
  Capture capture(stream_.get(), overlap_);
  for (uint32_t i = 0; i < steps; i++) capture_step(capture, entry);
  return capture.finish();
}

uint32_t Program::steps_per_launch(const PreparedEntry& entry,
                                   uint64_t remaining) const {
  // The first step of an entry is not captured: it loads the kernels' code,
  // which is not allowed during a capture.
  const bool captured = !eager_ && !profiling_ && entry.profile.steps > 0;
  return captured && entry.is_short && remaining >= kStepsPerGraph
             ? kStepsPerGraph
             : 1;
}

void Program::start_steps(PreparedEntry& entry, uint64_t index,
                          uint32_t count) {
  if (eager_ || profiling_ || entry.profile.steps == 0) {
    enqueue_step(entry);
  } else {
    GraphExec& graph = count == 1 ? entry.graph : entry.several;
    if (!graph) graph = capture(entry, count);
    check_cuda(cudaGraphLaunch(graph.get(), stream_.get()), "a graph");
  }
  entry.profile.steps += count;
  const auto last = static_cast<uint32_t>((index + count - 1) % kStepsAhead);
  check_cuda(cudaEventRecord(done_[last].get(), stream_.get()), "an event");
  for (uint32_t i = 0; i < count; i++) {
    event_of_step_[(index + i) % kStepsAhead] = last;
  }
}

void Program::run(const il_run_request& request, il_run_report& report) {
  report = {};
  check_entry(request, entries_.size());
  PreparedEntry& entry = entries_[request.entry];
  check_steps(request, entry.output_count);
  // This call consumes a request to cancel, however it ends.
  struct Reset {
    std::atomic<bool>& flag;
    ~Reset() { flag.store(false, std::memory_order_relaxed); }
  } reset{cancelled_};
  enter();
  begin_steps(state_.data(), request.first_step, stream_.get());
  fetch_now(entry);
  check_cuda(cudaMemsetAsync(lost_.data(), 0, lost_.bytes(), stream_.get()),
             "cudaMemset");
  const uint64_t ahead = entry.is_short ? kStepsAhead : kStepsAhead / 2;
  uint64_t started = 0;
  bool continues = true;
  for (uint64_t i = 0; i < request.steps; i++) {
    while (started < request.steps && continues) {
      const uint32_t count = steps_per_launch(entry, request.steps - started);
      if (started + count - i > ahead) break;
      continues = !cancelled_.load(std::memory_order_relaxed);
      if (!continues) break;
      start_steps(entry, started, count);
      started += count;
    }
    if (started == i) {
      report.cancelled = 1;
      return;
    }
    check_cuda(
        cudaEventSynchronize(done_[event_of_step_[i % kStepsAhead]].get()),
        "a step");
    const StepReport step = reports_[i % kStepsAhead];
    if (step.failed != 0) fail(entry, request.first_step + i);
    const float* row =
        entry.results.data() + i % kStepsAhead * entry.output_count;
    if (entry.output_count > 0) {
      std::copy_n(row, entry.output_count,
                  request.results + i * entry.output_count);
    }
    if (step.lost != 0) {
      report_lost_runs(entry, request.first_step + i,
                       request.first_step + started, request, report);
    }
    report.steps_done = i + 1;
    if (request.on_step != nullptr) {
      request.on_step(request.user, report.steps_done);
    }
  }
}

void Program::fail(PreparedEntry& entry, uint64_t step) {
  finish();
  const auto download = [this](void* target, const void* source,
                               uint64_t bytes) {
    copy_out(target, source, bytes);
  };
  const auto check = [&](size_t index, const Place& place) {
    const auto failure = entry.kernels[index]->failure(step, place, download);
    if (!failure) return;
    throw Error(failure->code, "[run] \"" + entry.labels[index] +
                                   "\" at step " + std::to_string(step) + ": " +
                                   failure->message);
  };
  if (entry.block_kernels > 0) {
    for (uint32_t run = 0; run < runs_; run++) {
      for (uint32_t tile = 0; tile < entry.tiles; tile++) {
        for (size_t i = 0; i < entry.block_kernels; i++) check(i, {run, tile});
      }
    }
  }
  for (size_t i = entry.block_kernels; i < entry.kernels.size(); i++) {
    check(i, {0, 0});
  }
  throw Error("device", "[run] step " + std::to_string(step) +
                            " failed, but no kernel says why");
}

bool Program::is_finite_now(const PreparedEntry& entry, size_t index,
                            uint32_t run) const {
  const bool of_block = index < entry.block_kernels;
  const uint32_t tiles = of_block ? entry.tiles : 1;
  for (const auto& written : entry.kernels[index]->written()) {
    const WrittenTensor& tensor = written.tensor;
    std::vector<float> values(static_cast<size_t>(tensor.reach()));
    for (uint32_t tile = 0; tile < tiles; tile++) {
      const Place place = of_block ? Place{run, tile} : Place{0, 0};
      copy_out(values.data(), written.data.at(place),
               values.size() * sizeof(float));
      if (of_block ? !is_finite(tensor, values.data())
                   : !is_finite_for(tensor, values.data(), run)) {
        return false;
      }
    }
  }
  return true;
}

// Returns the first kernel before `guard` whose result for the run is not
// finite, or `guard` if there is none. A lost run keeps its parameters, so its
// step can be run again at any time.
size_t Program::culprit(PreparedEntry& entry, size_t guard, uint32_t run) {
  for (size_t i = 0; i < guard; i++) {
    const Kernel& kernel = *entry.kernels[i];
    if (!kernel.pure()) continue;
    kernel.enqueue(stream_.get(), state_.data());
    if (!is_finite_now(entry, i, run)) return i;
  }
  return guard;
}

void Program::report_lost_runs(PreparedEntry& entry, uint64_t step,
                               uint64_t next, const il_run_request& request,
                               il_run_report& report) {
  finish();
  std::vector<LostRun> lost(runs_);
  copy_out(lost.data(), lost_.data(), lost_.bytes());
  set_step(state_.data(), step, stream_.get());
  fetch_now(entry);
  for (uint32_t run = 0; run < runs_; run++) {
    if (lost[run].guard == 0 || lost[run].step != step) continue;
    const size_t guard = lost[run].guard - 1;
    const size_t first = culprit(entry, guard, run);
    if (request.failures == nullptr || report.failure_count >= runs_) continue;
    // If no kernel is the culprit, an input of the step was not finite. The
    // label is then that of the guard.
    const std::string& label = entry.labels[first];
    il_run_failure& failure = request.failures[report.failure_count++];
    failure.run = run;
    failure.step = step;
    const size_t length = std::min(label.size(), sizeof failure.label - 1);
    std::memcpy(failure.label, label.data(), length);
    failure.label[length] = '\0';
  }
  set_step(state_.data(), next, stream_.get());
  fetch_now(entry);
}

}  // namespace interlatent::cuda
