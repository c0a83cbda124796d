// Compares reduce with sums and maxima in double precision: inner, outer,
// several and all dimensions, long reductions, NaN, and the same bits with one
// thread and with two. The reduced program is x * y.
#include <cmath>
#include <cstring>
#include <limits>

#include "check.h"
#include "plan_builder.h"

namespace interlatent::testing {
namespace {

constexpr float kSentinel = 777.0f;

std::vector<int64_t> contiguous(const std::vector<int64_t>& dims) {
  std::vector<int64_t> strides(dims.size());
  int64_t size = 1;
  for (size_t i = dims.size(); i-- > 0;) {
    strides[i] = size;
    size *= dims[i];
  }
  return strides;
}

struct Case {
  std::vector<int64_t> dims;
  std::vector<int64_t> reduced;
  std::vector<int64_t> y;  // strides of the second factor
};

struct Setup {
  PlanBuilder plan;
  uint64_t out, x, y, outputs, x_count, y_count;
  std::vector<int64_t> out_strides;
};

Setup build(const Case& c, bool maximum) {
  Setup s;
  std::vector<int64_t> output_dims;
  s.x_count = s.outputs = s.y_count = 1;
  for (size_t i = 0; i < c.dims.size(); i++) {
    output_dims.push_back(c.reduced[i] ? 1 : c.dims[i]);
    s.x_count *= uint64_t(c.dims[i]);
    s.outputs *= uint64_t(output_dims.back());
    s.y_count += uint64_t((c.dims[i] - 1) * c.y[i]);
  }
  s.out_strides = contiguous(output_dims);
  for (size_t i = 0; i < c.dims.size(); i++) {
    if (c.reduced[i]) s.out_strides[i] = 0;
  }
  s.out = s.plan.place(IL_ACTIVATIONS, s.outputs);
  s.x = s.plan.place(IL_DATA, s.x_count);
  s.y = s.plan.place(IL_DATA, s.y_count);
  s.plan.kernel("reduce", "reduction")
      .writes(IL_ACTIVATIONS, s.out, s.outputs)
      .reads(IL_DATA, s.x, s.x_count)
      .reads(IL_DATA, s.y, s.y_count)
      .integers({int64_t(c.dims.size())})
      .integers(c.dims)
      .integers({1, 2})
      .integers(s.out_strides)
      .integers(contiguous(c.dims))
      .integers(c.y)
      .integers({3, 1, 24, 2, 0, 1, -1, -1, 2, maximum ? 1 : 0})
      .integers(c.reduced);
  return s;
}

void check_case(const Case& c, bool maximum, bool poisoned) {
  const Setup s = build(c, maximum);
  Numbers numbers(s.x_count + s.outputs);
  std::vector<float> x = numbers.floats(s.x_count, -1, 2);
  const std::vector<float> y = numbers.floats(s.y_count, -1, 2);
  if (poisoned) {
    x[s.x_count / 2] = std::numeric_limits<float>::quiet_NaN();
  }
  std::vector<double> expected(s.outputs, maximum ? -INFINITY : 0.0);
  std::vector<double> size(s.outputs, 0.0);
  for (uint64_t i = 0; i < s.x_count; i++) {
    uint64_t rest = i;
    int64_t out = 0;
    int64_t at = 0;
    for (size_t dim = c.dims.size(); dim-- > 0;) {
      const auto position = int64_t(rest % uint64_t(c.dims[dim]));
      rest /= uint64_t(c.dims[dim]);
      out += position * s.out_strides[dim];
      at += position * c.y[dim];
    }
    const double value = double{x[i]} * double{y[size_t(at)]};
    double& total = expected[size_t(out)];
    size[size_t(out)] += std::abs(value);
    if (!maximum) total += value;
    if (maximum && !(total >= value) && !std::isnan(total)) total = value;
  }
  std::vector<float> first;
  for (const uint32_t threads : thread_counts()) {
    Loaded program(s.plan.bytes(), threads);
    CHECK_MESSAGE(program.outcome().code.empty(), program.outcome().message);
    program.upload(IL_DATA, s.x, x);
    program.upload(IL_DATA, s.y, y);
    const uint64_t slab = s.plan.slab_sizes()[IL_ACTIVATIONS];
    program.fill(IL_ACTIVATIONS, slab, kSentinel);
    program.run(0, 1);
    const auto results = program.download(IL_ACTIVATIONS, 0, slab);
    bool near_all = true;
    for (uint64_t i = 0; i < s.outputs; i++) {
      near_all &= near(double{results[s.out + i]}, expected[i], 1e-7,
                       maximum ? 0.0 : 4e-7 * size[i]);
    }
    CHECK_MESSAGE(near_all, "reduction of " + std::to_string(s.x_count) +
                                " to " + std::to_string(s.outputs));
    bool intact = true;
    for (uint64_t i = 0; i < slab; i++) {
      if (i < s.out || i >= s.out + s.outputs) {
        intact &= results[i] == kSentinel;
      }
    }
    CHECK(intact);
    if (threads == 1) first = results;
    CHECK(std::memcmp(first.data(), results.data(), slab * 4) == 0);
  }
}

}  // namespace
}  // namespace interlatent::testing

int main() {
  using namespace interlatent::testing;
  const bool on_cpu = backend_under_test() == il_cpu_backend();
  const int64_t terms = kSanitized ? 500 : on_cpu ? 5000 : 1000;
  std::vector<Case> cases = {
      {{}, {}, {}},
      {{1}, {1}, {1}},
      {{3, 5, 7}, {0, 0, 0}, {35, 7, 1}},
      {{2, 3, 4, 5, 6}, {0, 1, 0, 1, 0}, {360, 120, 30, 6, 1}},
      {{2, 3, 4, 5, 6}, {1, 0, 1, 0, 1}, {0, 120, 0, 6, 0}},
      {{300000}, {1}, {1}},
      {{3, 64, 1024}, {0, 1, 1}, {0, 1, 0}},
      {{2000, 33}, {1, 0}, {33, 1}},
      {{3, terms, 300}, {0, 1, 0}, {0, 300, 1}},
      {{40, 3}, {0, 1}, {3, 1}},
      {{13, 8, 2, 3}, {0, 1, 1, 1}, {48, 6, 3, 1}},
  };
  for (const int64_t n : sizes({1, 2, 5, 16, 17, 63, 64, 65, 256, 257, 1000},
                               {1, 5, 16, 65, 257})) {
    for (const int64_t m : sizes({1, 3, 16, 37}, {1, 37})) {
      cases.push_back({{2, m, n}, {0, 0, 1}, {m * n, n, 1}});
      cases.push_back({{2, m, n}, {0, 1, 0}, {m * n, n, 1}});
      cases.push_back({{2, m, n}, {0, 1, 1}, {0, 0, 1}});
      cases.push_back({{2, m, n}, {1, 0, 1}, {0, 1, 0}});
      cases.push_back({{2, m, n}, {1, 1, 0}, {0, 1, 0}});
    }
  }
  for (const Case& c : cases) {
    check_case(c, false, false);
    check_case(c, true, false);
    check_case(c, true, true);
    check_case(c, false, true);
  }
  return summary("reduce");
}
