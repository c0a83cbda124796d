// Checks gather, guard and adam: the kernels before and after a training step.
#include <cmath>
#include <cstring>
#include <limits>
#include <string>

#include "check.h"
#include "plan_builder.h"

namespace interlatent::testing {
namespace {

constexpr float kSentinel = 31.0f;

// Checks packed integers that are standardised by channel.
template <class Value>
void check_packed(DataType type, int64_t channels, int64_t batch) {
  constexpr int64_t rows = 9;
  const int64_t features = channels * 5;
  Numbers numbers(uint64_t(channels + batch));
  std::vector<Value> values(size_t(rows * features));
  for (Value& value : values) {
    value = Value(numbers.integer(std::numeric_limits<Value>::min(),
                                  std::numeric_limits<Value>::max()));
  }
  std::vector<int32_t> elements((values.size() * sizeof(Value) + 3) /
                                sizeof(int32_t));
  std::memcpy(elements.data(), values.data(), values.size() * sizeof(Value));
  std::vector<int32_t> order;
  std::vector<double> floats;
  for (int64_t b = 0; b < batch; b++) {
    order.push_back(int32_t(numbers.integer(0, rows - 1)));
  }
  for (int64_t i = 0; i < channels; i++) {
    floats.push_back(numbers.uniform(-9, 9));
  }
  for (int64_t i = 0; i < channels; i++) {
    floats.push_back(numbers.uniform(1, 99));
  }
  PlanBuilder plan;
  const auto outputs = uint64_t(features * batch);
  const uint64_t out = plan.place(IL_ACTIVATIONS, outputs);
  const uint64_t data = plan.place(IL_DATA, elements.size());
  const uint64_t index = plan.place(IL_DATA, order.size());
  plan.kernel("gather", "batch")
      .writes(IL_ACTIVATIONS, out, outputs)
      .reads(IL_DATA, data, elements.size())
      .flags(uint32_t(type))
      .reads_int32(IL_DATA, index, order.size())
      .integers({features, batch, 1, rows, 1, 1})
      .floats(floats);
  Loaded program(plan.bytes(), 2);
  CHECK_MESSAGE(program.outcome().code.empty(), program.outcome().message);
  program.upload(IL_DATA, data, elements);
  program.upload(IL_DATA, index, order);
  const uint64_t slab = plan.slab_sizes()[IL_ACTIVATIONS];
  program.fill(IL_ACTIVATIONS, slab, kSentinel);
  program.run(0, 1);
  const auto actual = program.download(IL_ACTIVATIONS, 0, slab);
  for (uint64_t at = 0; at < slab; at++) {
    if (at < out || at >= out + outputs) {
      CHECK(actual[at] == kSentinel);
      continue;
    }
    const auto feature = int64_t(at - out) / batch;
    const int32_t row = order[size_t(int64_t(at - out) % batch)];
    const auto channel = size_t(feature / 5);
    const double value = double(values[size_t(row * features + feature)]);
    CHECK_NEAR(double{actual[at]},
               (value - floats[channel]) / floats[size_t(channels) + channel],
               1e-6, 1e-6);
  }
  PlanBuilder shorter = plan;
  shorter.entries()[0].kernels[0].operands[1].extent--;
  CHECK(Loaded(shorter.bytes()).outcome().code == "invalid-plan");
  PlanBuilder odd = plan;
  odd.entries()[0].kernels[0].floats.push_back(1);
  CHECK(Loaded(odd.bytes()).outcome().code == "invalid-plan");
  PlanBuilder flat = plan;
  flat.entries()[0].kernels[0].floats.back() = 0;
  CHECK(Loaded(flat.bytes()).outcome().code == "invalid-plan");
  PlanBuilder uneven = plan;
  uneven.entries()[0].kernels[0].floats.insert(
      uneven.entries()[0].kernels[0].floats.begin(), size_t(2 * features), 1);
  CHECK(Loaded(uneven.bytes()).outcome().code == "invalid-plan");
}

void check_gather(int64_t features, int64_t batch, int64_t runs) {
  constexpr int64_t batches = 3;
  constexpr int64_t rows = 40;
  PlanBuilder plan(uint32_t(runs == 1 ? 2 : runs));
  const auto outputs = uint64_t(runs * features * batch);
  const auto indices = uint64_t(runs * batches * batch);
  const uint64_t out = plan.place(IL_ACTIVATIONS, outputs);
  const uint64_t data = plan.place(IL_DATA, rows * uint64_t(features));
  const uint64_t index = plan.place(IL_DATA, indices);
  plan.kernel("gather", "batch")
      .writes(IL_ACTIVATIONS, out, outputs,
              runs == 1 ? 0 : uint64_t(features * batch))
      .reads(IL_DATA, data, rows * uint64_t(features))
      .reads_int32(IL_DATA, index, indices,
                   runs == 1 ? 0 : uint64_t(batches * batch))
      .integers({features, batch, batches, rows, runs, 1});
  Loaded program(plan.bytes(), 2);
  CHECK_MESSAGE(program.outcome().code.empty(), program.outcome().message);
  Numbers numbers(uint64_t(features + batch));
  const auto values = numbers.floats(rows * size_t(features), -1, 1);
  std::vector<int32_t> order(indices);
  for (int32_t& row : order) row = int32_t(numbers.integer(0, rows - 1));
  program.upload(IL_DATA, data, values);
  program.upload(IL_DATA, index, order);
  const uint64_t slab = plan.slab_sizes()[IL_ACTIVATIONS];
  for (const uint64_t step : {0u, 1u, 5u}) {
    program.fill(IL_ACTIVATIONS, slab, kSentinel);
    program.run(step, 1);
    std::vector<float> expected(slab, kSentinel);
    for (int64_t r = 0; r < runs; r++) {
      for (int64_t f = 0; f < features; f++) {
        for (int64_t b = 0; b < batch; b++) {
          const auto at =
              size_t((r * batches + int64_t(step) % batches) * batch + b);
          expected[out + uint64_t((r * features + f) * batch + b)] =
              values[size_t(order[at] * features + f)];
        }
      }
    }
    CHECK(program.download(IL_ACTIVATIONS, 0, slab) == expected);
  }
  for (const int32_t wrong : {-1, int32_t(rows)}) {
    order[indices - 1] = wrong;
    program.upload(IL_DATA, index, order);
    CHECK(program.run(0, 2).code.empty());
    const Outcome outcome = program.run(0, 5);
    CHECK(outcome.code == "index-out-of-range");
    CHECK_MESSAGE(outcome.message.find("row " + std::to_string(wrong)) !=
                      std::string::npos,
                  outcome.message);
    CHECK(program.report.steps_done == 2);
  }
}

constexpr int64_t kRuns = 3;

// Adds a map y = op(x) over [runs, n].
void add_map(PlanBuilder& plan, const std::string& label, uint64_t y,
             uint32_t x_slab, uint64_t x, int64_t n, int64_t opcode) {
  const auto extent = uint64_t(kRuns * n);
  plan.kernel("map", label)
      .writes(IL_ACTIVATIONS, y, extent, uint64_t(n))
      .reads(x_slab, x, extent, uint64_t(n))
      .integers({1, kRuns * n, 1, 1, 1, 1, 2, 1, opcode, 1, 0, -1, -1, -1, 1});
}

// Computes log(x), its square, and then the guard. A negative x in run 1 is
// attributed to the logarithm. Lost runs are reported once and the others
// continue.
void check_guard() {
  constexpr int64_t n = 37;
  constexpr auto extent = uint64_t(kRuns * n);
  PlanBuilder plan(kRuns);
  const uint64_t x = plan.place(IL_DATA, extent);
  const uint64_t copy = plan.place(IL_ACTIVATIONS, extent);
  const uint64_t logs = plan.place(IL_ACTIVATIONS, extent);
  const uint64_t squares = plan.place(IL_ACTIVATIONS, extent);
  const uint64_t alive = plan.place(IL_CONTROLS, kRuns);
  plan.entry("step");
  add_map(plan, "copied", copy, IL_DATA, x, n, 1);
  add_map(plan, "logarithm", logs, IL_ACTIVATIONS, copy, n, 6);
  add_map(plan, "squared", squares, IL_ACTIVATIONS, logs, n, 11);
  plan.kernel("guard", "finite?")
      .writes(IL_CONTROLS, alive, kRuns, 1)
      .reads(IL_ACTIVATIONS, squares, extent, n)
      .integers({kRuns});
  plan.output("alive", IL_CONTROLS, alive, kRuns);
  for (const uint32_t threads : thread_counts()) {
    Loaded program(plan.bytes(), threads);
    CHECK_MESSAGE(program.outcome().code.empty(), program.outcome().message);
    std::vector<float> values = Numbers(9).floats(extent, 0.5, 2);
    program.upload(IL_DATA, x, values);
    program.upload(IL_CONTROLS, alive, std::vector<float>(kRuns, 1.0f));
    std::vector<float> results(4 * kRuns);
    CHECK(program.run(0, 4, &results).code.empty());
    CHECK(program.failures.empty());
    CHECK(results == std::vector<float>(4 * kRuns, 1.0f));

    values[n + 5] = -1;
    program.upload(IL_DATA, x, values);
    CHECK(program.run(7, 2, &results).code.empty());
    CHECK(program.failures.size() == 1);
    CHECK(program.failures[0].run == 1 && program.failures[0].step == 7);
    CHECK(std::string(program.failures[0].label) == "logarithm");
    CHECK(results[0] == 1 && results[1] == 0 && results[2] == 1);
    CHECK(program.report.steps_done == 2);

    // Another tensor and another run; infinity counts too.
    values[2 * n] = std::numeric_limits<float>::infinity();
    program.upload(IL_DATA, x, values);
    CHECK(program.run(9, 1, &results).code.empty());
    CHECK(program.failures.size() == 1 && program.failures[0].run == 2);
    CHECK(std::string(program.failures[0].label) == "copied");
    CHECK(results[0] == 1 && results[1] == 0 && results[2] == 0);
  }
}

// A result that covers slices of a wider tensor is not blamed for its
// neighbours. A non-finite input is attributed to the guard.
void check_blame() {
  constexpr int64_t rows = 4;
  PlanBuilder plan(2);
  const uint64_t wide = plan.place(IL_ACTIVATIONS, 2 * rows * 2);
  const uint64_t x = plan.place(IL_DATA, 2 * rows * 2);
  const uint64_t alive = plan.place(IL_CONTROLS, 2);
  const auto slice = [&](const std::string& label, uint64_t column) {
    plan.kernel("map", label)
        .writes(IL_ACTIVATIONS, wide + column, 4 * rows - 1, 2 * rows)
        .reads(IL_DATA, x + column, 4 * rows - 1, 2 * rows)
        .integers({2, 2, rows, 1, 1, 2 * rows, 2, 2 * rows, 2, 2, 1})
        .integers({6, 1, 0, -1, -1, -1, 1});
  };
  plan.entry("step");
  slice("left", 0);
  slice("right", 1);
  plan.kernel("guard", "finite?")
      .writes(IL_CONTROLS, alive, 2, 1)
      .reads(IL_ACTIVATIONS, wide, 4 * rows, 2 * rows)
      .reads(IL_DATA, x, 4 * rows, 0)
      .integers({2});
  Loaded program(plan.bytes());
  CHECK_MESSAGE(program.outcome().code.empty(), program.outcome().message);
  std::vector<float> values(4 * rows, 1.0f);
  values[2 * rows + 3] = -1;  // run 1, right
  program.upload(IL_DATA, x, values);
  program.upload(IL_CONTROLS, alive, std::vector<float>{1, 1});
  program.run(0, 1);
  CHECK(program.failures.size() == 1 && program.failures[0].run == 1);
  CHECK(std::string(program.failures[0].label) == "right");

  // A shared tensor affects every live run.
  PlanBuilder shared(2);
  const uint64_t y = shared.place(IL_PARAMETERS, 20);
  const uint64_t lives = shared.place(IL_CONTROLS, 2);
  shared.kernel("guard", "finite?")
      .writes(IL_CONTROLS, lives, 2, 1)
      .reads(IL_PARAMETERS, y, 20)
      .integers({2});
  Loaded other(shared.bytes());
  std::vector<float> broken(20, 0.0f);
  broken[19] = std::nanf("");
  other.upload(IL_PARAMETERS, y, broken);
  other.upload(IL_CONTROLS, lives, std::vector<float>{1, 1});
  other.run(0, 1);
  CHECK(other.failures.size() == 2);
  CHECK(std::string(other.failures[1].label) == "finite?");
}

void check_adam() {
  constexpr int64_t runs = 3;
  const std::vector<int64_t> sizes = {5, 9000, 64};
  PlanBuilder plan(runs);
  const uint64_t total = 40000;
  const uint64_t at = plan.place(IL_PARAMETERS, total);
  const uint64_t gradients = plan.place(IL_GRADIENTS, total);
  const uint64_t first = plan.place(IL_MOMENTS, total);
  const uint64_t second = plan.place(IL_MOMENTS, total);
  const uint64_t alive = plan.place(IL_CONTROLS, runs);
  const uint64_t rates = plan.place(IL_CONTROLS, 3);
  plan.kernel("adam", "update")
      .writes(IL_PARAMETERS, at, total)
      .writes(IL_MOMENTS, first, total)
      .writes(IL_MOMENTS, second, total)
      .reads(IL_GRADIENTS, gradients, total)
      .reads(IL_CONTROLS, alive, runs, 1)
      .reads(IL_CONTROLS, rates, 3)
      .integers({runs, 3})
      .floats({0.9, 0.99, 1e-8});
  std::vector<int64_t> offsets;
  int64_t offset = 16;
  for (size_t i = 0; i < sizes.size(); i++) {
    plan.integers({offset, sizes[i], int64_t(i % 2)});
    offsets.push_back(offset);
    offset += (runs * sizes[i] + 31) / 16 * 16;
  }
  const double rate[] = {double{3e-3f}, double{1.5e-2f}};
  std::vector<float> reference_bits;
  for (const uint32_t threads : thread_counts()) {
    Loaded program(plan.bytes(), threads);
    CHECK_MESSAGE(program.outcome().code.empty(), program.outcome().message);
    Numbers numbers(12);
    const std::vector<float> start = numbers.floats(total, -1, 1);
    std::vector<double> p(start.begin(), start.end());
    std::vector<double> m(total, 0.0);
    std::vector<double> v(total, 0.0);
    program.upload(IL_PARAMETERS, at, start);
    program.upload(IL_CONTROLS, alive, std::vector<float>{1, 0, 1});
    program.upload(IL_CONTROLS, rates, std::vector<float>{3e-3f, 1.5e-2f, 40});
    for (int step = 0; step < 10; step++) {
      const auto g = numbers.floats(total, -1, 1);
      program.upload(IL_GRADIENTS, gradients, g);
      CHECK(program.run(uint64_t(40 + step), 1).code.empty());
      for (size_t s = 0; s < sizes.size(); s++) {
        for (int64_t r = 0; r < runs; r += 2) {
          for (int64_t i = 0; i < sizes[s]; i++) {
            const auto k = size_t(offsets[s] + r * sizes[s] + i);
            const double gradient = double{g[k]};
            m[k] = 0.9 * m[k] + 0.1 * gradient;
            v[k] = 0.99 * v[k] + 0.01 * gradient * gradient;
            const double m_hat = m[k] / (1 - std::pow(0.9, step + 1));
            const double v_hat = v[k] / (1 - std::pow(0.99, step + 1));
            p[k] -= rate[s % 2] * m_hat / (std::sqrt(v_hat) + 1e-8);
          }
        }
      }
    }
    const auto results = program.download(IL_PARAMETERS, at, total);
    double worst = 0;
    for (size_t i = 0; i < total; i++) {
      worst = std::max(worst, std::abs(double{results[i]} - p[i]));
    }
    CHECK_MESSAGE(worst < 2e-6, "adam is " + std::to_string(worst) + " off");
    // The bits outside the segments and of the lost run do not change.
    CHECK(results[0] == start[0] && results[total - 1] == start[total - 1]);
    const auto dead = size_t(offsets[1] + sizes[1]);
    CHECK(results[dead] == start[dead]);
    CHECK(results[dead - 1] != start[dead - 1]);
    if (threads == 1) reference_bits = results;
    CHECK(reference_bits == results);
    CHECK(program.run(39, 1).code == "out-of-range");
  }
}

}  // namespace
}  // namespace interlatent::testing

int main() {
  using namespace interlatent::testing;
  for (const int64_t features : {1, 3, 4, 7, 64, 600}) {
    for (const int64_t batch : {1, 4, 6, 16, 33, 256}) {
      check_gather(features, batch, 1);
      check_gather(features, batch, 3);
    }
  }
  for (const int64_t batch : {1, 4, 7, 33}) {
    for (const int64_t channels : {1, 3}) {
      check_packed<uint8_t>(interlatent::DataType::kUint8, channels, batch);
      check_packed<int16_t>(interlatent::DataType::kInt16, channels, batch);
    }
  }
  check_guard();
  check_blame();
  check_adam();
  return summary("training");
}
