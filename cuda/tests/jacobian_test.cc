// Tests meanAbsJacobian against formulas in double precision and its gradient
// against finite differences. Covers batches and widths with remainders,
// sentinels, zeros and NaN, invalid records, and equal bits in a second
// program.
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "check.h"
#include "plan_builder.h"

namespace interlatent::testing {
namespace {

constexpr float kSentinel = -99.0f;
constexpr double kSlope = 0.2;

struct Shape {
  size_t runs, latents, parents, size, hidden, batch, rows;
};

enum Input { kSensitivity, kFirst, kSecond, kWeight0, kWeight1, kWeight2 };
using Inputs = std::vector<std::vector<double>>;

// Returns the numbers of elements of the inputs of one latent.
std::vector<size_t> lengths_of(const Shape& s) {
  return {s.rows * s.batch,     s.hidden * s.batch,  s.hidden * s.batch,
          s.hidden * s.parents, s.hidden * s.hidden, s.size * s.hidden};
}

// Returns J [parents, batch] of one latent, computed layer by layer.
std::vector<double> jacobian(const Shape& s, const Inputs& in) {
  std::vector<double> result(s.parents * s.batch);
  for (size_t b = 0; b < s.batch; b++) {
    const auto at = [&](Input input, size_t row) {
      return in[input][row * s.batch + b];
    };
    std::vector<double> u(s.hidden), v(s.hidden);
    const double* weights = in[kWeight2].data();
    for (size_t k = 0; k < s.size; k++) {
      const double sensitivity = at(kSensitivity, s.rows - s.size + k);
      for (double& sum : u) sum += *weights++ * sensitivity;
    }
    for (size_t h = 0; h < s.hidden; h++) {
      if (!(at(kSecond, h) > 0)) u[h] *= kSlope;
    }
    weights = in[kWeight1].data();
    for (const double factor : u) {
      for (double& sum : v) sum += *weights++ * factor;
    }
    weights = in[kWeight0].data();
    for (size_t h = 0; h < s.hidden; h++) {
      v[h] *= 1 - at(kFirst, h) * at(kFirst, h);
      for (size_t p = 0; p < s.parents; p++) {
        result[p * s.batch + b] += *weights++ * v[h];
      }
    }
  }
  return result;
}

// Returns the sum over parents of `weight` times the mean of |J| over the
// batch.
double weighted(const Shape& s, const std::vector<double>& j,
                const std::vector<double>& weight) {
  double total = 0;
  for (size_t i = 0; i < j.size(); i++) {
    total += weight[i / s.batch] * std::abs(j[i]) / double(s.batch);
  }
  return total;
}

bool same_signs(const std::vector<double>& a, const std::vector<double>& b) {
  for (size_t i = 0; i < a.size(); i++) {
    if ((a[i] > 0) != (b[i] > 0)) return false;
  }
  return true;
}

// One program that computes both results.
struct Fixture {
  Shape shape;
  PlanBuilder plan;
  std::vector<uint64_t> in;
  uint64_t up, mean, slope;
  size_t groups, means, slopes;

  explicit Fixture(const Shape& s) : shape(s), groups(s.runs * s.latents) {
    const auto lengths = lengths_of(s);
    slopes = 0;
    for (size_t i = 0; i < lengths.size(); i++) {
      in.push_back(plan.place(IL_DATA, groups * lengths[i]));
      if (i != kSecond) slopes += groups * lengths[i];
    }
    means = groups * s.parents;
    up = plan.place(IL_DATA, means);
    mean = plan.place(IL_ACTIVATIONS, means);
    slope = plan.place(IL_ACTIVATIONS, slopes);
    for (const bool gradient : {false, true}) {
      plan.kernel(gradient ? "meanAbsJacobianGrad" : "meanAbsJacobian", "flow")
          .writes(IL_ACTIVATIONS, gradient ? slope : mean,
                  gradient ? slopes : means);
      for (size_t i = 0; i < in.size(); i++) {
        plan.reads(IL_DATA, in[i], groups * lengths[i]);
      }
      if (gradient) plan.reads(IL_DATA, up, means);
      plan.integers({int64_t(s.runs), int64_t(s.latents), int64_t(s.parents),
                     int64_t(s.size), int64_t(s.hidden), int64_t(s.batch),
                     int64_t(s.rows)})
          .floats({kSlope});
    }
  }

  // Returns the slab of activations.
  std::vector<float> run(const std::vector<std::vector<float>>& inputs,
                         const std::vector<float>& upstream,
                         uint32_t threads) const {
    Loaded program(plan.bytes(), threads);
    CHECK_MESSAGE(program.outcome().code.empty(), program.outcome().message);
    for (size_t i = 0; i < in.size(); i++) {
      program.upload(IL_DATA, in[i], inputs[i]);
    }
    program.upload(IL_DATA, up, upstream);
    const uint64_t slab = plan.slab_sizes()[IL_ACTIVATIONS];
    program.fill(IL_ACTIVATIONS, slab, kSentinel);
    program.run(0, 1);
    return program.download(IL_ACTIVATIONS, 0, slab);
  }

  // Returns the offset of the gradient by one input of a group.
  uint64_t slope_at(size_t group, size_t input) const {
    const auto lengths = lengths_of(shape);
    uint64_t at = slope + group / shape.latents * (slopes / shape.runs);
    for (size_t i = 0; i < input; i++) {
      if (i != kSecond) at += shape.latents * lengths[i];
    }
    return at + group % shape.latents * lengths[input];
  }
};

std::vector<std::vector<float>> random_inputs(const Fixture& fixture,
                                              Numbers& numbers) {
  std::vector<std::vector<float>> inputs;
  for (const size_t length : lengths_of(fixture.shape)) {
    inputs.push_back(numbers.floats(fixture.groups * length, -1, 1));
  }
  return inputs;
}

void check_shape(const Shape& s) {
  const Fixture fixture(s);
  Numbers numbers(uint64_t(s.batch * 31 + s.hidden));
  const auto inputs = random_inputs(fixture, numbers);
  const auto upstream = numbers.floats(fixture.means, -1, 1);
  const auto values = fixture.run(inputs, upstream, 1);
  CHECK(values == fixture.run(inputs, upstream, 2));
  for (uint64_t i = 0; i < values.size(); i++) {
    const bool in_mean = i >= fixture.mean && i - fixture.mean < fixture.means;
    const bool in_slope =
        i >= fixture.slope && i - fixture.slope < fixture.slopes;
    if (!in_mean && !in_slope) CHECK(values[i] == kSentinel);
  }
  const auto lengths = lengths_of(s);
  double worst = 0;
  double worst_slope = 0;
  size_t skipped = 0;
  for (size_t group = 0; group < fixture.groups; group++) {
    Inputs group_inputs;
    for (size_t i = 0; i < inputs.size(); i++) {
      const auto start = inputs[i].begin() + int64_t(group * lengths[i]);
      group_inputs.emplace_back(start, start + int64_t(lengths[i]));
    }
    const auto j = jacobian(s, group_inputs);
    std::vector<double> weight;
    for (size_t p = 0; p < s.parents; p++) {
      std::vector<double> one(s.parents, 0.0);
      one[p] = 1;
      const double expected = weighted(s, j, one);
      const size_t at = fixture.mean + group * s.parents + p;
      worst = std::max(worst, std::abs(double{values[at]} - expected) /
                                  std::max(1.0, expected));
      weight.push_back(double{upstream[group * s.parents + p]});
    }
    for (size_t i = 0; i < group_inputs.size(); i++) {
      if (i == kSecond) continue;
      // A few elements of every row are enough for large inputs.
      const size_t stride = lengths[i] / 150 + 1;
      for (size_t e = 0; e < lengths[i]; e += stride) {
        constexpr double h = 1e-5;
        const double saved = group_inputs[i][e];
        group_inputs[i][e] = saved + h;
        const auto above = jacobian(s, group_inputs);
        group_inputs[i][e] = saved - h;
        const auto below = jacobian(s, group_inputs);
        group_inputs[i][e] = saved;
        if (!same_signs(above, below)) {
          skipped++;
          continue;
        }
        const double expected =
            (weighted(s, above, weight) - weighted(s, below, weight)) / (2 * h);
        const double actual = double{values[fixture.slope_at(group, i) + e]};
        const double error =
            std::abs(actual - expected) / std::max(1.0, std::abs(expected));
        worst_slope =
            std::isnan(error) ? INFINITY : std::max(worst_slope, error);
      }
    }
  }
  std::printf(
      "runs %zu latents %zu parents %2zu size %2zu hidden %2zu batch %3zu: "
      "worst %.2g, gradient %.2g (%zu at kinks)\n",
      s.runs, s.latents, s.parents, s.size, s.hidden, s.batch, worst,
      worst_slope, skipped);
  CHECK(worst < 1e-5);
  CHECK(worst_slope < 1e-5);
  CHECK(skipped < 5);
}

// Where J is 0 the gradient is 0. NaN is propagated.
void check_zeros() {
  const Shape s = {1, 1, 2, 3, 4, 35, 4};
  const Fixture fixture(s);
  Numbers numbers(3);
  auto inputs = random_inputs(fixture, numbers);
  const std::vector<float> upstream(fixture.means, 1.0f);
  std::fill(inputs[kSensitivity].begin(), inputs[kSensitivity].end(), 0.0f);
  auto values = fixture.run(inputs, upstream, 1);
  for (size_t i = 0; i < fixture.means; i++) {
    CHECK(values[fixture.mean + i] == 0);
  }
  for (size_t i = 0; i < fixture.slopes; i++) {
    CHECK(values[fixture.slope + i] == 0);
  }
  inputs[kSensitivity][2 * s.batch + 1] = std::nanf("");
  values = fixture.run(inputs, upstream, 1);
  CHECK(std::isnan(values[fixture.mean]));
  CHECK(std::isnan(values[fixture.slope_at(0, kWeight1)]));
  CHECK(std::isnan(values[fixture.slope_at(0, kFirst) + 1]));
  CHECK(values[fixture.slope_at(0, kFirst) + 2] == 0);
}

void check_refused(size_t integer, int64_t value, const std::string& message) {
  Fixture fixture({1, 1, 2, 3, 4, 5, 3});
  fixture.plan.entries()[0].kernels[1].integers[integer] = value;
  const Loaded program(fixture.plan.bytes());
  CHECK_MESSAGE(
      program.outcome().code == "invalid-plan" &&
          program.outcome().message.find(message) != std::string::npos,
      program.outcome().message);
}

}  // namespace
}  // namespace interlatent::testing

int main() {
  using namespace interlatent::testing;
  check_shape({1, 1, 1, 1, 1, 1, 1});
  check_shape({2, 3, 3, 2, 5, 7, 3});
  check_shape({1, 2, 17, 9, 16, 131, 9});
  if (!kSanitized) check_shape({1, 4, 4, 15, 16, 256, 16});
  check_shape({1, 1, 37, 3, 23, 33, 5});
  // The largest supported network.
  check_shape({1, 1, 3, 2, 49, 32, 2});
  check_zeros();
  check_refused(4, 100, "too large");
  check_refused(6, 2, "rows");
  check_refused(5, 1000, "elements");
  return summary("jacobian");
}
