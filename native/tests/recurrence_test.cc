// Compares LSTMs of random sizes with loops in double precision, and slopes
// with differences.
#include <algorithm>
#include <cmath>

#include "kernel_call.h"

namespace interlatent::testing {
namespace {

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

// Returns h of every time, [units, times, batch].
std::vector<double> lstm_states(const std::vector<double>& gates,
                                const std::vector<float>& weights,
                                const std::vector<float>& steps, int64_t units,
                                int64_t times, int64_t batch, bool reverse) {
  std::vector<double> states(size_t(units * times * batch));
  for (int64_t b = 0; b < batch; b++) {
    std::vector<double> h(size_t(units), 0), c(size_t(units), 0);
    for (int64_t i = 0; i < times; i++) {
      const int64_t t = reverse ? times - 1 - i : i;
      if (steps[size_t(t * batch + b)] > 0) {
        std::vector<double> sums;
        for (int64_t row = 0; row < 4 * units; row++) {
          double sum = gates[size_t((row * times + t) * batch + b)];
          for (int64_t u = 0; u < units; u++) {
            sum += double{weights[size_t(row * units + u)]} * h[size_t(u)];
          }
          sums.push_back(sum);
        }
        for (int64_t u = 0; u < units; u++) {
          const auto sum = [&](int64_t k) {
            return sums[size_t(k * units + u)];
          };
          double& cell = c[size_t(u)];
          cell = sigmoid(sum(1)) * cell + sigmoid(sum(0)) * std::tanh(sum(2));
          h[size_t(u)] = sigmoid(sum(3)) * std::tanh(cell);
        }
      }
      for (int64_t u = 0; u < units; u++) {
        states[size_t((u * times + t) * batch + b)] = h[size_t(u)];
      }
    }
  }
  return states;
}

void check_lstm(int64_t units, int64_t times, int64_t batch, bool reverse,
                Numbers& numbers) {
  const auto count = [&](int64_t rows) {
    return uint64_t(rows * units * times * batch);
  };
  const auto gates = numbers.floats(count(4), -2, 2);
  // Weights are small enough for the precision of sums of many units.
  const auto bound = float(std::min(1.0, 2 / std::sqrt(double(units))));
  const auto weights =
      numbers.floats(uint64_t(4 * units * units), -bound, bound);
  const auto upstream = numbers.floats(count(1), -1, 1);
  auto steps = numbers.floats(uint64_t(times * batch), -0.3, 1);
  for (float& step : steps) step = step > 0 ? 1.0f : 0.0f;
  const std::vector<int64_t> integers = {1,     units,           times,
                                         batch, reverse ? 1 : 0, 1};
  const auto saved = result_of(
      {"lstm", {count(6), count(4), weights.size(), steps.size()}, integers},
      {gates, weights, steps});
  std::vector<double> exact(gates.begin(), gates.end());
  const auto states =
      lstm_states(exact, weights, steps, units, times, batch, reverse);
  check_near("lstm", saved, states);
  const auto slopes =
      result_of({"lstmGrad",
                 {count(4), count(6), weights.size(), count(1), steps.size()},
                 integers},
                {saved, weights, upstream, steps});
  // Slope along a direction, by a difference.
  const auto direction = numbers.floats(count(4), -1, 1);
  double slope = 0;
  for (size_t i = 0; i < slopes.size(); i++) {
    slope += double{slopes[i]} * double{direction[i]};
  }
  const auto loss = [&](double by) {
    auto moved = exact;
    for (size_t i = 0; i < moved.size(); i++) {
      moved[i] += by * double{direction[i]};
    }
    const auto h =
        lstm_states(moved, weights, steps, units, times, batch, reverse);
    double total = 0;
    for (size_t i = 0; i < h.size(); i++) total += h[i] * double{upstream[i]};
    return total;
  };
  const double h = 1e-4;
  CHECK_NEAR(slope, (loss(h) - loss(-h)) / (2 * h), 1e-4, 1e-4);
}

// Compares the layer with an LSTM whose gates are computed here, and its slopes
// by x and by the weights with a difference along a direction.
void check_layer(int64_t inputs, int64_t units, int64_t times, int64_t batch,
                 bool reverse, Numbers& numbers) {
  const auto row = size_t(times * batch);
  const auto depth = size_t(units + inputs + 1);
  const auto rows = size_t(4 * units);
  const auto x = numbers.floats(size_t(inputs) * row, -1, 1);
  const auto weights = numbers.floats(rows * depth, -1, 1);
  const auto upstream = numbers.floats(size_t(units) * row, -1, 1);
  auto steps = numbers.floats(row, -0.3, 1);
  for (float& step : steps) step = step > 0 ? 1.0f : 0.0f;
  const std::vector<int64_t> integers = {1,     inputs,          units, times,
                                         batch, reverse ? 1 : 0, 1};
  const size_t saved_size = 6 * size_t(units) * row;
  const auto saved = result_of(
      {"lstmLayer", {saved_size, x.size(), weights.size(), row}, integers},
      {x, weights, steps});
  const auto states = [&](const std::vector<double>& inputs_x,
                          const std::vector<double>& all_weights) {
    std::vector<double> h(size_t(units) * row);
    for (int64_t b = 0; b < batch; b++) {
      std::vector<double> entering(depth, 0), c(size_t(units), 0);
      entering.back() = 1;
      for (int64_t i = 0; i < times; i++) {
        const auto at = size_t((reverse ? times - 1 - i : i) * batch + b);
        for (size_t k = 0; k < size_t(inputs); k++) {
          entering[size_t(units) + k] = inputs_x[k * row + at];
        }
        std::vector<double> sums(rows, 0);
        for (size_t r = 0; r < rows; r++) {
          for (size_t k = 0; k < depth; k++) {
            sums[r] += all_weights[r * depth + k] * entering[k];
          }
        }
        for (size_t u = 0; u < size_t(units); u++) {
          const auto sum = [&](size_t k) {
            return sums[k * size_t(units) + u];
          };
          if (steps[at] > 0) {
            c[u] = sigmoid(sum(1)) * c[u] + sigmoid(sum(0)) * std::tanh(sum(2));
            entering[u] = sigmoid(sum(3)) * std::tanh(c[u]);
          }
          h[u * row + at] = entering[u];
        }
      }
    }
    return h;
  };
  const std::vector<double> exact_x(x.begin(), x.end());
  const std::vector<double> exact_weights(weights.begin(), weights.end());
  check_near("lstmLayer", saved, states(exact_x, exact_weights));
  const auto slopes =
      result_of({"lstmLayerGrad",
                 {x.size() + weights.size(), saved_size, x.size(),
                  weights.size(), upstream.size(), row},
                 integers},
                {saved, x, weights, upstream, steps});
  const auto direction = numbers.floats(slopes.size(), -1, 1);
  double slope = 0;
  for (size_t i = 0; i < slopes.size(); i++) {
    slope += double{slopes[i]} * double{direction[i]};
  }
  const auto loss = [&](double by) {
    auto moved_x = exact_x;
    auto moved_weights = exact_weights;
    for (size_t i = 0; i < x.size(); i++) {
      moved_x[i] += by * double{direction[i]};
    }
    for (size_t i = 0; i < weights.size(); i++) {
      moved_weights[i] += by * double{direction[x.size() + i]};
    }
    const auto h = states(moved_x, moved_weights);
    double total = 0;
    for (size_t i = 0; i < h.size(); i++) total += h[i] * double{upstream[i]};
    return total;
  };
  const double h = 1e-4;
  CHECK_NEAR(slope, (loss(h) - loss(-h)) / (2 * h), 2e-4, 2e-4);
}

bool has_layers() {
  const Call call = {"lstmLayer", {6, 1, 12}, {1, 1, 1, 1, 1, 0, 0}};
  std::vector<uint64_t> offsets;
  return Loaded(plan_of(call, offsets)).outcome().code != "unknown-kernel";
}

void check_layers() {
  Numbers numbers(5);
  for (const int64_t batch : sizes({1, 5, 16, 33, 64, 130}, {1, 33, 70})) {
    check_layer(2, 3, 4, batch, false, numbers);
    check_layer(12, 4, 3, batch, true, numbers);
    check_layer(1, 1, 1, batch, false, numbers);
  }
  check_layer(4, 17, 6, 20, true, numbers);
  check_refused("no inputs", {"lstmLayer", {6, 1, 12}, {1, 0, 1, 1, 1, 0, 0}});
  check_refused("a layer with too many units",
                {"lstmLayer", {6, 1, 12}, {1, 1, 513, 1, 1, 0, 0}});
  check_refused("weights without a bias",
                {"lstmLayer", {6, 1, 11}, {1, 1, 1, 1, 1, 0, 0}});
  check_refused("too few slopes",
                {"lstmLayerGrad", {12, 6, 1, 12, 1}, {1, 1, 1, 1, 1, 0, 0}});
}

void check_lstms() {
  Numbers numbers(3);
  for (const int64_t batch : sizes({1, 5, 16, 33, 64, 70}, {1, 33})) {
    check_lstm(3, 4, batch, false, numbers);
    check_lstm(5, 3, batch, true, numbers);
    check_lstm(1, 1, batch, false, numbers);
  }
  check_lstm(17, 6, 20, true, numbers);
  // A GPU has one kernel up to 32, 64, 128 and 512 units.
  for (const int64_t units :
       sizes({32, 33, 64, 65, 128, 129, 300, 512}, {33})) {
    check_lstm(units, 3, 5, units % 2 == 0, numbers);
  }
  check_refused("too many units", {"lstm", {6, 4, 4}, {1, 513, 1, 1, 0, 0}});
  check_refused("missing steps", {"lstm", {6, 4, 4}, {1, 1, 1, 1, 0, 1}});
  check_refused("too few weights", {"lstm", {12, 8, 15}, {1, 2, 1, 1, 0, 0}});
}

}  // namespace
}  // namespace interlatent::testing

int main() {
  using namespace interlatent::testing;
  check_lstms();
  if (has_layers()) check_layers();
  return summary("recurrence");
}
