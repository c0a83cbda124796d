// Compares every element-wise instruction, as the loops of this machine compute
// it, with double precision: over the range of float for one operand, over
// random and special values for two and three operands. Bounds are in units in
// the last place.
#include <bit>
#include <cmath>
#include <functional>
#include <limits>

#include "check.h"
#include "plan_builder.h"

namespace interlatent::testing {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

// Runs a map with one instruction.
std::vector<float> execute(int opcode,
                           const std::vector<std::vector<float>>& operands,
                           const std::vector<double>& immediates) {
  const auto n = static_cast<int64_t>(operands[0].size());
  const auto inputs = static_cast<int64_t>(operands.size());
  PlanBuilder plan;
  const uint64_t out = plan.place(IL_ACTIVATIONS, uint64_t(n));
  plan.kernel("map", "instruction").writes(IL_ACTIVATIONS, out, uint64_t(n));
  std::vector<uint64_t> offsets;
  for (size_t i = 0; i < operands.size(); i++) {
    offsets.push_back(plan.place(IL_DATA, uint64_t(n)));
    plan.reads(IL_DATA, offsets.back(), uint64_t(n));
  }
  plan.integers({1, n, 1, inputs, 1});
  for (int64_t i = 0; i < inputs; i++) plan.integers({1});
  plan.integers({inputs + 1, 1, opcode, inputs, 0, inputs > 1 ? 1 : -1,
                 inputs > 2 ? 2 : -1, immediates.empty() ? -1 : 0, inputs});
  plan.floats(immediates);
  Loaded program(plan.bytes());
  CHECK_MESSAGE(program.outcome().code.empty(), program.outcome().message);
  for (size_t i = 0; i < operands.size(); i++) {
    program.upload(IL_DATA, offsets[i], operands[i]);
  }
  const Outcome outcome = program.run(0, 1);
  CHECK_MESSAGE(outcome.code.empty(), outcome.message);
  return program.download(IL_ACTIVATIONS, out, uint64_t(n));
}

// Returns the distance in units in the last place of the expected value.
// Subnormal results use the unit of the smallest normal number.
double distance(float actual, double expected) {
  if (std::isnan(expected)) return std::isnan(actual) ? 0 : kInfinity;
  const auto rounded = static_cast<float>(expected);
  if (actual == rounded) return 0;
  if (std::isinf(actual) || std::isinf(rounded) || std::isnan(actual)) {
    return kInfinity;
  }
  const double size =
      std::max(std::abs(expected), double{std::numeric_limits<float>::min()});
  const double ulp = std::ldexp(1.0, std::ilogb(size) - 23);
  return std::abs(double{actual} - expected) / ulp;
}

std::vector<float> all_floats() {
  std::vector<float> values = {0.0f,
                               -0.0f,
                               1.0f,
                               -1.0f,
                               0.5f,
                               0.125f,
                               0.625f,
                               kInfinity,
                               -kInfinity,
                               kNaN,
                               -kNaN,
                               std::numeric_limits<float>::min(),
                               std::numeric_limits<float>::denorm_min(),
                               std::numeric_limits<float>::max(),
                               std::numeric_limits<float>::lowest(),
                               0x1.fffffep-1f,
                               0x1.000002p0f};
  const uint64_t stride = kSanitized ? 1000003 : 10007;
  for (uint64_t bits = 0; bits < uint64_t{1} << 32; bits += stride) {
    values.push_back(std::bit_cast<float>(static_cast<uint32_t>(bits)));
  }
  // Sample the middle of the range, where training happens, more densely.
  for (int i = -200000; i <= 200000; i += kSanitized ? 97 : 1) {
    values.push_back(static_cast<float>(i) * 1e-4f);
  }
  return values;
}

struct Unary {
  const char* name;
  int opcode;
  double bound;  // in units in the last place
  std::vector<double> immediates;
  std::function<double(double)> expected;
};

double phi(double x) { return 0.5 * std::erfc(-x * std::sqrt(0.5)); }

// Returns f that maps NaN to NaN; comparisons in double would lose NaN.
std::function<double(double)> passing(std::function<double(double)> f) {
  return [f](double x) { return std::isnan(x) ? x : f(x); };
}

void check_unary() {
  const double slope = static_cast<double>(0.2f);
  const Unary rows[] = {
      {"copy", 1, 0, {}, [](double x) { return x; }},
      {"neg", 2, 0, {}, [](double x) { return -x; }},
      {"abs", 3, 0, {}, [](double x) { return std::abs(x); }},
      {"sign", 4, 0, {}, passing([](double x) { return (x > 0) - (x < 0); })},
      {"exp", 5, 1.0, {}, [](double x) { return std::exp(x); }},
      {"log", 6, 1.0, {}, [](double x) { return std::log(x); }},
      {"log1p", 7, 2.5, {}, [](double x) { return std::log1p(x); }},
      {"tanh", 8, 2.0, {}, [](double x) { return std::tanh(x); }},
      {"sigmoid", 9, 2.5, {}, [](double x) { return 1 / (1 + std::exp(-x)); }},
      {"sqrt", 10, 0.51, {}, [](double x) { return std::sqrt(x); }},
      {"square", 11, 0.51, {}, [](double x) { return x * x; }},
      {"reciprocal", 12, 0.51, {}, [](double x) { return 1 / x; }},
      {"erf", 13, 2.5, {}, [](double x) { return std::erf(x); }},
      {"normalCdf", 14, 7.0, {}, phi},
      {"softplus", 16, 3.5, {}, passing([](double x) {
         return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x)));
       })},
      {"leakyRelu",
       17,
       0.51,
       {0.2},
       [slope](double x) { return x > 0 ? x : slope * x; }},
      {"step", 18, 0, {}, passing([](double x) { return x > 0; })},
      {"leakyStep", 19, 0, {0.2}, passing([slope](double x) {
         return x > 0 ? 1 : slope;
       })},
      {"clamp", 20, 0, {-0.5, 2.25}, passing([](double x) {
         return std::min(std::max(x, -0.5), 2.25);
       })},
      {"inside", 21, 0, {-0.5, 2.25}, passing([](double x) {
         return x > -0.5 && x < 2.25;
       })},
      {"addImm", 31, 0.51, {0.75}, [](double x) { return x + 0.75; }},
      {"mulImm", 32, 0.51, {0.75}, [](double x) { return x * 0.75; }},
      {"floor", 33, 0, {}, [](double x) { return std::floor(x); }},
      {"expm1", 34, 1.5, {}, [](double x) { return std::expm1(x); }},
  };
  const std::vector<float> values = all_floats();
  for (const Unary& row : rows) {
    const std::vector<float> results =
        execute(row.opcode, {values}, row.immediates);
    double worst = 0;
    float at = 0;
    for (size_t i = 0; i < values.size(); i++) {
      const double error =
          distance(results[i], row.expected(double{values[i]}));
      if (error > worst) {
        worst = error;
        at = values[i];
      }
    }
    std::printf("%-14s worst %.3g ulp at %.9g\n", row.name, worst, double{at});
    CHECK_MESSAGE(worst <= row.bound, std::string(row.name) + " is " +
                                          std::to_string(worst) +
                                          " ulp off at " + std::to_string(at));
  }
}

// Checks the quantile through the distribution: (cdf(x) - p) / density(x) is
// the error in x.
void check_quantile() {
  std::vector<float> values;
  for (uint32_t bits = 1; bits < 0x3f800000u;
       bits += kSanitized ? 99991 : 997) {
    values.push_back(std::bit_cast<float>(bits));
  }
  for (int i = 1; i < 100000; i += kSanitized ? 97 : 1) {
    values.push_back(static_cast<float>(i) * 1e-5f);
    values.push_back(1.0f - static_cast<float>(i) * 0x1p-24f);
  }
  const std::vector<float> results = execute(15, {values}, {});
  double worst = 0;
  float at = 0;
  for (size_t i = 0; i < values.size(); i++) {
    const double x = double{results[i]};
    const double p = double{values[i]};
    // Use the smaller tail for precision; x keeps its sign.
    const double miss = p < 0.5 ? phi(x) - p : (1 - p) - phi(-x);
    const double density = std::exp(-0.5 * x * x) / std::sqrt(2 * M_PI);
    const double scale = std::max(std::abs(x), 1e-6);
    const double error = std::abs(miss) / density / scale / 0x1p-24;
    if (p >= 1e-37 && error > worst) {
      worst = error;
      at = values[i];
    }
    if (std::isnan(results[i])) worst = kInfinity;
  }
  std::printf("%-14s worst %.3g half-ulp at %.9g\n", "normalQuantile", worst,
              double{at});
  CHECK(worst <= 10);
  const std::vector<float> ends =
      execute(15, {{0.0f, 1.0f, -0.1f, 1.5f, kNaN, 0.5f}}, {});
  CHECK(ends[0] == -kInfinity);
  CHECK(ends[1] == kInfinity);
  CHECK(std::isnan(ends[2]) && std::isnan(ends[3]) && std::isnan(ends[4]));
  CHECK(ends[5] == 0.0f);
}

struct Several {
  const char* name;
  int opcode;
  std::function<double(double, double, double)> expected;
};

void check_several() {
  const Several rows[] = {
      {"add", 22, [](double x, double y, double) { return x + y; }},
      {"sub", 23, [](double x, double y, double) { return x - y; }},
      {"mul", 24, [](double x, double y, double) { return x * y; }},
      {"div", 25, [](double x, double y, double) { return x / y; }},
      {"max", 26,
       [](double x, double y, double) {
         return std::isnan(x) || std::isnan(y) ? NAN : std::max(x, y);
       }},
      {"min", 27,
       [](double x, double y, double) {
         return std::isnan(x) || std::isnan(y) ? NAN : std::min(x, y);
       }},
      {"greater", 28,
       [](double x, double y, double) {
         return std::isnan(x) || std::isnan(y) ? NAN : double(x > y);
       }},
      {"select", 29,
       [](double x, double y, double z) {
         return std::isnan(x) ? NAN : (x != 0 ? y : z);
       }},
      {"fma", 30, [](double x, double y, double z) { return x * y + z; }},
  };
  const float special[] = {0.0f,      -0.0f,      1.0f, -2.5f,
                           kInfinity, -kInfinity, kNaN};
  std::vector<std::vector<float>> operands(3);
  for (const float x : special) {
    for (const float y : special) {
      for (const float z : special) {
        operands[0].push_back(x);
        operands[1].push_back(y);
        operands[2].push_back(z);
      }
    }
  }
  Numbers numbers(5);
  for (int i = 0; i < 5000; i++) {
    for (auto& operand : operands) {
      operand.push_back(static_cast<float>(numbers.uniform(-4, 4)));
    }
  }
  for (const Several& row : rows) {
    const bool three = row.opcode >= 29;
    const std::vector<float> results = execute(
        row.opcode, {operands.begin(), operands.begin() + (three ? 3 : 2)}, {});
    double worst = 0;
    for (size_t i = 0; i < results.size(); i++) {
      worst = std::max(
          worst, distance(results[i], row.expected(double{operands[0][i]},
                                                   double{operands[1][i]},
                                                   double{operands[2][i]})));
    }
    CHECK_MESSAGE(worst <= 0.51, std::string(row.name) + " is " +
                                     std::to_string(worst) + " ulp off");
  }
  const std::vector<float> constant = execute(0, {{1.0f, kNaN}}, {1.5});
  CHECK(constant[0] == 1.5f && constant[1] == 1.5f);
}

}  // namespace
}  // namespace interlatent::testing

int main() {
  using namespace interlatent::testing;
  check_unary();
  check_quantile();
  check_several();
  return summary("instructions");
}
