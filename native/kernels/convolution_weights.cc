// conv2dWeights: a task computes the slopes of some output channels of a group
// by some rows of taps of the input channels, from some positions of the
// outputs. It copies outputs of a few columns next to each other, and all taps
// read them while they are in cache.
#include <algorithm>

#include "index_pairs.h"
#include "kernels/convolution.h"
#include "kernels/task_count.h"

namespace interlatent {
namespace {

// Largest numbers of output channels and of rows of taps in a task.
constexpr int64_t kOutputs = 64;
constexpr int64_t kRows = 192;
// Largest number of sums per output in a task, unless a single row has more.
constexpr int64_t kSums = 1024;
// Positions times subjects that are copied next to each other, in a strip.
constexpr int64_t kStrip = 128;
// With fewer tasks than this, tasks share the strips.
constexpr int64_t kFewTasks = 8;

class Weights final : public Convolution {
  // Multiplications that are worth passing to another thread.
  static constexpr double kTaskWork = 200'000;

 public:
  Weights(RecordReader& in, const Preparation& preparation,
          const ConvolutionRecord& record)
      : Convolution(record),
        loops_(preparation.loops),
        record_(record),
        across_(outputs_of_taps(record.columns)) {
    find_rows();
    const int64_t taps = record.columns.taps;
    rows_ = record.inputs * record.rows.taps;
    rows_per_task_ =
        even_share(rows_, std::clamp<int64_t>(kSums / taps, 1, kRows));
    outputs_per_task_ = even_share(record.outputs, kOutputs);
    row_tasks_ = task_count(in, rows_, rows_per_task_);
    output_tasks_ = task_count(in, record.outputs, outputs_per_task_);
    lanes_ = (outputs_per_task_ + kLanes - 1) / kLanes * kLanes;
    batch_ = even_share(record.batch, kStrip);
    columns_ = std::clamp<int64_t>(kStrip / batch_, 1, record.columns.output);
    batches_ = task_count(in, record.batch, batch_);
    strips_ = task_count(in, record.columns.output, columns_);
    const int64_t strips[] = {batches_, record.rows.output, strips_};
    const int64_t whole[] = {record.count, record.groups, output_tasks_,
                             row_tasks_};
    wholes_ = in.product(whole);
    const double work = record.flops / 2 / static_cast<double>(wholes_);
    shares_ = std::clamp<int64_t>(
        std::min(kFewTasks / wholes_, static_cast<int64_t>(work / kTaskWork)),
        1, in.product(strips));
    const int64_t tasks[] = {wholes_, shares_};
    tasks_ = task_count(in, in.product(tasks), 1);
    const int64_t sums[] = {rows_per_task_, taps, lanes_};
    sums_ = in.product(sums);
    const int64_t partials[] = {int64_t{preparation.copies}, int64_t{tasks_},
                                sums_};
    if (shares_ > 1)
      partials_.resize(static_cast<size_t>(in.product(partials)));
    const int64_t bytes[] = {sums_ + columns_ * batch_ * lanes_, sizeof(float)};
    row_list_offset_ = static_cast<size_t>(in.product(bytes));
    scratch_bytes_ = row_list_offset_ + static_cast<size_t>(rows_per_task_) *
                                            sizeof(ConvolutionWeightsLoop::Row);
  }

  void run(uint32_t task, const Place& place, const Worker& worker,
           Step&) override {
    const int64_t share = task % shares_;
    Part part = part_of(task / shares_, place);
    auto* scratch = reinterpret_cast<float*>(worker.scratch);
    part.sums = shares_ > 1 ? partial(place, task) : scratch;
    part.outputs_by_column = scratch + sums_;
    part.row_list = reinterpret_cast<ConvolutionWeightsLoop::Row*>(
        worker.scratch + row_list_offset_);
    std::fill_n(part.sums, sums_, 0.0f);
    std::fill_n(part.outputs_by_column, columns_ * batch_ * lanes_, 0.0f);
    const int64_t strips = batches_ * record_.rows.output * strips_;
    add_strips(part, strips * share / shares_, strips * (share + 1) / shares_);
    if (shares_ == 1) store(part);
  }

  void finish(const Place& place, Step&) override {
    for (int64_t whole = 0; shares_ > 1 && whole < wholes_; whole++) {
      Part part = part_of(whole, place);
      part.sums = partial(place, whole * shares_);
      for (int64_t share = 1; share < shares_; share++) {
        const float* more = part.sums + share * sums_;
        for (int64_t i = 0; i < sums_; i++) part.sums[i] += more[i];
      }
      store(part);
    }
  }

 private:
  // The weights of a task, and the data of its operands.
  struct Part {
    float* out;
    const float* x;
    const float* y;
    int64_t row, rows, outputs;
    float* sums;               // [rows, taps of a row, lanes]
    float* outputs_by_column;  // [columns, batch, lanes]
    ConvolutionWeightsLoop::Row* row_list;
  };

  Part part_of(int64_t whole, const Place& place) const {
    const int64_t output = whole / row_tasks_ % output_tasks_;
    const int64_t group = whole / row_tasks_ / output_tasks_ % record_.groups;
    const Shifts shifts =
        shifts_of(whole / row_tasks_ / output_tasks_ / record_.groups, place);
    Part part{};
    part.row = whole % row_tasks_ * rows_per_task_;
    part.rows = std::min(rows_per_task_, rows_ - part.row);
    const int64_t first = output * outputs_per_task_;
    part.outputs = std::min(outputs_per_task_, record_.outputs - first);
    const int64_t channel = group * record_.outputs + first;
    part.x = record_.first + shifts.first +
             group * record_.inputs * record_.input_size();
    part.y = record_.second + shifts.second + channel * record_.output_size();
    part.out = record_.out + shifts.out +
               (channel * rows_ + part.row) * record_.columns.taps;
    return part;
  }

  float* partial(const Place& place, int64_t task) {
    return partials_.data() + (place.copy * tasks_ + task) * sums_;
  }

  void store(const Part& part) const {
    const int64_t taps = record_.columns.taps;
    loops_.transpose({.to = part.out,
                      .from = part.sums,
                      .rows = part.rows * taps,
                      .columns = part.outputs,
                      .to_row = rows_ * taps,
                      .from_row = lanes_});
  }

  // Finds the input row that a tap reads for an output row, or -1.
  void find_rows() {
    const int64_t taps = record_.rows.taps;
    input_rows_.assign(static_cast<size_t>(record_.rows.output * taps), -1);
    const auto down = outputs_of_taps(record_.rows);
    for (int64_t k = 0; k < taps; k++) {
      const IndexPairs& pairs = down[static_cast<size_t>(k)];
      for (int64_t i = 0; i < pairs.count; i++) {
        input_rows_[static_cast<size_t>((pairs.first + i * pairs.step) * taps +
                                        k)] = pairs.at + i * pairs.at_step;
      }
    }
  }

  // Adds strips of subjects, rows and columns, in this order.
  void add_strips(const Part& part, int64_t from, int64_t end) const {
    const int64_t row = record_.columns.output * record_.batch;
    int64_t count = 0;
    for (int64_t strip = from; strip < end; strip++) {
      const int64_t j = strip % strips_ * columns_;
      const int64_t i = strip / strips_ % record_.rows.output;
      const int64_t subject = strip / strips_ / record_.rows.output * batch_;
      if (strip == from || j == 0) count = list_rows(part, i, subject);
      if (count == 0) continue;
      const int64_t columns = std::min(columns_, record_.columns.output - j);
      const int64_t batch = std::min(batch_, record_.batch - subject);
      for (int64_t column = 0; column < columns; column++) {
        loops_.transpose(
            {.to = part.outputs_by_column + column * batch * lanes_,
             .from = part.y + i * row + (j + column) * record_.batch + subject,
             .rows = part.outputs,
             .columns = batch,
             .to_row = lanes_,
             .from_row = record_.output_size()});
      }
      add_strip(part, count, j, columns, batch);
    }
  }

  // Lists the rows of taps that read an input row for output row i.
  int64_t list_rows(const Part& part, int64_t i, int64_t subject) const {
    const int64_t taps = record_.rows.taps;
    int64_t count = 0;
    for (int64_t row = 0; row < part.rows; row++) {
      const int64_t input = (part.row + row) / taps;
      const int64_t at =
          input_rows_[static_cast<size_t>(i * taps + (part.row + row) % taps)];
      if (at < 0) continue;
      part.row_list[count++] = {
          part.x + input * record_.input_size() +
              at * record_.columns.input * record_.batch + subject,
          part.sums + row * record_.columns.taps * lanes_};
    }
    return count;
  }

  // Adds the outputs of `columns` columns from j on to all taps of the listed
  // rows.
  void add_strip(const Part& part, int64_t count, int64_t j, int64_t columns,
                 int64_t batch) const {
    ConvolutionWeightsLoop loop{};
    loop.rows = part.row_list;
    loop.count = count;
    loop.lanes = lanes_;
    loop.batch = batch;
    for (int64_t tap = 0; tap < record_.columns.taps; tap++) {
      const IndexPairs& pairs = across_[static_cast<size_t>(tap)];
      const int64_t first = std::max<int64_t>(j, pairs.first);
      const int64_t end =
          std::min<int64_t>(j + columns, int64_t{pairs.first} + pairs.count);
      if (first >= end) continue;
      loop.y = part.outputs_by_column + (first - j) * batch * lanes_;
      loop.columns = end - first;
      loop.x_shift =
          (pairs.at + (first - pairs.first) * pairs.at_step) * record_.batch;
      loop.x_column = pairs.at_step * record_.batch;
      loop.sums_shift = tap * lanes_;
      loops_.convolution_weights(loop);
    }
  }

  const Loops& loops_;
  ConvolutionRecord record_;
  std::vector<IndexPairs> across_;
  std::vector<int64_t> input_rows_;  // [output rows, taps]
  // Rows of taps of all input channels; rows and outputs per task.
  int64_t rows_ = 0, rows_per_task_ = 1, outputs_per_task_ = 1;
  int64_t row_tasks_ = 1, output_tasks_ = 1;
  int64_t lanes_ = 0;  // outputs per task, rounded up to whole vectors
  // Columns and subjects of a strip; number of strips along each.
  int64_t columns_ = 1, batch_ = 1, strips_ = 1, batches_ = 1;
  // Tasks if each took all strips; number of tasks that share the strips.
  int64_t wholes_ = 1, shares_ = 1;
  int64_t sums_ = 0;             // floats
  std::vector<float> partials_;  // of every task, if tasks share strips
  size_t row_list_offset_ = 0;   // bytes of scratch before the list of rows
};

}  // namespace

std::unique_ptr<Kernel> make_convolution_weights(
    RecordReader& in, const Preparation& preparation,
    const ConvolutionRecord& record) {
  return std::make_unique<Weights>(in, preparation, record);
}

}  // namespace interlatent
