// conv2dWeights with few weights: a task computes the slopes by all weights of
// a group, from some positions of the outputs. It adds whole vectors of
// subjects, and their lanes at the end.
#include <algorithm>

#include "index_pairs.h"
#include "kernels/convolution.h"
#include "kernels/task_count.h"

namespace interlatent {
namespace {

// Maximum number of weights of a group, whose sums must stay in cache.
constexpr int64_t kSmallWeights = 4096;

class SmallWeights final : public Convolution {
  // Positions times subjects whose inputs and outputs stay in the first-level
  // cache while all taps read them.
  static constexpr int64_t kStrip = 1024;
  // With fewer tasks than this, tasks share the strips.
  static constexpr int64_t kFewTasks = 8;
  // Multiplications that are worth passing to another thread.
  static constexpr double kTaskWork = 200'000;

 public:
  SmallWeights(RecordReader& in, const Preparation& preparation,
               const ConvolutionRecord& record)
      : Convolution(record),
        loops_(preparation.loops),
        record_(record),
        across_(outputs_of_taps(record.columns)) {
    channels_ = record.inputs * record.outputs;
    weights_ = channels_ * record.all_taps();
    batch_ = even_share(record.batch, kStrip);
    columns_ = std::clamp<int64_t>(kStrip / batch_, 1, record.columns.output);
    batches_ = task_count(in, record.batch, batch_);
    strips_ = task_count(in, record.columns.output, columns_);
    const int64_t strips[] = {batches_, record.rows.output, strips_};
    const int64_t wholes[] = {record.count, record.groups};
    wholes_ = in.product(wholes);
    const double work = record.flops / 2 / static_cast<double>(wholes_);
    shares_ = std::clamp<int64_t>(
        std::min(kFewTasks / wholes_, static_cast<int64_t>(work / kTaskWork)),
        1, in.product(strips));
    const int64_t tasks[] = {wholes_, shares_};
    tasks_ = task_count(in, in.product(tasks), 1);
    const int64_t partials[] = {int64_t{preparation.copies}, int64_t{tasks_},
                                weights_};
    partials_.resize(static_cast<size_t>(in.product(partials)));
    tap_list_offset_ = static_cast<size_t>(weights_ * kLanes) * sizeof(float);
    scratch_bytes_ =
        tap_list_offset_ + static_cast<size_t>(record.all_taps()) *
                               sizeof(ConvolutionSmallWeightsLoop::Tap);
  }

  void run(uint32_t task, const Place& place, const Worker& worker,
           Step&) override {
    const int64_t share = task % shares_;
    const int64_t whole = task / shares_;
    const int64_t group = whole % record_.groups;
    const Shifts shifts = shifts_of(whole / record_.groups, place);
    const float* x = record_.first + shifts.first +
                     group * record_.inputs * record_.input_size();
    const float* y = record_.second + shifts.second +
                     group * record_.outputs * record_.output_size();
    auto* sums = reinterpret_cast<float*>(worker.scratch);
    auto* taps = reinterpret_cast<ConvolutionSmallWeightsLoop::Tap*>(
        worker.scratch + tap_list_offset_);
    std::fill_n(sums, weights_ * kLanes, 0.0f);
    ConvolutionSmallWeightsLoop loop{};
    loop.taps = taps;
    loop.inputs = record_.inputs;
    loop.outputs = record_.outputs;
    loop.x_channel = record_.input_size();
    loop.y_channel = record_.output_size();
    loop.x_column = record_.columns.stride * record_.batch;
    loop.y_column = record_.batch;
    const int64_t strips = batches_ * record_.rows.output * strips_;
    const int64_t end = strips * (share + 1) / shares_;
    for (int64_t strip = strips * share / shares_; strip < end; strip++) {
      const int64_t j = strip % strips_ * columns_;
      const int64_t i = strip / strips_ % record_.rows.output;
      const int64_t subject = strip / strips_ / record_.rows.output * batch_;
      loop.batch = std::min(batch_, record_.batch - subject);
      loop.count = list_taps(taps, x + subject, y + subject, sums, i, j);
      loops_.convolution_small_weights(loop);
    }
    loops_.sum_lanes(partial(place, task), sums, weights_);
  }

  void finish(const Place& place, Step&) override {
    const int64_t taps = record_.all_taps();
    for (int64_t whole = 0; whole < wholes_; whole++) {
      float* sums = partial(place, whole * shares_);
      for (int64_t share = 1; share < shares_; share++) {
        const float* more = sums + share * weights_;
        for (int64_t i = 0; i < weights_; i++) sums[i] += more[i];
      }
      float* out = record_.out + shifts_of(whole / record_.groups, place).out +
                   whole % record_.groups * weights_;
      loops_.transpose({.to = out,
                        .from = sums,
                        .rows = taps,
                        .columns = channels_,
                        .to_row = taps,
                        .from_row = channels_});
    }
  }

 private:
  float* partial(const Place& place, int64_t task) {
    return partials_.data() + (place.copy * tasks_ + task) * weights_;
  }

  // Lists the taps that read an input for the outputs of row i and of the
  // columns of a strip, from j on. `sums` is [taps, outputs, inputs, lanes].
  int64_t list_taps(ConvolutionSmallWeightsLoop::Tap* taps, const float* x,
                    const float* y, float* sums, int64_t i, int64_t j) const {
    const int64_t end = std::min(j + columns_, record_.columns.output);
    const int64_t input_row = record_.columns.input * record_.batch;
    const int64_t output_row = record_.columns.output * record_.batch;
    int64_t count = 0;
    for (int64_t k = 0; k < record_.rows.taps; k++) {
      const int64_t at = i * record_.rows.stride - record_.rows.padding +
                         k * record_.rows.dilation;
      if (at < 0 || at >= record_.rows.input) continue;
      for (int64_t l = 0; l < record_.columns.taps; l++) {
        const IndexPairs& pairs = across_[static_cast<size_t>(l)];
        const int64_t first = std::max<int64_t>(j, pairs.first);
        const int64_t last =
            std::min<int64_t>(end, int64_t{pairs.first} + pairs.count);
        if (first >= last) continue;
        const int64_t column = pairs.at + (first - pairs.first) * pairs.at_step;
        taps[count++] = {
            x + at * input_row + column * record_.batch,
            y + i * output_row + first * record_.batch, last - first,
            sums + (k * record_.columns.taps + l) * channels_ * kLanes};
      }
    }
    return count;
  }

  const Loops& loops_;
  ConvolutionRecord record_;
  std::vector<IndexPairs> across_;
  int64_t channels_ = 1;  // pairs of an input and an output
  int64_t weights_ = 1;   // of a group
  // Columns and subjects of a strip; number of strips along each.
  int64_t columns_ = 1, batch_ = 1, strips_ = 1, batches_ = 1;
  // Groups of all positions; number of tasks that share the strips of each.
  int64_t wholes_ = 1, shares_ = 1;
  std::vector<float> partials_;  // [tasks, taps, outputs, inputs]
  size_t tap_list_offset_ = 0;   // bytes of scratch before the list of taps
};

}  // namespace

bool has_small_weights(const ConvolutionRecord& record) {
  return record.batch >= kLanes &&
         record.inputs * record.outputs * record.all_taps() <= kSmallWeights;
}

std::unique_ptr<Kernel> make_convolution_small_weights(
    RecordReader& in, const Preparation& preparation,
    const ConvolutionRecord& record) {
  return std::make_unique<SmallWeights>(in, preparation, record);
}

}  // namespace interlatent
