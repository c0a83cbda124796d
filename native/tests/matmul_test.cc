// matmul against double: sizes 1, primes and powers of two, all transposes,
// wider row strides, broadcast batches, bias, activations; sentinels around the
// result; the same bits with one and two threads.
#include <cmath>
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
  bool share_a, share_b;  // along the outer one
  bool bias;
  int64_t activation;
  bool sums;
};

struct Matrix {
  int64_t rows, columns, ld, size;
  Matrix(int64_t r, int64_t c, int64_t padding)
      : rows(r), columns(c), ld(c + padding), size(r * (c + padding)) {}
};

double activate(double x, int64_t activation, double saved) {
  if (activation == 1) return x > 0 ? x : double{0.2f} * x;
  if (activation == 2) return std::tanh(x);
  if (activation == 3) return saved > 0 ? x : double{0.2f} * x;
  return activation == 4 ? x * (1 - saved * saved) : x;
}

void check_product(const Product& p) {
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
            const double term = double{values_a[size_t(from_a)]} *
                                double{values_b[size_t(from_b)]};
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
  for (const uint32_t threads : {1u, 2u}) {
    Loaded program(plan.bytes(), threads);
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
      // Sentinels have size 0: they must be exact.
      const double bound =
          2e-7 * size[i] * (p.k > 16 ? 2 : 1) + (size[i] > 0 ? 2e-7 : 0);
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
            std::to_string(p.sums) + " is " + std::to_string(worst) + " off");
    if (threads == 1) first = results;
    CHECK(std::memcmp(first.data(), results.data(), slab * 4) == 0);
  }
}

void check_sizes() {
  const int64_t sizes[] = {1, 2, 7, 16, 31, 64};
  int variant = 0;
  for (const int64_t m : sizes) {
    for (const int64_t n : sizes) {
      for (const int64_t k : sizes) {
        for (int transposes = 0; transposes < 4; transposes++) {
          variant++;
          const int64_t activation = variant % 5;
          check_product({m, n, k, (transposes & 1) != 0, (transposes & 2) != 0,
                         variant % 3 == 0 ? 3 : 0, variant % 2 + 1,
                         variant % 5 == 0 ? 2 : 1, variant % 7 == 0,
                         variant % 11 == 0, variant % 2 == 1 && activation < 3,
                         activation, variant % 4 == 0 && activation != 2});
        }
      }
    }
  }
}

// Every method and every cut: wide batches, gradients of one run, large
// matrices, tiles with a remainder.
void check_cuts() {
  const Product products[] = {
      {64, 1031, 64, false, false, 0, 1, 1, false, false, true, 1, true},
      {64, 512, 64, false, false, 0, 2, 1, false, true, true, 2, false},
      {64, 512, 64, true, false, 0, 2, 1, false, true, false, 3, true},
      {61, 777, 64, true, false, 0, 2, 1, false, true, false, 4, true},
      {64, 260, 20, true, false, 5, 3, 1, true, false, false, 0, true},
      {300, 600, 150, false, false, 0, 1, 1, false, false, true, 1, true},
      {300, 530, 150, true, false, 1, 1, 1, false, false, true, 2, false},
      {300, 530, 150, true, false, 1, 2, 1, false, false, false, 3, true},
      {67, 70, 500, false, true, 0, 1, 1, false, false, false, 0, true},
      {130, 20, 1024, false, true, 0, 1, 1, false, false, true, 1, false},
      {64, 1, 300, false, false, 0, 2, 2, true, false, true, 2, false},
      {6, 256, 64, false, false, 0, 40, 6, false, false, true, 0, false},
      {15, 16, 1000, false, true, 0, 30, 2, false, false, false, 0, true},
  };
  for (const Product& product : products) check_product(product);
}

}  // namespace
}  // namespace interlatent::testing

int main() {
  using namespace interlatent::testing;
  check_sizes();
  check_cuts();
  return summary("matmul");
}
