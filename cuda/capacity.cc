#include "cuda/capacity.h"

#include <algorithm>
#include <set>
#include <utility>

#include "error.h"

namespace interlatent::cuda {
namespace {

constexpr uint64_t kMaxBlocks = uint64_t{1} << 31;

// Memory of a program in bytes, as a function of runs and batch. The scratch
// memory of most kernels hardly depends on either, because work is cut by the
// number of multiprocessors.
struct Needs {
  double fixed;
  double per_run;      // without the part that grows with the batch
  double per_subject;  // of the mini-batch of one run
  double batch = 0;    // 0: unknown
  uint32_t runs = 1;
};

// Returns the number of elements of the data slab that belong to single runs:
// operands with a run stride, and the mini-batch indices of all runs that a
// gather reads.
uint64_t data_of_runs(const Plan& plan) {
  std::set<std::pair<uint64_t, uint64_t>> seen;
  uint64_t elements = 0;
  for (const Entry& entry : plan.entries) {
    for (const KernelRecord& record : entry.kernels) {
      for (const Operand& operand : record.operands) {
        const bool is_index = (operand.flags & kInt32) != 0 && plan.runs > 1 &&
                              plan.strings[record.kernel] == "gather" &&
                              record.integers.size() > 4 &&
                              record.integers[4] == plan.runs;
        if (operand.slab != IL_DATA || (operand.run_stride == 0 && !is_index)) {
          continue;
        }
        if (!seen.insert({operand.offset, operand.extent}).second) continue;
        elements += operand.extent * (is_index ? 1 : plan.runs);
      }
    }
  }
  return elements;
}

// Returns the number of subjects in the largest mini-batch, all tiles together.
double batch_of(const Plan& plan) {
  int64_t batch = 0;
  for (const Entry& entry : plan.entries) {
    for (const KernelRecord& record : entry.kernels) {
      if (plan.strings[record.kernel] != "gather") continue;
      if (record.integers.size() < 2) continue;
      batch = std::max(batch, record.integers[1] * int64_t{entry.tiles});
    }
  }
  return static_cast<double>(batch);
}

Needs needs_of(const Plan& plan, uint64_t needed, uint64_t growing) {
  const auto bytes = [](uint64_t elements) {
    return 4.0 * static_cast<double>(elements);
  };
  Needs needs{};
  needs.runs = plan.runs;
  needs.batch = batch_of(plan);
  const auto runs = static_cast<double>(plan.runs);
  uint64_t run_elements = data_of_runs(plan);
  for (const uint32_t slab :
       {IL_PARAMETERS, IL_GRADIENTS, IL_MOMENTS, IL_CONTROLS, IL_ACTIVATIONS}) {
    run_elements += plan.slab_sizes[slab];
  }
  const double blocks =
      bytes(block_size(plan)) * static_cast<double>(block_copies(plan)) +
      static_cast<double>(growing);
  needs.per_run = bytes(run_elements) / runs;
  if (needs.batch > 0) {
    needs.per_subject = blocks / (runs * needs.batch);
  } else {
    needs.per_run += blocks / runs;
  }
  needs.fixed = static_cast<double>(needed) - bytes(run_elements) - blocks;
  return needs;
}

std::string number(double value) {
  return std::to_string(static_cast<uint64_t>(value));
}

}  // namespace

uint64_t block_copies(const Plan& plan) {
  uint64_t copies = 1;
  for (const Entry& entry : plan.entries) {
    const uint64_t blocks = uint64_t{plan.runs} * entry.tiles;
    if (blocks >= kMaxBlocks) {
      throw Error("invalid-plan", "[load] more than 2^31 blocks");
    }
    if (entry.block_kernels > 0) copies = std::max(copies, blocks);
  }
  return copies;
}

// Rounds up so that every copy begins at a vector and at a cache line.
uint64_t block_size(const Plan& plan) {
  return (plan.slab_sizes[kBlockSlab] + 31) / 32 * 32;
}

std::string what_would_fit(const Plan& plan, uint64_t needed, uint64_t growing,
                           uint64_t available) {
  const Needs needs = needs_of(plan, needed, growing);
  const double room = static_cast<double>(available) - needs.fixed;
  const double runs =
      std::max(0.0, room / (needs.per_run + needs.batch * needs.per_subject));
  const double batch = needs.per_subject == 0
                           ? 0
                           : std::max(0.0, (room / needs.runs - needs.per_run) /
                                               needs.per_subject);
  std::string text = "The program needs " + std::to_string(needed) +
                     " bytes in total; " + std::to_string(available) +
                     " were free before it was loaded. ";
  const std::string at_batch =
      needs.batch > 0 ? " at batch " + number(needs.batch) : "";
  if (runs >= 1 && needs.runs > 1) {
    text += number(std::min<double>(runs, needs.runs - 1)) + " of " +
            std::to_string(needs.runs) + " runs would fit" + at_batch;
  } else {
    text += "Not even one run would fit" + at_batch;
  }
  if (needs.batch > 0 && batch >= 1) {
    text += "; with " + std::to_string(needs.runs) +
            (needs.runs == 1 ? " run" : " runs") + ", a batch of about " +
            number(std::min(batch, needs.batch - 1)) + " would fit";
  } else if (needs.batch > 0 && runs >= 1 && needs.runs > 1) {
    text += "; " + std::to_string(needs.runs) +
            " runs would not fit with any batch";
  }
  if (runs < 1 && room < needs.per_run + needs.per_subject) {
    text += "; use a smaller model or a device with more memory";
  }
  return text;
}

}  // namespace interlatent::cuda
