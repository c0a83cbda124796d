// Compares the five mixture kernels with formulas in double precision, whose
// derivatives are compared with finite differences. Covers batches with
// remainders, sentinels, and the same bits with one thread and with two.
#include <cmath>
#include <limits>

#include "check.h"
#include "plan_builder.h"

namespace interlatent::testing {
namespace {

constexpr double kLow = -5;
constexpr double kHigh = 3;
constexpr float kSentinel = -99.0f;

double cdf(double x) { return 0.5 * std::erfc(-x * std::sqrt(0.5)); }
double density(double x) {
  return std::exp(-0.5 * x * x) / std::sqrt(2 * M_PI);
}

// Returns the quantile of the nearer tail, by bisection.
double quantile(double below, double above) {
  const double tail = std::min(below, above);
  double low = -40;
  double high = 0.1;
  for (int i = 0; i < 200; i++) {
    const double middle = 0.5 * (low + high);
    (cdf(middle) < tail ? low : high) = middle;
  }
  return below < above ? low : -low;
}

// One column: z, then logits, means and log scales.
struct Column {
  std::vector<double> x;
  size_t k() const { return x.size() / 3; }
  double e(size_t i) const { return (x[0] - x[1 + k() + i]) * s(i); }
  double raw(size_t i) const { return x[1 + 2 * k() + i]; }
  double log_scale(size_t i) const {
    return std::min(std::max(raw(i), kLow), kHigh);
  }
  double inside(size_t i) const { return kLow < raw(i) && raw(i) < kHigh; }
  double s(size_t i) const { return std::exp(-log_scale(i)); }
  double weight(size_t i) const {
    double sum = 0;
    for (size_t j = 0; j < k(); j++) sum += std::exp(x[1 + j] - x[1 + i]);
    return 1 / sum;
  }
  double sum(double (*f)(double), double sign) const {
    double total = 0;
    for (size_t i = 0; i < k(); i++) total += weight(i) * f(sign * e(i));
    return total;
  }
  double log_density() const {
    double largest = -std::numeric_limits<double>::infinity();
    std::vector<double> terms;
    for (size_t i = 0; i < k(); i++) {
      terms.push_back(std::log(weight(i)) - 0.5 * e(i) * e(i) - log_scale(i) -
                      0.5 * std::log(2 * M_PI));
      largest = std::max(largest, terms.back());
    }
    double total = 0;
    for (const double term : terms) total += std::exp(term - largest);
    return largest + std::log(total);
  }
  double tail() const { return std::min(sum(cdf, 1), sum(cdf, -1)); }
  double epsilon() const {
    return quantile(std::max(sum(cdf, 1), 1e-6), std::max(sum(cdf, -1), 1e-6));
  }
  std::vector<double> sensitivity() const {
    std::vector<double> result(x.size(), 0.0);
    if (tail() < 1e-6) return result;
    const double scale = 1 / density(epsilon());
    const double below = sum(cdf, 1);
    const double above = sum(cdf, -1);
    for (size_t i = 0; i < k(); i++) {
      const double mass = weight(i) * density(e(i)) * scale;
      const double excess =
          below < above ? cdf(e(i)) - below : above - cdf(-e(i));
      result[0] += mass * s(i);
      result[1 + i] = weight(i) * excess * scale;
      result[1 + k() + i] = -mass * s(i);
      result[1 + 2 * k() + i] = -mass * e(i) * inside(i);
    }
    return result;
  }
};

// Returns central differences of f by every element, with Richardson
// extrapolation.
template <class Function>
std::vector<double> differences(const Column& column, Function f) {
  std::vector<double> result;
  for (size_t i = 0; i < column.x.size(); i++) {
    const auto slope = [&](double h) {
      Column up = column;
      Column down = column;
      up.x[i] += h;
      down.x[i] -= h;
      return (f(up) - f(down)) / (2 * h);
    };
    const double h = 2e-4;
    result.push_back((4 * slope(h / 2) - slope(h)) / 3);
  }
  return result;
}

struct Kernel {
  const char* name;
  bool full_output;
  int upstream;  // 0: none, 1: one row, 2: the rows of the input
};

constexpr Kernel kKernels[] = {{"mixtureLogDensity", false, 0},
                               {"mixtureLogDensityGrad", true, 1},
                               {"mixtureEpsilon", false, 0},
                               {"mixtureSensitivity", true, 0},
                               {"mixtureSensitivityGrad", true, 2}};

std::vector<double> expected_of(int kernel, const Column& column,
                                const std::vector<double>& upstream) {
  switch (kernel) {
    case 0:
      return {column.log_density()};
    case 1: {
      auto slopes =
          differences(column, [](const Column& c) { return c.log_density(); });
      for (double& slope : slopes) slope *= upstream[0];
      return slopes;
    }
    case 2:
      return {column.epsilon()};
    case 3:
      return column.sensitivity();
    default:
      return differences(column, [&](const Column& c) {
        const auto sensitivity = c.sensitivity();
        double total = 0;
        for (size_t i = 0; i < sensitivity.size(); i++) {
          total += sensitivity[i] * upstream[i];
        }
        return total;
      });
  }
}

// True if differences would cross a clamp.
bool near_a_clamp(const Column& column) {
  for (size_t i = 0; i < column.k(); i++) {
    if (std::abs(column.raw(i) - kLow) < 1e-3) return true;
    if (std::abs(column.raw(i) - kHigh) < 1e-3) return true;
  }
  return std::abs(std::log(column.tail() / 1e-6)) < 0.5;
}

void check_kernel(int number, int64_t groups, int64_t k, int64_t batch,
                  double spread) {
  const Kernel& kernel = kKernels[number];
  const int64_t rows = 1 + 3 * k;
  const int64_t out_rows = kernel.full_output ? rows : 1;
  const int64_t up_rows = kernel.upstream == 2 ? rows : kernel.upstream;
  PlanBuilder plan;
  const auto outputs = uint64_t(groups * out_rows * batch);
  const auto upstreams = uint64_t(groups * up_rows * batch);
  const auto zs = uint64_t(groups * batch);
  const auto thetas = uint64_t(groups * 3 * k * batch);
  const uint64_t out = plan.place(IL_ACTIVATIONS, outputs);
  const uint64_t z = plan.place(IL_DATA, zs);
  const uint64_t theta = plan.place(IL_DATA, thetas);
  const uint64_t upstream = plan.place(IL_DATA, upstreams);
  plan.kernel(kernel.name, "flow")
      .writes(IL_ACTIVATIONS, out, outputs)
      .reads(IL_DATA, z, zs)
      .reads(IL_DATA, theta, thetas);
  if (up_rows > 0) plan.reads(IL_DATA, upstream, upstreams);
  plan.integers({groups, k, batch}).floats({kLow, kHigh});
  Numbers numbers(uint64_t(number * 1000 + batch * 7 + k));
  const auto z_values = numbers.floats(zs, -spread, spread);
  auto theta_values = numbers.floats(thetas, -2, 2);
  for (int64_t g = 0; g < groups; g++) {
    for (int64_t i = 2 * k * batch; i < 3 * k * batch; i++) {
      const double low = spread > 2 ? -1.5 : -0.5;
      float& value = theta_values[size_t(g * 3 * k * batch + i)];
      value = float(numbers.uniform(low, 1));
      // Some values lie beyond the clamp.
      if (numbers.uniform(0, 1) < 0.1) value = float(numbers.uniform(3.1, 4));
      if (numbers.uniform(0, 1) < 0.02) value = -6;
    }
  }
  const auto up_values = numbers.floats(upstreams, -1, 1);
  const uint64_t slab = plan.slab_sizes()[IL_ACTIVATIONS];
  std::vector<float> results;
  for (const uint32_t threads : thread_counts()) {
    Loaded program(plan.bytes(), threads);
    CHECK_MESSAGE(program.outcome().code.empty(), program.outcome().message);
    program.upload(IL_DATA, z, z_values);
    program.upload(IL_DATA, theta, theta_values);
    program.upload(IL_DATA, upstream, up_values);
    program.fill(IL_ACTIVATIONS, slab, kSentinel);
    program.run(0, 1);
    const auto values = program.download(IL_ACTIVATIONS, 0, slab);
    if (threads == 1) results = values;
    CHECK(values == results);
  }
  for (uint64_t i = 0; i < slab; i++) {
    if (i < out || i >= out + outputs) CHECK(results[i] == kSentinel);
  }
  double worst = 0;
  for (int64_t g = 0; g < groups; g++) {
    for (int64_t b = 0; b < batch; b++) {
      Column column;
      column.x.push_back(double{z_values[size_t(g * batch + b)]});
      for (int64_t i = 0; i < 3 * k; i++) {
        column.x.push_back(
            double{theta_values[size_t((g * 3 * k + i) * batch + b)]});
      }
      if (near_a_clamp(column)) continue;
      std::vector<double> up;
      for (int64_t i = 0; i < up_rows; i++) {
        up.push_back(double{up_values[size_t((g * up_rows + i) * batch + b)]});
      }
      const auto expected = expected_of(number, column, up);
      double size = 1;
      for (const double value : expected)
        size = std::max(size, std::abs(value));
      for (int64_t i = 0; i < out_rows; i++) {
        const double actual =
            double{results[out + uint64_t((g * out_rows + i) * batch + b)]};
        const double error = std::abs(actual - expected[size_t(i)]) / size;
        worst = std::isnan(error) ? INFINITY : std::max(worst, error);
      }
    }
  }
  std::printf("%-24s groups %2d components %d batch %3d: worst %.2g\n",
              kernel.name, int(groups), int(k), int(batch), worst);
  // Second derivatives lose digits far from the mean, near the clamp of the
  // CDF.
  CHECK_MESSAGE(
      worst < (spread > 2 ? 1e-4 : 1e-5),
      std::string(kernel.name) + " is " + std::to_string(worst) + " off");
}

// Checks the formulas in double precision themselves.
void check_reference() {
  Numbers numbers(1);
  for (int round = 0; round < 200; round++) {
    Column column;
    for (int i = 0; i < 10; i++) column.x.push_back(numbers.uniform(-1, 1));
    const auto slopes =
        differences(column, [](const Column& c) { return c.epsilon(); });
    const auto formula = column.sensitivity();
    for (size_t i = 0; i < slopes.size(); i++) {
      CHECK_NEAR(formula[i], slopes[i], 1e-6, 1e-7);
    }
  }
}

// For extreme z, epsilon is at its limits, sensitivities are 0 and the log
// density is finite. NaN gives NaN.
void check_extremes() {
  PlanBuilder plan;
  const uint64_t z = plan.place(IL_DATA, 3);
  const uint64_t theta = plan.place(IL_DATA, 18);
  const uint64_t up = plan.place(IL_DATA, 21);
  std::vector<uint64_t> outs;
  for (const Kernel& kernel : kKernels) {
    const uint64_t count = kernel.full_output ? 21 : 3;
    outs.push_back(plan.place(IL_ACTIVATIONS, count));
    plan.kernel(kernel.name, "flow")
        .writes(IL_ACTIVATIONS, outs.back(), count)
        .reads(IL_DATA, z, 3)
        .reads(IL_DATA, theta, 18);
    if (kernel.upstream > 0) plan.reads(IL_DATA, up, 21);
    plan.integers({1, 2, 3}).floats({kLow, kHigh});
  }
  Loaded program(plan.bytes());
  program.upload(IL_DATA, z, std::vector<float>{-1e4f, 1e4f, std::nanf("")});
  program.upload(IL_DATA, theta, std::vector<float>(18, 0.25f));
  program.upload(IL_DATA, up, std::vector<float>(21, 1.0f));
  program.run(0, 1);
  const auto logs = program.download(IL_ACTIVATIONS, outs[0], 3);
  CHECK(std::isfinite(logs[0]) && logs[0] < -1e6f && std::isnan(logs[2]));
  const auto epsilons = program.download(IL_ACTIVATIONS, outs[2], 3);
  CHECK_NEAR(double{epsilons[0]}, -4.753424, 1e-6, 0);
  CHECK_NEAR(double{epsilons[1]}, 4.753424, 1e-6, 0);
  CHECK(std::isnan(epsilons[2]));
  for (const size_t kernel : {size_t{3}, size_t{4}}) {
    const auto rows = program.download(IL_ACTIVATIONS, outs[kernel], 21);
    for (size_t row = 0; row < 7; row++) {
      CHECK(rows[row * 3] == 0 && rows[row * 3 + 1] == 0);
    }
    CHECK(std::isnan(rows[2]));
  }
}

}  // namespace
}  // namespace interlatent::testing

int main() {
  using namespace interlatent::testing;
  check_reference();
  check_extremes();
  for (int kernel = 0; kernel < 5; kernel++) {
    check_kernel(kernel, 1, 1, 1, 2);
    check_kernel(kernel, 3, 2, 7, 2);
    check_kernel(kernel, 2, 5, 64, 2);
    check_kernel(kernel, 2, 5, 131, 3);
    if (!kSanitized) check_kernel(kernel, 8, 5, 256, 2);
  }
  return summary("mixture");
}
