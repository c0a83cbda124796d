// Compares GRUs of random sizes with loops in double precision, and slopes with
// differences.
#include <algorithm>
#include <cmath>

#include "kernel_call.h"

namespace interlatent::testing {
namespace {

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

struct Sizes {
  int64_t units, times, batch;
  bool reverse;

  uint64_t count(int64_t rows) const {
    return uint64_t(rows * units * times * batch);
  }
  size_t at(int64_t row, int64_t t, int64_t b) const {
    return size_t((row * times + t) * batch + b);
  }
};

// Returns h of every time, [units, times, batch].
std::vector<double> states_of(const Sizes& sizes,
                              const std::vector<double>& gates,
                              const std::vector<float>& weights,
                              const std::vector<float>& steps) {
  const int64_t units = sizes.units;
  std::vector<double> states(sizes.count(1));
  for (int64_t b = 0; b < sizes.batch; b++) {
    std::vector<double> h(size_t(units), 0);
    for (int64_t i = 0; i < sizes.times; i++) {
      const int64_t t = sizes.reverse ? sizes.times - 1 - i : i;
      std::vector<double> products;
      for (int64_t row = 0; row < 3 * units; row++) {
        const float* w = weights.data() + row * (units + 1);
        double sum = double{w[units]};
        for (int64_t u = 0; u < units; u++) sum += double{w[u]} * h[size_t(u)];
        products.push_back(sum);
      }
      for (int64_t u = 0; u < units; u++) {
        if (steps[sizes.at(0, t, b)] > 0) {
          const auto gate = [&](int64_t k) {
            return gates[sizes.at(k * units + u, t, b)];
          };
          const auto product = [&](int64_t k) {
            return products[size_t(k * units + u)];
          };
          const double r = sigmoid(gate(0) + product(0));
          const double z = sigmoid(gate(1) + product(1));
          const double n = std::tanh(gate(2) + r * product(2));
          h[size_t(u)] = (1 - z) * n + z * h[size_t(u)];
        }
        states[sizes.at(u, t, b)] = h[size_t(u)];
      }
    }
  }
  return states;
}

void check_gru(const Sizes& sizes, Numbers& numbers) {
  const auto gates = numbers.floats(sizes.count(3), -2, 2);
  // Weights are small enough for the precision of sums of many units.
  const auto bound = float(std::min(1.0, 2 / std::sqrt(double(sizes.units))));
  const auto weights = numbers.floats(
      uint64_t(3 * sizes.units * (sizes.units + 1)), -bound, bound);
  const auto upstream = numbers.floats(sizes.count(1), -1, 1);
  auto steps = numbers.floats(uint64_t(sizes.times * sizes.batch), -0.3, 1);
  for (float& step : steps) step = step > 0 ? 1.0f : 0.0f;
  const std::vector<int64_t> integers = {
      1, sizes.units, sizes.times, sizes.batch, sizes.reverse ? 1 : 0, 1};
  const auto saved =
      result_of({"gru",
                 {sizes.count(5), sizes.count(3), weights.size(), steps.size()},
                 integers},
                {gates, weights, steps});
  std::vector<double> exact(gates.begin(), gates.end());
  check_near("gru", saved, states_of(sizes, exact, weights, steps));
  const auto slopes = result_of({"gruGrad",
                                 {sizes.count(4), sizes.count(5),
                                  weights.size(), sizes.count(1), steps.size()},
                                 integers},
                                {saved, weights, upstream, steps});
  // Slope by the gates, along a direction.
  const auto direction = numbers.floats(gates.size(), -1, 1);
  double slope = 0;
  for (size_t i = 0; i < gates.size(); i++) {
    slope += double{slopes[i]} * double{direction[i]};
  }
  const auto loss = [&](double by) {
    auto moved = exact;
    for (size_t i = 0; i < moved.size(); i++) {
      moved[i] += by * double{direction[i]};
    }
    const auto h = states_of(sizes, moved, weights, steps);
    double total = 0;
    for (size_t i = 0; i < h.size(); i++) total += h[i] * double{upstream[i]};
    return total;
  };
  const double h = 1e-4;
  CHECK_NEAR(slope, (loss(h) - loss(-h)) / (2 * h), 1e-4, 1e-4);
  // The slope by the product that r multiplies is that by n times r.
  const uint64_t rows = sizes.count(1);
  for (size_t i = 0; i < rows; i++) {
    CHECK_NEAR(double{slopes[3 * rows + i]},
               double{slopes[2 * rows + i]} * double{saved[rows + i]}, 1e-6,
               1e-7);
  }
}

}  // namespace
}  // namespace interlatent::testing

int main() {
  using namespace interlatent::testing;
  Numbers numbers(6);
  for (const int64_t batch : sizes({1, 5, 16, 33, 64, 130}, {1, 33, 70})) {
    check_gru({3, 4, batch, false}, numbers);
    check_gru({5, 3, batch, true}, numbers);
    check_gru({1, 1, batch, false}, numbers);
  }
  check_gru({17, 6, 20, true}, numbers);
  // A GPU has one kernel up to 32, 64, 128 and 512 units.
  for (const int64_t units :
       sizes({32, 33, 64, 65, 128, 129, 300, 512}, {33})) {
    check_gru({units, 3, 5, units % 2 == 0}, numbers);
  }
  check_refused("too many units", {"gru", {5, 3, 6}, {1, 513, 1, 1, 0, 0}});
  check_refused("missing steps", {"gru", {5, 3, 6}, {1, 1, 1, 1, 0, 1}});
  check_refused("weights without biases",
                {"gru", {5, 3, 3}, {1, 1, 1, 1, 0, 0}});
  check_refused("too few slopes",
                {"gruGrad", {3, 5, 6, 1}, {1, 1, 1, 1, 0, 0}});
  return summary("gru");
}
