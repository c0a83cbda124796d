// conv2d and its transpose: a task computes some rows of the result of one
// group. If many channels read the same rows, these are first copied next to
// each other. Channels of an image are often a power of two apart, and would
// otherwise compete for the same few sets of a cache.
#include "kernels/convolution.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "index_pairs.h"
#include "kernels/task_count.h"

namespace interlatent {
namespace {

// Multiplications that are worth passing to another thread.
constexpr int64_t kTaskWork = 200'000;
// Numbers of columns that are read together, the largest first; bytes that they
// may read; bytes that a single column may read (half of the second-level cache
// of a core).
constexpr int64_t kColumns[] = {16, 8, 4, 2, 1};
constexpr int64_t kPackedBytes = int64_t{1} << 19;
constexpr int64_t kPackedColumnBytes = int64_t{5} << 18;
// Copying pays from this number of channels on, of the result and of the
// source.
constexpr int64_t kPackedChannels = 32;

// The positions that neighbouring outputs read, from first to last.
struct Span {
  int64_t first, count;
};

Span span_of(const IndexPairs* outputs, int64_t count) {
  int64_t first = std::numeric_limits<int64_t>::max(), last = -1;
  for (int64_t i = 0; i < count; i++) {
    const IndexPairs& pairs = outputs[i];
    if (pairs.count == 0) continue;
    const int64_t end = pairs.at + int64_t{pairs.count - 1} * pairs.at_step;
    first = std::min({first, int64_t{pairs.at}, end});
    last = std::max({last, int64_t{pairs.at}, end});
  }
  return last < 0 ? Span{0, 0} : Span{first, last - first + 1};
}

class Rows final : public Convolution {
 public:
  Rows(RecordReader& in, const Preparation& preparation,
       const ConvolutionRecord& record)
      : Convolution(record),
        loops_(preparation.loops),
        groups_(record.groups),
        bias_starts_(starts_of(record.dims, record.count, record.bias_strides)),
        saved_starts_(
            starts_of(record.dims, record.count, record.saved_strides)),
        sums_starts_(starts_of(record.dims, record.count, record.sums_strides)),
        sums_(record.sums),
        bias_operand_(record.bias_operand),
        saved_operand_(record.saved_operand),
        sums_operand_(record.sums_operand) {
    const bool forward = record.result == ConvolutionResult::kOutput;
    const ConvolutionRecord::Axis& columns = record.columns;
    down_ =
        forward ? taps_of_outputs(record.rows) : taps_of_inputs(record.rows);
    across_ = forward ? taps_of_outputs(columns) : taps_of_inputs(columns);
    const int64_t inputs = record.inputs * record.all_taps();
    loop_.result = record.out;
    loop_.source = record.first;
    loop_.weights = record.second;
    loop_.channels = forward ? record.outputs : record.inputs;
    loop_.reduced = forward ? record.inputs : record.outputs;
    loop_.columns = forward ? columns.output : columns.input;
    loop_.batch = record.batch;
    loop_.result_channel = forward ? record.output_size() : record.input_size();
    loop_.source_channel = forward ? record.input_size() : record.output_size();
    loop_.weights_channel = forward ? inputs : record.all_taps();
    loop_.weights_reduced = forward ? record.all_taps() : inputs;
    loop_.source_row =
        (forward ? columns.input : columns.output) * record.batch;
    loop_.weights_row = columns.taps;
    loop_.bias = record.bias;
    loop_.activation = static_cast<Activation>(record.activation);
    loop_.slope = record.slope;
    loop_.saved = record.saved;
    weights_group_ = record.outputs * inputs;
    const auto rows = static_cast<int64_t>(down_.size());
    const double work =
        record.flops / 2 / static_cast<double>(record.count * groups_ * rows);
    rows_per_task_ = even_share(
        rows, std::max<int64_t>(1, static_cast<int64_t>(
                                       static_cast<double>(kTaskWork) / work)));
    tasks_per_group_ = task_count(in, rows, rows_per_task_);
    const int64_t tasks[] = {record.count, groups_, tasks_per_group_};
    tasks_ = task_count(in, in.product(tasks), 1);
    plan_copies();
    if (sums_ == nullptr) return;
    lanes_offset_ = (scratch_bytes_ + 63) / 64 * 64;
    const int64_t lanes[] = {loop_.channels, kLanes, sizeof(float)};
    scratch_bytes_ = lanes_offset_ + static_cast<size_t>(in.product(lanes));
    const int64_t partials[] = {int64_t{preparation.copies}, int64_t{tasks_},
                                loop_.channels};
    partials_.resize(static_cast<size_t>(in.product(partials)));
  }

  void run(uint32_t task, const Place& place, const Worker& worker,
           Step&) override {
    const int64_t first = task % tasks_per_group_ * rows_per_task_;
    const int64_t group = task / tasks_per_group_ % groups_;
    const int64_t index = task / tasks_per_group_ / groups_;
    ConvolutionLoop loop = loop_;
    const Shifts shifts = shifts_of(index, place);
    loop.result += shifts.out;
    loop.source += shifts.first + group * loop.reduced * loop.source_channel;
    loop.weights += shifts.second + group * weights_group_;
    loop.across = across_.data();
    const auto rows = static_cast<int64_t>(down_.size());
    const auto position = static_cast<size_t>(index);
    const int64_t of_group = group * loop.channels * loop.result_channel;
    float* result = loop.result + of_group;
    if (loop.bias != nullptr) {
      loop.bias += shift(bias_operand_, place) + bias_starts_[position] +
                   group * loop.channels;
    }
    const float* saved = loop.saved;
    if (saved != nullptr) {
      saved +=
          shift(saved_operand_, place) + saved_starts_[position] + of_group;
    }
    if (sums_ != nullptr) {
      loop.lanes = reinterpret_cast<float*>(worker.scratch + lanes_offset_);
      std::fill_n(loop.lanes, loop.channels * kLanes, 0.0f);
    }
    for (int64_t row = first; row < std::min(rows, first + rows_per_task_);
         row++) {
      const int64_t of_row = row * loop.columns * loop.batch;
      loop.result = result + of_row;
      loop.saved = saved == nullptr ? nullptr : saved + of_row;
      loop.down = down_[static_cast<size_t>(row)];
      if (packed_columns_ == 0) {
        loops_.convolution(loop);
      } else {
        run_packed(loop, reinterpret_cast<float*>(worker.scratch));
      }
    }
    if (sums_ != nullptr) {
      loops_.sum_lanes(partial(place, task), loop.lanes, loop.channels);
    }
  }

  // Adds the sums of the tasks, in order.
  void finish(const Place& place, Step&) override {
    if (sums_ == nullptr) return;
    for (int64_t whole = 0; whole < tasks_ / tasks_per_group_; whole++) {
      const int64_t first = whole * tasks_per_group_;
      float* sums = sums_ + shift(sums_operand_, place) +
                    sums_starts_[static_cast<size_t>(whole / groups_)] +
                    whole % groups_ * loop_.channels;
      std::copy_n(partial(place, first), loop_.channels, sums);
      for (int64_t task = 1; task < tasks_per_group_; task++) {
        const float* more = partial(place, first + task);
        for (int64_t c = 0; c < loop_.channels; c++) sums[c] += more[c];
      }
    }
  }

 private:
  // Chooses how many columns are copied together; 0 if none fit or copying does
  // not pay.
  void plan_copies() {
    if (loop_.channels < kPackedChannels || loop_.reduced < kPackedChannels) {
      return;
    }
    int64_t rows = 0;
    for (const IndexPairs& taps : down_)
      rows = std::max<int64_t>(rows, taps.count);
    for (const int64_t columns : kColumns) {
      int64_t width = 0;
      for (int64_t from = 0; from < loop_.columns; from += columns) {
        const int64_t count = std::min(columns, loop_.columns - from);
        width = std::max(width, span_of(across_.data() + from, count).count);
      }
      const double bytes = 4.0 * static_cast<double>(rows * width) *
                           static_cast<double>(loop_.reduced) *
                           static_cast<double>(loop_.batch);
      const int64_t max_bytes =
          columns == 1 ? kPackedColumnBytes : kPackedBytes;
      if (bytes > static_cast<double>(max_bytes)) continue;
      packed_columns_ = columns;
      scratch_bytes_ = static_cast<size_t>(bytes);
      return;
    }
  }

  // Computes a row, some columns at a time. The order of the sums is the same
  // as without copies.
  void run_packed(const ConvolutionLoop& row, float* packed) const {
    for (int64_t from = 0; from < row.columns; from += packed_columns_) {
      ConvolutionLoop loop = row;
      IndexPairs across[kColumns[0]];
      loop.columns = std::min(packed_columns_, row.columns - from);
      const Span span = span_of(row.across + from, loop.columns);
      for (int64_t i = 0; i < loop.columns; i++) {
        across[i] = row.across[from + i];
        across[i].at -= static_cast<int32_t>(span.first);
      }
      const int64_t length = span.count * row.batch;
      const float* source =
          row.source + row.down.at * row.source_row + span.first * row.batch;
      float* to = packed;
      for (int64_t k = 0; k < row.reduced && length > 0; k++) {
        const float* channel = source + k * row.source_channel;
        for (int32_t i = 0; i < row.down.count; i++) {
          std::memcpy(to, channel + i * row.down.at_step * row.source_row,
                      static_cast<size_t>(length) * sizeof(float));
          to += length;
        }
      }
      loop.source = packed;
      loop.source_row = length;
      loop.source_channel = row.down.count * length;
      loop.down.at = 0;
      loop.down.at_step = 1;
      loop.across = across;
      loop.result = row.result + from * row.batch;
      if (row.saved != nullptr) loop.saved = row.saved + from * row.batch;
      loops_.convolution(loop);
    }
  }

  float* partial(const Place& place, int64_t task) {
    return partials_.data() + (place.copy * tasks_ + task) * loop_.channels;
  }

  const Loops& loops_;
  int64_t groups_;
  // Offsets of every position of the leading dimensions.
  std::vector<int64_t> bias_starts_, saved_starts_, sums_starts_;
  float* sums_;
  size_t bias_operand_, saved_operand_, sums_operand_;
  ConvolutionLoop loop_{};
  std::vector<IndexPairs> down_, across_;
  int64_t weights_group_ = 0;
  int64_t rows_per_task_ = 1, tasks_per_group_ = 1;
  int64_t packed_columns_ = 0;
  size_t lanes_offset_ = 0;      // bytes of scratch before the lanes of sums
  std::vector<float> partials_;  // sums of channels of every task
};

}  // namespace

std::unique_ptr<Kernel> make_convolution(RecordReader& in,
                                         const Preparation& preparation) {
  const ConvolutionRecord record(in);
  if (record.result == ConvolutionResult::kWeights) {
    return has_small_weights(record)
               ? make_convolution_small_weights(in, preparation, record)
               : make_convolution_weights(in, preparation, record);
  }
  return std::make_unique<Rows>(in, preparation, record);
}

}  // namespace interlatent
