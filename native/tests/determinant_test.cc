// Compares log|det A|, its gradient and the sign with elimination in double
// precision, whose gradient is compared with finite differences. Covers well-
// and ill-conditioned, singular and non-finite matrices, batches with
// remainders, sentinels, and the same bits with one thread and with two.
#include <algorithm>
#include <cmath>
#include <vector>

#include "check.h"
#include "plan_builder.h"

namespace interlatent::testing {
namespace {

constexpr float kSentinel = -99.0f;
const double kLogFloor = std::log(1e-8);
using Matrix = std::vector<double>;

struct Result {
  double log;
  double sign;
  Matrix inverse;
};

// Inverts with complete pivoting on [A | I].
Result reference(Matrix a, size_t d) {
  Matrix b(d * d, 0.0);
  for (size_t i = 0; i < d; i++) b[i * d + i] = 1;
  Result result{0, 1, Matrix(d * d, 0.0)};
  std::vector<size_t> column(d);
  for (size_t i = 0; i < d; i++) column[i] = i;
  for (size_t k = 0; k < d; k++) {
    size_t row = k;
    size_t best = k;
    for (size_t i = k; i < d; i++) {
      for (size_t j = k; j < d; j++) {
        if (std::abs(a[i * d + j]) > std::abs(a[row * d + best])) {
          row = i;
          best = j;
        }
      }
    }
    if ((row != k) != (best != k)) result.sign = -result.sign;
    std::swap(column[k], column[best]);
    for (size_t j = 0; j < d; j++) {
      std::swap(a[k * d + j], a[row * d + j]);
      std::swap(b[k * d + j], b[row * d + j]);
    }
    for (size_t i = 0; i < d; i++) std::swap(a[i * d + k], a[i * d + best]);
    const double pivot = a[k * d + k];
    result.log += std::log(std::abs(pivot));
    if (pivot < 0) result.sign = -result.sign;
    for (size_t j = 0; j < d; j++) {
      a[k * d + j] /= pivot;
      b[k * d + j] /= pivot;
    }
    for (size_t i = 0; i < d; i++) {
      const double factor = a[i * d + k];
      for (size_t j = 0; i != k && j < d; j++) {
        a[i * d + j] -= factor * a[k * d + j];
        b[i * d + j] -= factor * b[k * d + j];
      }
    }
  }
  for (size_t i = 0; i < d; i++) {
    for (size_t j = 0; j < d; j++)
      result.inverse[column[i] * d + j] = b[i * d + j];
  }
  return result;
}

// Returns a matrix with singular values from 1 down to 1 / condition, between
// two random rotations.
std::vector<float> matrix_of(Numbers& numbers, size_t d, double condition) {
  Matrix a(d * d, 0.0);
  for (size_t i = 0; i < d; i++) {
    const double share = d == 1 ? 0 : double(i) / double(d - 1);
    a[i * d + i] = std::pow(condition, -share);
  }
  for (const bool rows : {true, false}) {
    for (int reflection = 0; reflection < 3; reflection++) {
      Matrix v(d);
      double square = 0;
      for (double& x : v) {
        x = numbers.uniform(-1, 1);
        square += x * x;
      }
      for (size_t line = 0; line < d; line++) {
        const auto at = [&](size_t i) -> double& {
          return rows ? a[i * d + line] : a[line * d + i];
        };
        double product = 0;
        for (size_t i = 0; i < d; i++) product += v[i] * at(i);
        for (size_t i = 0; i < d; i++) at(i) -= 2 * product / square * v[i];
      }
    }
  }
  std::vector<float> result;
  for (const double x : a) result.push_back(static_cast<float>(x));
  return result;
}

// A program that computes all three results.
struct Fixture {
  size_t groups, d, batch;
  double log_floor = kLogFloor;
  PlanBuilder plan;
  uint64_t in, up, log, slope, sign;

  Fixture(size_t group_count, size_t size, size_t batch_size, double floor)
      : groups(group_count), d(size), batch(batch_size), log_floor(floor) {
    const size_t single = groups * batch;
    const size_t full = single * d * d;
    in = plan.place(IL_DATA, full);
    up = plan.place(IL_DATA, single);
    log = plan.place(IL_ACTIVATIONS, single);
    slope = plan.place(IL_ACTIVATIONS, full);
    sign = plan.place(IL_ACTIVATIONS, single);
    const std::vector<int64_t> ints = {int64_t(groups), int64_t(d),
                                       int64_t(batch)};
    plan.kernel("logAbsDet", "log")
        .writes(IL_ACTIVATIONS, log, single)
        .reads(IL_DATA, in, full)
        .integers(ints)
        .floats({log_floor});
    plan.kernel("logAbsDetGrad", "slope")
        .writes(IL_ACTIVATIONS, slope, full)
        .reads(IL_DATA, in, full)
        .reads(IL_DATA, up, single)
        .integers(ints)
        .floats({log_floor});
    plan.kernel("detSign", "sign")
        .writes(IL_ACTIVATIONS, sign, single)
        .reads(IL_DATA, in, full)
        .integers(ints);
  }

  // Takes matrices in sequence, row-major, and returns the activations.
  std::vector<float> run(const std::vector<std::vector<float>>& matrices,
                         const std::vector<float>& upstream, uint32_t threads) {
    Loaded program(plan.bytes(), threads);
    CHECK_MESSAGE(program.outcome().code.empty(), program.outcome().message);
    std::vector<float> laid(groups * batch * d * d);
    for (size_t m = 0; m < matrices.size(); m++) {
      for (size_t e = 0; e < d * d; e++) laid[at(m, e)] = matrices[m][e];
    }
    program.upload(IL_DATA, in, laid);
    program.upload(IL_DATA, up, upstream);
    const uint64_t slab = plan.slab_sizes()[IL_ACTIVATIONS];
    program.fill(IL_ACTIVATIONS, slab, kSentinel);
    program.run(0, 1);
    return program.download(IL_ACTIVATIONS, 0, slab);
  }

  size_t at(size_t m, size_t e) const {
    return (m / batch * d * d + e) * batch + m % batch;
  }
};

void check_shape(size_t groups, size_t d, size_t batch, double condition) {
  Fixture fixture(groups, d, batch, std::log(1e-300));
  Numbers numbers(uint64_t(7 * d + batch));
  const size_t count = groups * batch;
  std::vector<std::vector<float>> matrices;
  for (size_t m = 0; m < count; m++) {
    matrices.push_back(matrix_of(numbers, d, condition));
  }
  const auto upstream = numbers.floats(count, -1, 1);
  const auto values = fixture.run(matrices, upstream, 1);
  CHECK(values == fixture.run(matrices, upstream, 2));
  const size_t full = count * d * d;
  for (size_t i = 0; i < values.size(); i++) {
    const auto within = [i](uint64_t start, size_t size) {
      return i >= start && i < start + size;
    };
    if (!within(fixture.log, count) && !within(fixture.slope, full) &&
        !within(fixture.sign, count)) {
      CHECK(values[i] == kSentinel);
    }
  }
  double worst_log = 0;
  double worst_slope = 0;
  for (size_t m = 0; m < count; m++) {
    const Matrix a(matrices[m].begin(), matrices[m].end());
    const Result expected = reference(a, d);
    const double log = double{values[fixture.log + m]};
    const double error = std::abs(log - expected.log);
    worst_log = std::isnan(error) ? INFINITY : std::max(worst_log, error);
    CHECK(double{values[fixture.sign + m]} == expected.sign);
    double size = 0;
    for (const double x : expected.inverse) size = std::max(size, std::abs(x));
    size *= std::abs(double{upstream[m]});
    for (size_t e = 0; e < d * d; e++) {
      const double actual = double{values[fixture.slope + fixture.at(m, e)]};
      const double slope =
          expected.inverse[e % d * d + e / d] * double{upstream[m]};
      const double off = std::abs(actual - slope) / size;
      worst_slope = std::isnan(off) ? INFINITY : std::max(worst_slope, off);
    }
  }
  std::printf(
      "groups %3zu d %2zu batch %3zu condition %7.0e: log %.1e slope %.1e\n",
      groups, d, batch, condition, worst_log, worst_slope);
  // docs/explanation/kernels.md states this bound.
  const double bound = 1e-6 * std::sqrt(double(d)) + 2e-7 * condition;
  CHECK_MESSAGE(worst_log < bound, "log is " + std::to_string(worst_log));
  CHECK_MESSAGE(worst_slope < bound, "slope is " + std::to_string(worst_slope));
}

// Checks the inverse in double precision itself.
void check_reference() {
  Numbers numbers(1);
  for (const size_t d : {1, 2, 3, 4, 7}) {
    const auto values = matrix_of(numbers, d, 10);
    const Matrix a(values.begin(), values.end());
    const Result result = reference(a, d);
    for (size_t e = 0; e < d * d; e++) {
      const auto slope = [&](double h) {
        Matrix up = a;
        Matrix down = a;
        up[e] += h;
        down[e] -= h;
        return (reference(up, d).log - reference(down, d).log) / (2 * h);
      };
      const double h = 1e-4;
      const double expected = (4 * slope(h / 2) - slope(h)) / 3;
      CHECK_NEAR(result.inverse[e % d * d + e / d], expected, 1e-7, 1e-7);
    }
  }
}

// Checks values below the floor: log f - 1 + |det| / f, and the slope sign(det)
// cofactor / f.
void check_floor() {
  for (const size_t d : {1, 2, 3, 4, 5, 9}) {
    std::vector<float> zero(d * d, 0.0f);
    std::vector<float> near(d * d, 0.0f);
    for (size_t i = 0; i < d; i++) near[i * d + i] = 1;
    std::vector<float> deficient = near;  // rank d - 1
    near[0] = -5e-9f;
    deficient[0] = 0;
    std::vector<float> broken = near;
    broken[d * d - 1] = std::nanf("");
    std::vector<float> infinite = near;
    infinite[d * d - 1] = INFINITY;
    Fixture fixture(1, d, 5, kLogFloor);
    const auto values = fixture.run({zero, near, deficient, broken, infinite},
                                    {1, 2, 3, 1, 1}, 1);
    const auto log = [&](size_t m) { return double{values[fixture.log + m]}; };
    const auto slope = [&](size_t m, size_t e) {
      return double{values[fixture.slope + fixture.at(m, e)]};
    };
    const auto sign = [&](size_t m) { return values[fixture.sign + m]; };
    CHECK_NEAR(log(0), kLogFloor - 1, 1e-6, 0);
    CHECK_NEAR(log(1), kLogFloor - 0.5, 1e-6, 0);
    CHECK_NEAR(log(2), kLogFloor - 1, 1e-6, 0);
    CHECK(sign(0) == 0 && sign(1) == -1 && sign(2) == 0);
    CHECK_NEAR(slope(1, 0), -2e8, 1e-5, 0);
    CHECK_NEAR(slope(2, 0), 3e8, 1e-5, 0);
    for (size_t e = 0; e < d * d; e++) {
      CHECK(d == 1 || slope(0, e) == 0);
      const bool diagonal = e % (d + 1) == 0;
      if (e > 0) CHECK_NEAR(slope(1, e), diagonal ? 1.0 : 0.0, 1e-5, 0);
      if (e > 0) CHECK_NEAR(slope(2, e), 0, 0, 1e-5);
    }
    for (const size_t m : {size_t{3}, size_t{4}}) {
      CHECK(!std::isfinite(log(m)));
      bool spoilt = false;
      for (size_t e = 0; e < d * d; e++) spoilt |= !std::isfinite(slope(m, e));
      CHECK(spoilt || m == 4);
    }
    CHECK(std::isnan(sign(3)));
  }
}

// Checks ranks far below d, where elimination divides only by replaced pivots.
void check_ranks() {
  for (const size_t d : {2, 3, 4, 16, 64}) {
    std::vector<float> shift(d * d, 0.0f);  // ones above the diagonal
    for (size_t i = 0; i + 1 < d; i++) shift[i * d + i + 1] = 1;
    std::vector<float> ones(d * d, 1.0f);
    std::vector<float> third(d * d);  // rank 1, with rounding
    for (size_t e = 0; e < d * d; e++) {
      third[e] = float(e / d + 1) / 3 * (float(e % d) - 0.7f);
    }
    Fixture fixture(1, d, 3, kLogFloor);
    const auto values =
        fixture.run({shift, ones, third}, std::vector<float>(3, 1.0f), 1);
    for (size_t m = 0; m < 3; m++)
      CHECK(std::isfinite(values[fixture.log + m]));
    for (size_t e = 0; e < 3 * d * d; e++) {
      CHECK(std::isfinite(values[fixture.slope + e]));
    }
  }
}

void check_refusals() {
  Fixture large(1, 65, 1, kLogFloor);
  CHECK(Loaded(large.plan.bytes()).outcome().code == "invalid-plan");
  Fixture floor(1, 2, 1, 0.5);
  CHECK(Loaded(floor.plan.bytes()).outcome().code == "invalid-plan");
}

}  // namespace
}  // namespace interlatent::testing

int main() {
  using namespace interlatent::testing;
  check_reference();
  check_floor();
  check_ranks();
  check_refusals();
  const bool on_cpu = backend_under_test() == il_cpu_backend();
  for (const double condition : {1.0, 1e2, 1e4, 1e5}) {
    if ((kSanitized || !on_cpu) && condition != 1e4) continue;
    check_shape(1, 1, 1, condition);
    check_shape(3, 2, 37, condition);
    check_shape(2, 3, 64, condition);
    check_shape(70, 4, 1, condition);
    check_shape(2, 5, 131, condition);
    check_shape(5, 8, 7, condition);
    check_shape(1, 16, 40, condition);
    check_shape(3, 33, 5, condition);
    check_shape(2, 64, 17, condition);
  }
  return summary("determinant");
}
