// Compares matmul with double precision: sizes 1, primes and powers of two, all
// transposes, padded rows, broadcast batches, bias, activations, and sentinels
// around the result. In float32, one thread and two must give the same bits. A
// device is also tested in TF32 and bfloat16, against double precision of the
// factors as rounded here, and with three products of TF32, against double
// precision of the exact factors.
#include <cmath>
#include <cstdlib>
#include <cstring>

#include "check.h"
#include "plan_builder.h"

namespace interlatent::testing {
namespace {

constexpr float kSentinel = 4321.0f;

struct Product {
  int64_t m, n, k;
  bool a_transposed, b_transposed;
  int64_t padding;        // extra elements per row of every matrix
  int64_t outer, inner;   // two batch dimensions
  bool share_a, share_b;  // along the outer dimension
  bool bias;
  int64_t activation;
  bool sums;
};

struct Matrix {
  int64_t rows, columns, ld, size;
  Matrix(int64_t r, int64_t c, int64_t padding)
      : rows(r), columns(c), ld(c + padding), size(r * (c + padding)) {}
};

// Rounds to `bits` significant bits, ties to even.
double to_bits(double x, int bits) {
  int exponent = 0;
  const double fraction = std::frexp(x, &exponent);
  return std::ldexp(std::nearbyint(std::ldexp(fraction, bits)),
                    exponent - bits);
}

double rounded(double x, il_matmul_precision precision) {
  if (precision == IL_MATMUL_FLOAT32) return x;
  if (precision == IL_MATMUL_BFLOAT16) return to_bits(x, 8);
  // Ties are rounded away from zero. The factor moves ties up and changes no
  // other rounding.
  return to_bits(x * (1 + 0x1p-30), 11);
}

std::vector<double> rounded(const std::vector<float>& values,
                            il_matmul_precision precision) {
  std::vector<double> results;
  for (const float value : values) {
    results.push_back(rounded(double{value}, precision));
  }
  return results;
}

// Returns the allowed error of sums of rounded factors, in units of the sum of
// their absolute terms. Tensor cores truncate below the last bit of the largest
// term, where float32 would round.
double accuracy(int64_t k, il_matmul_precision precision) {
  if (precision != IL_MATMUL_FLOAT32) return 1e-6;
  return k > 16 ? 4e-7 : 2e-7;
}

double activate(double x, int64_t activation, double saved) {
  if (activation == 1) return x > 0 ? x : double{0.2f} * x;
  if (activation == 2) return std::tanh(x);
  if (activation == 3) return saved > 0 ? x : double{0.2f} * x;
  return activation == 4 ? x * (1 - saved * saved) : x;
}

void check_product(const Product& p, il_matmul_precision precision) {
  const Matrix c(p.m, p.n, p.padding);
  const Matrix a(p.a_transposed ? p.k : p.m, p.a_transposed ? p.m : p.k,
                 p.padding);
  const Matrix b(p.b_transposed ? p.n : p.k, p.b_transposed ? p.k : p.n,
                 p.padding);
  const int64_t outer_a = p.share_a ? 1 : p.outer;
  const int64_t outer_b = p.share_b ? 1 : p.outer;
  PlanBuilder plan;
  const auto c_count = uint64_t(c.size * p.inner * p.outer);
  const auto a_count = uint64_t(a.size * p.inner * outer_a);
  const auto b_count = uint64_t(b.size * p.inner * outer_b);
  const auto bias_count = uint64_t(p.m * p.outer);
  const uint64_t at_c = plan.place(IL_ACTIVATIONS, c_count);
  const uint64_t at_a = plan.place(IL_PARAMETERS, a_count);
  const uint64_t at_b = plan.place(IL_DATA, b_count);
  const uint64_t at_bias = plan.place(IL_PARAMETERS, bias_count);
  const bool slope = p.activation > 2;
  const uint64_t at_saved = plan.place(IL_CONTROLS, c_count);
  const auto sums_count = uint64_t(p.m * p.inner * p.outer);
  const uint64_t at_sums = plan.place(IL_ACTIVATIONS, sums_count);
  plan.kernel("matmul", "product")
      .writes(IL_ACTIVATIONS, at_c, c_count)
      .reads(IL_PARAMETERS, at_a, a_count)
      .reads(IL_DATA, at_b, b_count);
  if (p.bias) plan.reads(IL_PARAMETERS, at_bias, bias_count);
  if (slope) plan.reads(IL_CONTROLS, at_saved, c_count);
  if (p.sums) plan.writes(IL_ACTIVATIONS, at_sums, sums_count);
  plan.integers({p.m,
                 p.n,
                 p.k,
                 p.a_transposed,
                 p.b_transposed,
                 c.ld,
                 a.ld,
                 b.ld,
                 p.activation,
                 p.bias,
                 slope ? c.ld : 0,
                 p.sums,
                 2,
                 p.outer,
                 p.inner,
                 c.size * p.inner,
                 c.size,
                 p.share_a ? 0 : a.size * p.inner,
                 a.size,
                 p.share_b ? 0 : b.size * p.inner,
                 b.size,
                 p.bias ? p.m : 0,
                 0,
                 slope ? c.size * p.inner : 0,
                 slope ? c.size : 0,
                 p.sums ? p.m * p.inner : 0,
                 p.sums ? p.m : 0})
      .floats({0.2});
  Numbers numbers(uint64_t(p.m * 1000003 + p.n * 1009 + p.k));
  const auto values_a = numbers.floats(a_count, -1, 1);
  const auto values_b = numbers.floats(b_count, -1, 1);
  const auto values_bias = numbers.floats(bias_count, -1, 1);
  const auto values_saved = numbers.floats(c_count, -1, 1);
  const auto rounded_a = rounded(values_a, precision);
  const auto rounded_b = rounded(values_b, precision);
  const uint64_t slab = plan.slab_sizes()[IL_ACTIVATIONS];
  std::vector<double> expected(slab, double{kSentinel});
  std::vector<double> size(slab, 0.0);
  for (int64_t o = 0; o < p.outer; o++) {
    for (int64_t q = 0; q < p.inner; q++) {
      for (int64_t i = 0; i < p.m; i++) {
        for (int64_t j = 0; j < p.n; j++) {
          double sum = p.bias ? double{values_bias[size_t(o * p.m + i)]} : 0.0;
          double magnitude = std::abs(sum);
          for (int64_t k = 0; k < p.k; k++) {
            const int64_t from_a =
                (p.share_a ? 0 : o) * a.size * p.inner + q * a.size +
                (p.a_transposed ? k * a.ld + i : i * a.ld + k);
            const int64_t from_b =
                (p.share_b ? 0 : o) * b.size * p.inner + q * b.size +
                (p.b_transposed ? j * b.ld + k : k * b.ld + j);
            const double term =
                rounded_a[size_t(from_a)] * rounded_b[size_t(from_b)];
            sum += term;
            magnitude += std::abs(term);
          }
          const size_t to =
              at_c + uint64_t((o * p.inner + q) * c.size + i * c.ld + j);
          const double saved = values_saved[size_t(to - at_c)];
          expected[to] = activate(sum, p.activation, saved);
          size[to] = magnitude;
          if (!p.sums) continue;
          const size_t row = at_sums + uint64_t((o * p.inner + q) * p.m + i);
          if (j == 0) expected[row] = 0;
          expected[row] += expected[to];
          size[row] += magnitude + std::abs(expected[to]);
        }
      }
    }
  }
  std::vector<float> first;
  const bool once = precision != IL_MATMUL_FLOAT32;
  for (const uint32_t threads :
       once ? std::vector<uint32_t>{1} : thread_counts()) {
    Loaded program(plan.bytes(), threads, backend_under_test(), precision);
    CHECK_MESSAGE(program.outcome().code.empty(), program.outcome().message);
    program.upload(IL_PARAMETERS, at_a, values_a);
    program.upload(IL_DATA, at_b, values_b);
    program.upload(IL_PARAMETERS, at_bias, values_bias);
    program.upload(IL_CONTROLS, at_saved, values_saved);
    program.fill(IL_ACTIVATIONS, slab, kSentinel);
    const Outcome outcome = program.run(0, 1);
    CHECK_MESSAGE(outcome.code.empty(), outcome.message);
    const auto results = program.download(IL_ACTIVATIONS, 0, slab);
    double worst = 0;
    for (uint64_t i = 0; i < slab; i++) {
      const double error = std::abs(double{results[i]} - expected[i]);
      // Sentinels have size 0, so they must be exact.
      const double bound =
          accuracy(p.k, precision) * size[i] + (size[i] > 0 ? 2e-7 : 0);
      worst = std::max(worst, error > bound ? error : 0.0);
      if (std::isnan(results[i])) worst = INFINITY;
    }
    CHECK_MESSAGE(
        worst == 0,
        "product " + std::to_string(p.m) + " x " + std::to_string(p.n) + " x " +
            std::to_string(p.k) + (p.a_transposed ? ", A transposed" : "") +
            (p.b_transposed ? ", B transposed" : "") + ", padding " +
            std::to_string(p.padding) + ", bias " + std::to_string(p.bias) +
            ", activation " + std::to_string(p.activation) + ", sums " +
            std::to_string(p.sums) + ", precision " +
            std::to_string(precision) + " is " + std::to_string(worst) +
            " off");
    if (threads == 1) first = results;
    CHECK(std::memcmp(first.data(), results.data(), slab * 4) == 0);
  }
}

// Checks sizes. In other precisions only every thirteenth case, which covers
// all kinds.
void check_sizes(il_matmul_precision precision) {
  // Sizes on both sides of the width of a vector; on a device, of a warp and a
  // tile.
  const bool on_cpu = backend_under_test() == il_cpu_backend();
  const auto all = on_cpu ? sizes({1, 2, 7, 16, 31, 64}, {1, 7, 16, 31})
                          : sizes({1, 7, 31, 64}, {1, 7, 16, 31});
  int variant = 0;
  for (const int64_t m : all) {
    for (const int64_t n : all) {
      for (const int64_t k : all) {
        for (int transposes = 0; transposes < 4; transposes++) {
          variant++;
          if (precision != IL_MATMUL_FLOAT32 && variant % 13 != 0) continue;
          const int64_t activation = variant % 5;
          check_product({m, n, k, (transposes & 1) != 0, (transposes & 2) != 0,
                         variant % 3 == 0 ? 3 : 0, variant % 2 + 1,
                         variant % 5 == 0 ? 2 : 1, variant % 7 == 0,
                         variant % 11 == 0, variant % 2 == 1 && activation < 3,
                         activation, variant % 4 == 0 && activation != 2},
                        precision);
        }
      }
    }
  }
}

// Checks every method and every cut: wide batches, gradients of one run, large
// matrices, tiles with a remainder.
void check_cuts(il_matmul_precision precision) {
  // Sizes beyond two of the largest tiles. Emulated kernels take a hundred
  // times as long. They get enough tiles, of one sum and of several cut sums,
  // for a device to choose the same methods.
  const bool on_cpu = backend_under_test() == il_cpu_backend();
  const int64_t m = on_cpu && !kSanitized ? 300 : 133;
  const int64_t n = kSanitized ? 270 : on_cpu ? 600 : 480;
  const int64_t k = kSanitized ? 40 : on_cpu ? 150 : 70;
  const int64_t batches = kSanitized ? 5 : on_cpu ? 40 : 12;
  const Product products[] = {
      {64, 1031, 64, false, false, 0, 1, 1, false, false, true, 1, true},
      {64, 512, 64, false, false, 0, 2, 1, false, true, true, 2, false},
      {64, 512, 64, true, false, 0, 2, 1, false, true, false, 3, true},
      {61, 777, 64, true, false, 0, 2, 1, false, true, false, 4, true},
      {64, 260, 20, true, false, 5, 3, 1, true, false, false, 0, true},
      {m, n, k, false, false, 0, 1, 1, false, false, true, 1, true},
      {m, n - 70, k, true, false, 1, 1, 1, false, false, true, 2, false},
      {m, n - 70, k, true, false, 1, 2, 1, false, false, false, 3, true},
      {67, 70, 500, false, true, 0, 1, 1, false, false, false, 0, true},
      {130, 20, 1024, false, true, 0, 1, 1, false, false, true, 1, false},
      {64, 1, 300, false, false, 0, 2, 2, true, false, true, 2, false},
      {6, 256, 64, false, false, 0, batches, 6, false, false, true, 0, false},
      {15, 16, 1000, false, true, 0, batches - batches / 4, 2, false, false,
       false, 0, true},
  };
  for (const Product& product : products) check_product(product, precision);
}

// Checks the rounding of ties, the largest number, subnormal numbers, infinity
// and NaN, each times one.
void check_rounding() {
  const std::vector<float> values = {
      1 + 0x1p-11f,   1 + 0x3p-11f,  -1 - 0x1p-11f, 1 + 0x1p-8f,
      1 + 0x3p-8f,    -1 - 0x1p-8f,  1 + 0x1p-12f,  1 - 0x1p-24f,
      1 + 0x1.8p-11f, 1 + 0x1.8p-8f, 0x1p-130f,     0x1.fffffep127f,
      -0.0f,          INFINITY,      -INFINITY,     NAN};
  const std::vector<float> tf32 = {1 + 0x1p-10f,
                                   1 + 0x1p-9f,
                                   -1 - 0x1p-10f,
                                   1 + 0x1p-8f,
                                   1 + 0x3p-8f,
                                   -1 - 0x1p-8f,
                                   1,
                                   1,
                                   1 + 0x1p-10f,
                                   1 + 0x1.8p-8f,
                                   0x1p-130f,
                                   INFINITY,
                                   0,
                                   INFINITY,
                                   -INFINITY,
                                   NAN};
  const std::vector<float> bfloat16 = {
      1,           1,         -1,       1, 1 + 0x1p-6f, -1,        1,  1, 1,
      1 + 0x1p-7f, 0x1p-130f, INFINITY, 0, INFINITY,    -INFINITY, NAN};
  const auto count = uint64_t(values.size());
  const auto rows = int64_t(count);
  for (const auto precision : {IL_MATMUL_TF32, IL_MATMUL_BFLOAT16}) {
    PlanBuilder plan;
    const uint64_t at_c = plan.place(IL_ACTIVATIONS, count);
    const uint64_t at_a = plan.place(IL_PARAMETERS, count);
    const uint64_t at_b = plan.place(IL_DATA, 1);
    plan.kernel("matmul", "rounded")
        .writes(IL_ACTIVATIONS, at_c, count)
        .reads(IL_PARAMETERS, at_a, count)
        .reads(IL_DATA, at_b, 1)
        .integers({rows, 1, 1, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0})
        .floats({0});
    Loaded program(plan.bytes(), 1, backend_under_test(), precision);
    program.upload(IL_PARAMETERS, at_a, values);
    program.upload(IL_DATA, at_b, std::vector<float>{1});
    CHECK(program.run(0, 1).code.empty());
    const auto results = program.download(IL_ACTIVATIONS, at_c, count);
    const auto& expected = precision == IL_MATMUL_TF32 ? tf32 : bfloat16;
    for (size_t i = 0; i < count; i++) {
      CHECK_MESSAGE(results[i] == expected[i] ||
                        (std::isnan(results[i]) && std::isnan(expected[i])),
                    std::to_string(values[i]) + " was rounded to " +
                        std::to_string(results[i]) + ", expected " +
                        std::to_string(expected[i]));
    }
  }
}

// Checks that a named library is used, refused if it does not exist, and
// ignored if it is turned off.
void check_cublaslt(const std::string& path) {
  PlanBuilder plan;
  plan.kernel("matmul", "product")
      .writes(IL_ACTIVATIONS, plan.place(IL_ACTIVATIONS, 4), 4)
      .reads(IL_PARAMETERS, plan.place(IL_PARAMETERS, 4), 4)
      .reads(IL_DATA, plan.place(IL_DATA, 4), 4)
      .integers({2, 2, 2, 0, 0, 2, 2, 2, 0, 0, 0, 0, 0})
      .floats({0});
  const auto described = [&] {
    Loaded program(plan.bytes());
    return std::string(backend_under_test()->describe(program.program()));
  };
  CHECK(described().find("\"products\":1") != std::string::npos);
  setenv("INTERLATENT_CUBLASLT_PATH", "off", 1);
  CHECK(described().find("\"cublasLt\":null") != std::string::npos);
  // A requested library that does not exist is an error, even though products
  // could be computed without it.
  setenv("INTERLATENT_CUBLASLT_PATH", "/nowhere/libcublasLt.so", 1);
  const Loaded refused(plan.bytes());
  const Outcome& outcome = refused.outcome();
  CHECK_MESSAGE(
      outcome.code == "device" &&
          outcome.message.find("INTERLATENT_CUBLASLT_PATH is /nowhere/") !=
              std::string::npos,
      outcome.message);
  setenv("INTERLATENT_CUBLASLT_PATH", path.c_str(), 1);
}

// The backend must never round unless requested.
void check_refusals() {
  PlanBuilder plan;
  plan.kernel("matmul", "product")
      .writes(IL_ACTIVATIONS, plan.place(IL_ACTIVATIONS, 1), 1)
      .reads(IL_PARAMETERS, plan.place(IL_PARAMETERS, 1), 1)
      .reads(IL_DATA, plan.place(IL_DATA, 1), 1)
      .integers({1, 1, 1, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0})
      .floats({0});
  const auto refused = [&](il_matmul_precision precision) {
    const Loaded program(plan.bytes(), 1, backend_under_test(), precision);
    return program.outcome().code == "unsupported-precision";
  };
  const bool cpu = backend_under_test() == il_cpu_backend();
  CHECK(refused(IL_MATMUL_TF32) == cpu);
  CHECK(refused(IL_MATMUL_BFLOAT16) == cpu);
  CHECK(refused(static_cast<il_matmul_precision>(4)));
}

}  // namespace
}  // namespace interlatent::testing

int main() {
  using namespace interlatent::testing;
  check_sizes(IL_MATMUL_FLOAT32);
  check_cuts(IL_MATMUL_FLOAT32);
  check_refusals();
  const char* cublaslt = std::getenv("INTERLATENT_CUBLASLT_PATH");
  if (cublaslt != nullptr) check_cublaslt(cublaslt);
  if (backend_under_test() != il_cpu_backend()) {
    for (const auto precision : {IL_MATMUL_TF32, IL_MATMUL_BFLOAT16}) {
      check_sizes(precision);
      check_cuts(precision);
    }
    check_rounding();
  }
  return summary("matmul");
}
