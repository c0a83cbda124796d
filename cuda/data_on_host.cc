#include "cuda/data_on_host.h"

#include <algorithm>
#include <cstddef>

namespace interlatent::cuda {
namespace {

// Tensors begin at multiples of this many elements.
constexpr uint64_t kAlignment = 16;

struct Range {
  uint64_t begin, end;
  bool operator==(const Range&) const = default;
  bool overlaps(const Range& other) const {
    return begin < other.end && other.begin < end;
  }
};

bool is_data_set(const Plan& plan, const KernelRecord& record, size_t operand) {
  const Operand& data = record.operands[operand];
  return operand == 1 && plan.strings[record.kernel] == "gather" &&
         data.slab == IL_DATA && data.run_stride == 0 &&
         data.tile_stride == 0 && data.offset % kAlignment == 0;
}

// Returns the range that the operand covers in all runs and tiles.
Range reach_of(const Plan& plan, const Entry& entry, const Operand& operand) {
  const uint64_t further = (plan.runs - 1) * operand.run_stride +
                           (entry.tiles - 1) * operand.tile_stride;
  return {operand.offset, operand.offset + operand.extent + further};
}

template <class Visit>
void for_each_operand(Plan& plan, const Visit& visit) {
  for (Entry& entry : plan.entries) {
    for (KernelRecord& record : entry.kernels) {
      for (size_t i = 0; i < record.operands.size(); i++) {
        if (record.operands[i].slab == IL_DATA) visit(entry, record, i);
      }
    }
  }
}

uint64_t aligned(uint64_t offset) {
  return (offset + kAlignment - 1) / kAlignment * kAlignment;
}

// Returns the data sets that overlap neither each other nor any other operand,
// sorted. Each range is extended to the next alignment boundary.
std::vector<Range> data_sets_of(Plan& plan) {
  std::vector<Range> sets;
  std::vector<Range> other_ranges;
  for_each_operand(
      plan, [&](const Entry& entry, const KernelRecord& record, size_t i) {
        Range range = reach_of(plan, entry, record.operands[i]);
        if (!is_data_set(plan, record, i)) {
          other_ranges.push_back(range);
          return;
        }
        range.end = std::min(plan.slab_sizes[IL_DATA], aligned(range.end));
        if (std::find(sets.begin(), sets.end(), range) == sets.end()) {
          sets.push_back(range);
        }
      });
  for (const Entry& entry : plan.entries) {
    for (const Output& output : entry.outputs) {
      if (output.slab != IL_DATA) continue;
      other_ranges.push_back({output.offset, output.offset + output.count});
    }
  }
  std::vector<Range> separate;
  for (const Range& set : sets) {
    const auto overlaps = [&](const Range& other) {
      return other.overlaps(set);
    };
    // Every set overlaps itself.
    if (std::count_if(sets.begin(), sets.end(), overlaps) == 1 &&
        std::none_of(other_ranges.begin(), other_ranges.end(), overlaps)) {
      separate.push_back(set);
    }
  }
  std::sort(separate.begin(), separate.end(),
            [](const Range& a, const Range& b) { return a.begin < b.begin; });
  return separate;
}

const DataRange& range_at(const std::vector<DataRange>& ranges,
                          uint64_t offset) {
  const auto after = std::upper_bound(
      ranges.begin(), ranges.end(), offset,
      [](uint64_t at, const DataRange& range) { return at < range.begin; });
  return *(after - 1);
}

}  // namespace

DataOnHost keep_data_on_host(const Plan& original) {
  DataOnHost result{original, 0, {}};
  Plan& plan = result.plan;
  const uint64_t size = original.slab_sizes[IL_DATA];
  uint64_t from = 0;
  uint64_t resident = 0;
  const auto keep_on_device = [&](uint64_t end) {
    if (end == from) return;
    result.ranges.push_back({from, end, IL_DATA, resident});
    resident += aligned(end - from);
  };
  for (const Range& set : data_sets_of(plan)) {
    keep_on_device(set.begin);
    result.ranges.push_back({set.begin, set.end, kHostSlab, result.host_size});
    result.host_size += aligned(set.end - set.begin);
    from = set.end;
  }
  keep_on_device(size);
  plan.slab_sizes[IL_DATA] = resident;
  const auto move = [&](uint32_t& slab, uint64_t& offset) {
    const DataRange& range = range_at(result.ranges, offset);
    slab = range.slab;
    offset = range.target + (offset - range.begin);
  };
  for_each_operand(plan, [&](Entry&, KernelRecord& record, size_t i) {
    move(record.operands[i].slab, record.operands[i].offset);
  });
  for (Entry& entry : plan.entries) {
    for (Output& output : entry.outputs) {
      if (output.slab == IL_DATA) move(output.slab, output.offset);
    }
  }
  return result;
}

}  // namespace interlatent::cuda
