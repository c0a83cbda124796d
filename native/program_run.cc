// Runs steps: first the blocks, then the kernels after them. Reports lost runs.
#include <algorithm>
#include <cstring>
#include <mutex>
#include <optional>

#include "blocked_signals.h"
#include "error.h"
#include "program.h"
#include "requests.h"

namespace interlatent {

void Program::run(const il_run_request& request, il_run_report& report) {
  report = {};
  check_entry(request, entries_.size());
  PreparedEntry& entry = entries_[request.entry];
  check_steps(request, entry.output_count);
  const SerialOpenMp serial;
  const BlockedSignals blocked;
  // This call clears the request to cancel, however it ends.
  struct Reset {
    std::atomic<bool>& flag;
    ~Reset() { flag.store(false, std::memory_order_relaxed); }
  } reset{cancelled_};
  float* results = request.results;
  for (uint64_t i = 0; i < request.steps; i++) {
    if (cancelled_.load(std::memory_order_relaxed)) {
      report.cancelled = 1;
      return;
    }
    if (read_ahead_ != nullptr && i + 1 < request.steps) {
      read_ahead(entry, request.first_step + i + 1);
    }
    Step step(request.first_step + i);
    if (!run_step(entry, request, step, report)) {
      report.cancelled = 1;
      return;
    }
    for (const PreparedOutput& output : entry.outputs) {
      std::copy_n(output.source, output.count, results);
      results += output.count;
    }
    report.steps_done = i + 1;
    if (request.on_step != nullptr) {
      request.on_step(request.user, report.steps_done);
    }
  }
}

void Program::read_ahead(const PreparedEntry& entry, uint64_t step) {
  std::vector<ReadAhead::Range> rows;
  for (size_t i = 0; i < entry.kernels.size(); i++) {
    const TileRange tiles =
        i < entry.block_kernels ? entry.local_tiles : TileRange{0, 1};
    const auto& kernel = entry.kernels[i];
    kernel->reads_rows(step, tiles, [&](const void* row, size_t bytes) {
      const auto* data = static_cast<const std::byte*>(row);
      for (const Mapped& range : mapped_) {
        if (data >= range.begin && data < range.end)
          rows.push_back({data, bytes});
      }
    });
  }
  read_ahead_->request(std::move(rows));
}

struct Program::BlockFailure {
  std::mutex mutex;
  uint32_t block = 0;
  size_t kernel = 0;
  std::optional<Step::Failure> failure;
};

bool Program::shares_blocks(uint32_t blocks) const {
  return blocks > 1 && blocks >= pool_.size();
}

Place Program::place_of(const PreparedEntry& entry, uint32_t block) const {
  const auto [first, count] = entry.local_tiles;
  return {block / count, first + block % count, 0};
}

void Program::fail(const PreparedEntry& entry, size_t kernel, uint64_t step,
                   const Step::Failure& failure) const {
  throw Error(failure.code, "[run] \"" + entry.labels[kernel] + "\" at step " +
                                std::to_string(step) + ": " + failure.message);
}

// Runs one kernel; all workers share its tasks.
void Program::run_kernel(PreparedEntry& entry, size_t index, const Place& place,
                         Step& step) {
  struct Context {
    Kernel& kernel;
    const Place& place;
    Step& step;
    const std::vector<Worker>& workers;
  } context{*entry.kernels[index], place, step, workers_};
  const auto run = [&] {
    pool_.run(
        context.kernel.tasks(),
        [](void* opaque, uint32_t task, uint32_t worker) {
          auto& shared = *static_cast<Context*>(opaque);
          shared.kernel.run(task, shared.place, shared.workers[worker],
                            shared.step);
        },
        &context);
    context.kernel.finish(place, step);
  };
  if (profiling_) {
    const ProfileClock clock(entry.profile.times[0][index]);
    run();
  } else {
    run();
  }
  if (step.failure()) fail(entry, index, step.number(), *step.failure());
}

// Blocks are independent of each other. Workers take whole blocks, so that the
// tensors of a block stay in the cache of one core from its first kernel to its
// last. If there are fewer blocks than workers, all workers share the tasks of
// each kernel.
void Program::run_blocks(PreparedEntry& entry, Step& step) {
  const uint32_t blocks = runs_ * entry.local_tiles.count;
  if (entry.block_kernels == 0 || blocks == 0) return;
  if (!shares_blocks(blocks)) {
    for (uint32_t block = 0; block < blocks; block++) {
      for (size_t i = 0; i < entry.block_kernels; i++) {
        run_kernel(entry, i, place_of(entry, block), step);
      }
    }
    return;
  }
  BlockFailure failure;
  struct Context {
    Program& program;
    PreparedEntry& entry;
    uint64_t step;
    BlockFailure& failure;
  } context{*this, entry, step.number(), failure};
  pool_.run(
      blocks,
      [](void* opaque, uint32_t block, uint32_t worker) {
        auto& shared = *static_cast<Context*>(opaque);
        shared.program.run_block(shared.entry, block,
                                 shared.program.workers_[worker], shared.step,
                                 shared.failure);
      },
      &context);
  if (failure.failure) {
    fail(entry, failure.kernel, step.number(), *failure.failure);
  }
}

void Program::run_block(PreparedEntry& entry, uint32_t block,
                        const Worker& worker, uint64_t number,
                        BlockFailure& failure) {
  Place place = place_of(entry, block);
  place.copy = worker.index;
  Step step(number);
  for (size_t i = 0; i < entry.block_kernels; i++) {
    Kernel& kernel = *entry.kernels[i];
    const auto run = [&] {
      for (uint32_t task = 0; task < kernel.tasks(); task++) {
        kernel.run(task, place, worker, step);
      }
      kernel.finish(place, step);
    };
    if (profiling_) {
      const ProfileClock clock(entry.profile.times[worker.index][i]);
      run();
    } else {
      run();
    }
    if (!step.failure()) continue;
    const std::lock_guard<std::mutex> lock(failure.mutex);
    if (failure.failure && failure.block < block) return;
    failure.block = block;
    failure.kernel = i;
    failure.failure = *step.failure();
    return;
  }
}

bool Program::gather_tiles(const PreparedEntry& entry,
                           const il_run_request& request) {
  if (entry.pieces.empty()) return true;
  try {
    gather(ranks_, entry.pieces, [&] {
      return cancelled_.load(std::memory_order_relaxed) ||
             (request.is_cancelled != nullptr &&
              request.is_cancelled(request.user) != 0);
    });
    return true;
  } catch (const Error& error) {
    if (error.code() != "cancelled") throw;
    return false;
  }
}

bool Program::run_step(PreparedEntry& entry, const il_run_request& request,
                       Step& step, il_run_report& report) {
  entry.profile.steps++;
  run_blocks(entry, step);
  if (!gather_tiles(entry, request)) return false;
  for (size_t i = entry.block_kernels; i < entry.kernels.size(); i++) {
    run_kernel(entry, i, Place{}, step);
    if (!step.lost().empty()) {
      report_lost_runs(entry, i, step, request, report);
    }
  }
  return true;
}

namespace {

// True if all results of the kernel for the block at `place` are finite.
bool is_finite_at(const Kernel& kernel, const Place& place) {
  const auto is_block_finite = [&](const WrittenTensor& tensor) {
    return is_finite(tensor, tensor.data + kernel.shift(tensor.operand, place));
  };
  return std::all_of(kernel.written().begin(), kernel.written().end(),
                     is_block_finite);
}

// True if all results of a kernel after the blocks are finite for the run.
bool is_finite_in(const Kernel& kernel, uint32_t run) {
  const auto is_run_finite = [&](const WrittenTensor& tensor) {
    return is_finite_for(tensor, tensor.data, run);
  };
  return std::all_of(kernel.written().begin(), kernel.written().end(),
                     is_run_finite);
}

}  // namespace

size_t Program::culprit(PreparedEntry& entry, size_t guard, uint32_t run,
                        Step& step) {
  size_t first = guard;
  const size_t block_kernels = std::min(entry.block_kernels, guard);
  for (uint32_t tile = 0; tile < entry.tiles; tile++) {
    const Place place{run, tile, 0};
    for (size_t i = 0; i < std::min(block_kernels, first); i++) {
      run_kernel(entry, i, place, step);
      if (!is_finite_at(*entry.kernels[i], place)) first = i;
    }
  }
  if (first < block_kernels) return first;
  for (size_t i = block_kernels; i < guard; i++) {
    if (!entry.kernels[i]->pure()) continue;
    run_kernel(entry, i, Place{}, step);
    if (!is_finite_in(*entry.kernels[i], run)) return i;
  }
  return guard;
}

void Program::report_lost_runs(PreparedEntry& entry, size_t guard, Step& step,
                               const il_run_request& request,
                               il_run_report& report) {
  const std::vector<Step::Lost> lost = std::move(step.lost());
  step.lost().clear();
  std::vector<size_t> culprits;
  for (const Step::Lost& lost_run : lost) {
    culprits.push_back(culprit(entry, guard, lost_run.run, step));
  }
  for (size_t k = 0; k < lost.size(); k++) {
    *lost[k].alive = 0.0f;
    // If no kernel is at fault, the label is that of the guard: an input of the
    // step was not finite.
    const std::string& label = entry.labels[culprits[k]];
    if (request.failures == nullptr || report.failure_count >= runs_) continue;
    il_run_failure& failure = request.failures[report.failure_count++];
    failure.run = lost[k].run;
    failure.step = step.number();
    const size_t length = std::min(label.size(), sizeof failure.label - 1);
    std::memcpy(failure.label, label.data(), length);
    failure.label[length] = '\0';
  }
}

}  // namespace interlatent
