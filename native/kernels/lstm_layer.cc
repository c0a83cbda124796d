// lstmLayer and its gradient: a task processes some subjects of a sequence
// through all times. The inputs of the gates (h of the previous step, the
// inputs, and 1 for the bias) are stacked, so that a step is one product. The
// values that a step saves for the gradient lie next to each other. Slopes by
// the gates never leave the cache: those of a few times are multiplied with
// their inputs, which gives the slopes by the weights.
#include <algorithm>

#include "kernels/task_count.h"
#include "registry.h"

namespace interlatent {
namespace {

constexpr int64_t kSubjects = 64;
// Floats of the slopes of a block of times, which stay in the second-level
// cache.
constexpr int64_t kBlockFloats = 65536;
// Few inputs that do not fill a vector are summed one by one.
constexpr int64_t kMaxFew = 6;

class LstmLayer final : public Kernel {
 public:
  LstmLayer(RecordReader& in, const Preparation& preparation)
      : loops_(preparation.loops), record_(in) {
    columns_per_task_ = even_share(record_.batch, kSubjects);
    pieces_ = task_count(in, record_.batch, columns_per_task_);
    const int64_t tasks[] = {record_.sequences, pieces_};
    tasks_ = task_count(in, in.product(tasks), 1);
    const int64_t gates = kLstmGates * record_.units;
    few_ = record_.depth() % kLanes;
    if (few_ > kMaxFew || few_ == record_.depth()) few_ = 0;
    padded_ = (record_.depth() - few_ + kLanes - 1) / kLanes * kLanes;
    times_ = std::clamp<int64_t>(kBlockFloats / (gates * columns_per_task_), 1,
                                 record_.times);
    // Rows of scratch that `walk` or `walk_back` uses.
    const int64_t rows = is_gradient()
                             ? (gates + padded_ + few_) * times_ + gates / 2 +
                                   record_.depth() + 2
                             : gates + record_.units + record_.depth() + 2;
    const int64_t floats[] = {rows, columns_per_task_};
    const int64_t lanes[] = {is_gradient() ? gates : 0, few_, kLanes};
    const int64_t both[] = {in.product(floats) + in.product(lanes),
                            sizeof(float)};
    scratch_bytes_ = static_cast<size_t>(in.product(both));
    if (is_gradient()) {
      const int64_t sums[] = {int64_t{preparation.copies}, int64_t{tasks_},
                              gates, padded_ + few_};
      sums_.resize(static_cast<size_t>(in.product(sums)));
    }
    flops_ = record_.flops;
    written_ = record_.written;
  }

  void run(uint32_t task, const Place& place, const Worker& worker,
           Step&) override {
    const Part part = part_of(task, place);
    auto* scratch = reinterpret_cast<float*>(worker.scratch);
    if (is_gradient()) {
      walk_back(part, scratch, sums_of(place, task));
    } else {
      walk(part, scratch);
    }
  }

  // Sums the slopes by the weights over all pieces.
  void finish(const Place& place, Step&) override {
    if (!is_gradient()) return;
    const int64_t rows = kLstmGates * record_.units;
    for (int64_t sequence = 0; sequence < record_.sequences; sequence++) {
      float* out = record_.out + shift(0, place) + sequence * record_.slopes() +
                   record_.inputs * record_.row();
      for (int64_t piece = 0; piece < pieces_; piece++) {
        const float* sums = sums_of(place, sequence * pieces_ + piece);
        for (int64_t i = 0; i < rows; i++) {
          for (int64_t k = 0; k < record_.depth(); k++) {
            float& slope = out[i * record_.depth() + k];
            const int64_t whole = record_.depth() - few_;
            const float sum = k < whole
                                  ? sums[i * padded_ + k]
                                  : sums[rows * padded_ + i * few_ + k - whole];
            slope = sum + (piece == 0 ? 0 : slope);
          }
        }
      }
    }
  }

 private:
  // The operands of a task's subjects.
  struct Part {
    float* h;  // h and saved values are only read in the gradient
    float* saved;
    float* slopes;  // slopes by x
    const float* x;
    const float* weights;
    const float* upstream;
    const float* steps;
    int64_t columns;
  };

  bool is_gradient() const { return record_.upstream != nullptr; }

  int64_t at(int64_t i) const { return record_.time(i) * record_.batch; }

  float* sums_of(const Place& place, int64_t task) {
    const int64_t size = kLstmGates * record_.units * (padded_ + few_);
    return sums_.data() + (place.copy * tasks_ + task) * size;
  }

  Part part_of(uint32_t task, const Place& place) const {
    const int64_t sequence = task / pieces_;
    const int64_t column = task % pieces_ * columns_per_task_;
    const int64_t states = record_.units * record_.row();
    const size_t x = record_.first_operand;
    Part part{};
    part.columns = std::min(columns_per_task_, record_.batch - column);
    part.x = record_.x + shift(x, place) +
             sequence * record_.inputs * record_.row() + column;
    part.weights = record_.weights + shift(x + 1, place) +
                   sequence * kLstmGates * record_.units * record_.depth();
    float* saved = record_.out + shift(0, place);
    if (is_gradient()) {
      part.slopes = saved + sequence * record_.slopes() + column;
      saved = const_cast<float*>(record_.saved) + shift(1, place);
      part.upstream =
          record_.upstream + shift(x + 2, place) + sequence * states + column;
    }
    saved += sequence * kLstmSaved * states;
    part.h = saved + column;
    part.saved = saved + states +
                 (kLstmSaved - 1) * record_.units * record_.times * column;
    if (record_.steps != nullptr) {
      part.steps = record_.steps + shift(x + (is_gradient() ? 3 : 2), place) +
                   sequence * record_.row() + column;
    }
    return part;
  }

  // Returns the saved c, i, f, g and o of a time.
  float* saved_at(const Part& part, int64_t i) const {
    return part.saved +
           (kLstmSaved - 1) * record_.units * part.columns * record_.time(i);
  }

  void multiply(const TileProduct& product) const {
    if (product.n >= kLanes) {
      loops_.small_product(product);
    } else {
      loops_.plain_product(product);
    }
  }

  void walk(const Part& part, float* scratch) const {
    const int64_t units = record_.units;
    const int64_t columns = part.columns;
    const int64_t states = units * columns;
    float* products = scratch;
    float* c = products + kLstmGates * states;
    float* stacked = c + states;  // h, inputs, 1
    float* inputs = stacked + states;
    float* ones = stacked + record_.depth() * columns;
    std::fill_n(c, 2 * states, 0.0f);
    std::fill_n(ones - columns, 2 * columns, 1.0f);
    LstmStep step{};
    step.products = products;
    step.h_state = stacked;
    step.c_state = c;
    step.units = units;
    step.columns = columns;
    step.row = record_.row();
    TileProduct product{};
    product.c = products;
    product.a = part.weights;
    product.b = stacked;
    product.m = kLstmGates * units;
    product.n = columns;
    product.k = record_.depth();
    product.ldc = columns;
    product.a_along_m = record_.depth();
    product.a_along_k = 1;
    product.b_along_k = columns;
    product.b_along_n = 1;
    for (int64_t i = 0; i < record_.times; i++) {
      for (int64_t k = 0; k < record_.inputs; k++) {
        std::copy_n(part.x + k * step.row + at(i), columns,
                    inputs + k * columns);
      }
      multiply(product);
      step.h = part.h + at(i);
      step.saved = {saved_at(part, i), states, columns};
      step.steps = part.steps == nullptr ? ones : part.steps + at(i);
      loops_.lstm(step);
    }
  }

  void walk_back(const Part& part, float* scratch, float* sums) const {
    const int64_t units = record_.units;
    const int64_t columns = part.columns;
    const int64_t states = units * columns;
    const int64_t depth = record_.depth();
    const int64_t gates = kLstmGates * units;
    const int64_t row = times_ * columns;  // of a block of times
    float* slopes = scratch;  // by the gates, [gates, times_, columns]
    float* h = slopes + gates * row;
    float* c = h + states;
    float* products = c + states;  // slopes by the stacked inputs, except the 1
    // Stacked inputs of a block of times: transposed, [times_, columns,
    // padded], and the few, [few, times_, columns].
    float* transposed = products + depth * columns;
    float* few = transposed + padded_ * row;
    float* lanes = few + few_ * row;  // sums by the few, [gates, few, kLanes]
    float* zeros = lanes + gates * few_ * kLanes;
    float* ones = zeros + columns;
    std::fill_n(h, 2 * states, 0.0f);
    std::fill_n(products, states, 0.0f);
    std::fill_n(transposed, padded_ * row, 0.0f);
    std::fill_n(lanes, gates * few_ * kLanes, 0.0f);
    std::fill_n(zeros, columns, 0.0f);
    std::fill_n(ones, columns, 1.0f);
    std::fill_n(sums, gates * padded_, 0.0f);
    LstmGradientStep step{};
    step.copy_row = row;
    step.h = h;
    step.c = c;
    step.products = products;
    step.later_steps = ones;
    step.units = units;
    step.columns = columns;
    step.row = record_.row();
    TileProduct back{};
    back.c = products;
    back.a = part.weights;
    back.m = units + record_.inputs;
    back.n = columns;
    back.k = gates;
    back.ldc = columns;
    back.a_along_m = 1;
    back.a_along_k = depth;
    back.b_along_k = row;
    back.b_along_n = 1;
    TileProduct weights{};
    weights.c = sums;
    weights.a = slopes;
    weights.b = transposed;
    weights.m = gates;
    weights.n = padded_;
    weights.ldc = padded_;
    weights.a_along_m = row;
    weights.a_along_k = 1;
    weights.b_along_k = padded_;
    weights.b_along_n = 1;
    weights.addition = Addition::kSums;
    ConvolutionSmallWeightsLoop::Tap tap{};
    tap.x = few;
    tap.y = slopes;
    tap.sums = lanes;
    ConvolutionSmallWeightsLoop few_weights{};
    few_weights.taps = &tap;
    few_weights.count = 1;
    few_weights.inputs = few_;
    few_weights.outputs = gates;
    few_weights.batch = columns;
    few_weights.x_channel = few_weights.y_channel = row;
    few_weights.x_column = few_weights.y_column = columns;
    int64_t filled = 0;  // times of the block
    for (int64_t i = record_.times; i-- > 0;) {
      step.copy = slopes + filled * columns;
      step.saved = {saved_at(part, i), states, columns};
      step.c_before = i == 0 ? zeros : saved_at(part, i - 1);
      step.before_row = i == 0 ? 0 : columns;
      step.upstream = part.upstream + at(i);
      step.steps = part.steps == nullptr ? ones : part.steps + at(i);
      loops_.lstm_gradient(step);
      back.b = step.copy;
      multiply(back);
      for (int64_t k = 0; k < record_.inputs; k++) {
        std::copy_n(products + (units + k) * columns, columns,
                    part.slopes + k * step.row + at(i));
      }
      step.later_steps = step.steps;
      stack_inputs(part, i, transposed + filled * columns * padded_,
                   few + filled * columns);
      if (++filled < times_ && i > 0) continue;
      weights.k = filled * columns;
      loops_.small_product(weights);
      tap.columns = filled;
      if (few_ > 0) loops_.convolution_small_weights(few_weights);
      filled = 0;
    }
    loops_.sum_lanes(sums + gates * padded_, lanes, gates * few_);
  }

  // Stacks the inputs of a step: the first as columns of `transposed`, the few
  // last ones as rows.
  void stack_inputs(const Part& part, int64_t i, float* transposed,
                    float* few) const {
    const int64_t units = record_.units;
    const int64_t whole = record_.depth() - few_;
    const auto add = [&](const float* from, int64_t first, int64_t count) {
      const int64_t rows = std::clamp<int64_t>(whole - first, 0, count);
      if (rows > 0) {
        Transposition moved{};
        moved.to = transposed + first;
        moved.from = from;
        moved.rows = rows;
        moved.columns = part.columns;
        moved.to_row = padded_;
        moved.from_row = record_.row();
        loops_.transpose(moved);
      }
      for (int64_t k = rows; k < count; k++) {
        std::copy_n(from + k * record_.row(), part.columns,
                    few + (first + k - whole) * times_ * part.columns);
      }
    };
    if (i > 0) {
      add(part.h + at(i - 1), 0, units);
    } else {
      for (int64_t j = 0; j < part.columns; j++) {
        std::fill_n(transposed + j * padded_, std::min(units, whole), 0.0f);
      }
      for (int64_t k = whole; k < units; k++) {
        std::fill_n(few + (k - whole) * times_ * part.columns, part.columns,
                    0.0f);
      }
    }
    add(part.x + at(i), units, record_.inputs);
    if (few_ > 0) {
      std::fill_n(few + (few_ - 1) * times_ * part.columns, part.columns, 1.0f);
      return;
    }
    for (int64_t j = 0; j < part.columns; j++) {
      transposed[j * padded_ + record_.depth() - 1] = 1;
    }
  }

  const Loops& loops_;
  LstmLayerRecord record_;
  int64_t columns_per_task_ = 1, pieces_ = 1;
  // Stacked inputs that are summed one by one, and the others, rounded up to
  // whole vectors.
  int64_t few_ = 0, padded_ = 0;
  int64_t times_ = 1;  // times per block
  // Every task has [gates, padded], then [gates, few].
  std::vector<float> sums_;
};

}  // namespace

std::unique_ptr<Kernel> make_lstm_layer(RecordReader& in,
                                        const Preparation& preparation) {
  return std::make_unique<LstmLayer>(in, preparation);
}

}  // namespace interlatent
