// Checks map on layouts: broadcasting, slices, transposed strides, short and
// long rows, several outputs, and results that overwrite inputs. The program is
// y = a * b + b and w = -y. Sentinels around every output must survive.
#include <cmath>
#include <cstring>

#include "check.h"
#include "plan_builder.h"

namespace interlatent::testing {
namespace {

constexpr float kSentinel = 12345.0f;

struct Layout {
  std::vector<int64_t> dims;
  std::vector<int64_t> y, w, a, b;  // strides
};

int64_t reach(const std::vector<int64_t>& dims,
              const std::vector<int64_t>& strides) {
  int64_t last = 0;
  for (size_t i = 0; i < dims.size(); i++) last += (dims[i] - 1) * strides[i];
  return last + 1;
}

// Calls visit(position of y, w, a, b) for every point of the space.
template <class Visit>
void walk(const Layout& layout, size_t dim, int64_t y, int64_t w, int64_t a,
          int64_t b, const Visit& visit) {
  if (dim == layout.dims.size()) {
    visit(size_t(y), size_t(w), size_t(a), size_t(b));
    return;
  }
  for (int64_t i = 0; i < layout.dims[dim]; i++) {
    walk(layout, dim + 1, y + i * layout.y[dim], w + i * layout.w[dim],
         a + i * layout.a[dim], b + i * layout.b[dim], visit);
  }
}

void check_layout(const Layout& layout, uint32_t threads) {
  const auto count = [&](const std::vector<int64_t>& strides) {
    return uint64_t(reach(layout.dims, strides));
  };
  PlanBuilder plan;
  const uint64_t y = plan.place(IL_ACTIVATIONS, count(layout.y));
  const uint64_t w = plan.place(IL_ACTIVATIONS, count(layout.w));
  const uint64_t a = plan.place(IL_DATA, count(layout.a));
  const uint64_t b = plan.place(IL_DATA, count(layout.b));
  plan.kernel("map", "layout")
      .writes(IL_ACTIVATIONS, y, count(layout.y))
      .writes(IL_ACTIVATIONS, w, count(layout.w))
      .reads(IL_DATA, a, count(layout.a))
      .reads(IL_DATA, b, count(layout.b))
      .integers({int64_t(layout.dims.size())})
      .integers(layout.dims)
      .integers({2, 2})
      .integers(layout.y)
      .integers(layout.w)
      .integers(layout.a)
      .integers(layout.b)
      .integers({4, 2, 30, 2, 0, 1, 1, -1, 2, 3, 2, -1, -1, -1, 2, 3});
  Loaded program(plan.bytes(), threads);
  CHECK_MESSAGE(program.outcome().code.empty(), program.outcome().message);
  Numbers numbers(count(layout.a) * 31 + count(layout.b));
  const std::vector<float> values_a = numbers.floats(count(layout.a), -2, 2);
  const std::vector<float> values_b = numbers.floats(count(layout.b), -2, 2);
  program.upload(IL_DATA, a, values_a);
  program.upload(IL_DATA, b, values_b);
  const uint64_t size = plan.slab_sizes()[IL_ACTIVATIONS];
  program.fill(IL_ACTIVATIONS, size, kSentinel);
  std::vector<float> expected(size, kSentinel);
  walk(layout, 0, 0, 0, 0, 0,
       [&](size_t at_y, size_t at_w, size_t at_a, size_t at_b) {
         const float value =
             std::fma(values_a[at_a], values_b[at_b], values_b[at_b]);
         expected[y + at_y] = value;
         expected[w + at_w] = -value;
       });
  const Outcome outcome = program.run(0, 1);
  CHECK_MESSAGE(outcome.code.empty(), outcome.message);
  const std::vector<float> results = program.download(IL_ACTIVATIONS, 0, size);
  bool equal = true;
  for (uint64_t i = 0; i < size; i++) equal &= results[i] == expected[i];
  CHECK_MESSAGE(equal,
                "layout of " + std::to_string(layout.dims.size()) +
                    " dimensions, first " +
                    std::to_string(layout.dims.empty() ? 0 : layout.dims[0]));
}

void check_layouts(uint32_t threads) {
  for (const int64_t n : sizes({1, 2, 3, 7, 15, 16, 17, 31, 64, 100, 128, 255,
                                256, 257, 1000, 1024, 4099},
                               {1, 7, 16, 17, 257, 1024})) {
    for (const int64_t rows : sizes({1, 2, 5, 13}, {1, 5})) {
      const std::vector<int64_t> full = {rows * n, n, 1};
      // Plain; one value per row; one value for all; one row for all.
      check_layout({{3, rows, n}, full, full, full, full}, threads);
      check_layout({{3, rows, n}, full, full, full, {rows, 1, 0}}, threads);
      check_layout({{3, rows, n}, full, full, {0, 0, 0}, full}, threads);
      check_layout({{3, rows, n}, full, full, {0, 0, 1}, {0, n, 1}}, threads);
      // Slices of wider tensors, and transposed operands.
      check_layout({{3, rows, n},
                    {2 * rows * n, n, 1},
                    full,
                    {rows * (n + 5), n + 5, 1},
                    full},
                   threads);
      check_layout({{rows, n}, {n, 1}, {1, rows}, {1, rows}, {n, 1}}, threads);
    }
  }
  check_layout({{}, {}, {}, {}, {}}, threads);
  check_layout({{2, 3, 2, 5, 2, 3},
                {1000, 300, 140, 25, 10, 3},
                {180, 60, 30, 6, 3, 1},
                {0, 60, 0, 6, 0, 1},
                {180, 0, 30, 0, 3, 0}},
               threads);
}

// Writes -a over a; the product -a * a must still use the old a.
void check_in_place() {
  for (const int64_t n : {5, 64, 100, 5000}) {
    PlanBuilder plan;
    const uint64_t at = plan.place(IL_ACTIVATIONS, uint64_t(n));
    const uint64_t sum = plan.place(IL_ACTIVATIONS, uint64_t(n));
    plan.kernel("map", "in place")
        .writes(IL_ACTIVATIONS, at, uint64_t(n))
        .writes(IL_ACTIVATIONS, sum, uint64_t(n))
        .reads(IL_ACTIVATIONS, at, uint64_t(n))
        .integers({1, n, 2, 1, 1, 1, 1, 3, 2})
        .integers({2, 1, 0, -1, -1, -1})  // neg
        .integers({24, 2, 0, 1, -1, -1})  // mul
        .integers({1, 2});
    Loaded program(plan.bytes());
    const std::vector<float> values = Numbers(3).floats(size_t(n), -2, 2);
    program.upload(IL_ACTIVATIONS, at, values);
    program.run(0, 1);
    const auto negated = program.download(IL_ACTIVATIONS, at, uint64_t(n));
    const auto products = program.download(IL_ACTIVATIONS, sum, uint64_t(n));
    bool equal = true;
    for (size_t i = 0; i < values.size(); i++) {
      equal &= negated[i] == -values[i];
      equal &= products[i] == -values[i] * values[i];
    }
    CHECK(equal);
  }
}

// Checks outputs that are inputs, constants or each other.
void check_output_registers() {
  PlanBuilder plan;
  const uint64_t in = plan.place(IL_DATA, 40);
  std::vector<uint64_t> out;
  plan.kernel("map", "copies");
  for (int i = 0; i < 4; i++) {
    out.push_back(plan.place(IL_ACTIVATIONS, 40));
    plan.writes(IL_ACTIVATIONS, out.back(), 40);
  }
  plan.reads(IL_DATA, in, 40)
      .integers({1, 40, 4, 1, 1, 1, 1, 1, 1, 3, 2})
      .integers({0, 1, -1, -1, -1, 0})  // register 1 = 2.5
      .integers({22, 2, 0, 1, -1, -1})  // register 2 = x + 2.5
      .integers({0, 1, 2, 2})
      .floats({2.5});
  Loaded program(plan.bytes());
  const std::vector<float> values = Numbers(4).floats(40, -2, 2);
  program.upload(IL_DATA, in, values);
  program.run(0, 1);
  for (size_t k = 0; k < 4; k++) {
    const auto results = program.download(IL_ACTIVATIONS, out[k], 40);
    bool equal = true;
    for (size_t i = 0; i < 40; i++) {
      equal &= results[i] == (k == 0   ? values[i]
                              : k == 1 ? 2.5f
                                       : values[i] + 2.5f);
    }
    CHECK_MESSAGE(equal, "output " + std::to_string(k));
  }
}

// Checks tensors that exceed every cache and are therefore streamed: rows that
// start at whole vectors or not, to separate memory and in place.
void check_streams() {
  constexpr int64_t rows = 8200;
  constexpr int64_t columns = 1031;
  for (const int64_t stride : {columns, columns + 9}) {
    for (const bool in_place : {false, true}) {
      PlanBuilder plan;
      const auto count = uint64_t(rows * stride);
      const uint64_t x = plan.place(IL_ACTIVATIONS, count);
      const uint64_t y = in_place ? x : plan.place(IL_ACTIVATIONS, count);
      const uint64_t extent = count - uint64_t(stride - columns);
      plan.kernel("map", "x + 2.5")
          .writes(IL_ACTIVATIONS, y, extent)
          .reads(IL_ACTIVATIONS, x, extent)
          .integers({2, rows, columns, 1, 1, stride, 1, stride, 1})
          .integers({2, 1, 31, 1, 0, -1, -1, 0, 1})
          .floats({2.5});
      Loaded program(plan.bytes(), 2);
      CHECK_MESSAGE(program.outcome().code.empty(), program.outcome().message);
      const uint64_t slab = plan.slab_sizes()[IL_ACTIVATIONS];
      std::vector<float> values(slab);
      for (size_t i = 0; i < slab; i++) values[i] = float(i % 1000);
      program.upload(IL_ACTIVATIONS, 0, values);
      program.run(0, 1);
      const auto results = program.download(IL_ACTIVATIONS, 0, slab);
      for (int64_t row = 0; row < rows; row++) {
        for (int64_t column = 0; column < columns; column++) {
          const auto at = size_t(row * stride + column);
          values[y + at] = float((x + at) % 1000) + 2.5f;
        }
      }
      CHECK_MESSAGE(results == values, "stride " + std::to_string(stride) +
                                           ", in place " +
                                           std::to_string(in_place));
    }
  }
}

}  // namespace
}  // namespace interlatent::testing

int main() {
  using namespace interlatent::testing;
  check_layouts(1);
  check_layouts(2);
  check_in_place();
  check_output_registers();
  // Devices do not stream. A large map on the emulated device runs only in the
  // plain build.
  if (!kSanitized || backend_under_test() == il_cpu_backend()) check_streams();
  return summary("map");
}
