// Compares Philox with the known answers of Random123 1.14, and the random
// kernel with the definition in docs/explanation/kernels.md.
#include <cmath>

#include "check.h"
#include "math/philox.h"
#include "plan_builder.h"

namespace interlatent::testing {
namespace {

void check_known_answers() {
  struct Answer {
    uint32_t counter[4], key[2], words[4];
  };
  const Answer answers[] = {
      {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
      {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
       {0xffffffff, 0xffffffff},
       {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
      {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
       {0xa4093822, 0x299f31d0},
       {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
  };
  for (const Answer& answer : answers) {
    const uint32_t* c = answer.counter;
    const PhiloxBlock block =
        philox(c[0], c[1], c[2], c[3], answer.key[0], answer.key[1]);
    for (int i = 0; i < 4; i++) CHECK(block.words[i] == answer.words[i]);
  }
}

double phi(double x) { return 0.5 * std::erfc(-x * std::sqrt(0.5)); }

void check_kernel(bool normal, int64_t per_run, uint64_t step) {
  constexpr int64_t runs = 3;
  const int64_t stream = 0xdeadbeef;
  PlanBuilder plan(runs);
  const auto count = uint64_t(runs * per_run);
  const uint64_t out = plan.place(IL_ACTIVATIONS, count);
  const uint64_t seeds = plan.place(IL_DATA, 2 * runs);
  plan.kernel("random", "noise")
      .writes(IL_ACTIVATIONS, out, count, uint64_t(per_run))
      .reads_int32(IL_DATA, seeds, 2 * runs, 2)
      .integers({normal, stream, runs, per_run, 1});
  const std::vector<int32_t> keys = {1, 2, -3, 4, 5, -6};
  const uint64_t slab = plan.slab_sizes()[IL_ACTIVATIONS];
  std::vector<float> first;
  for (const uint32_t threads : thread_counts()) {
    Loaded program(plan.bytes(), threads);
    CHECK_MESSAGE(program.outcome().code.empty(), program.outcome().message);
    program.upload(IL_DATA, seeds, keys);
    program.fill(IL_ACTIVATIONS, slab, -77.0f);
    program.run(step, 1);
    const auto results = program.download(IL_ACTIVATIONS, 0, slab);
    if (threads == 1) first = results;
    CHECK(first == results);
  }
  double worst = 0;
  bool inside = true;
  for (int64_t run = 0; run < runs; run++) {
    for (int64_t i = 0; i < per_run; i++) {
      const PhiloxBlock block =
          philox(uint32_t(i / 4), uint32_t(step), uint32_t(step >> 32),
                 uint32_t(stream), uint32_t(keys[size_t(2 * run)]),
                 uint32_t(keys[size_t(2 * run + 1)]));
      const double u = (double(block.words[i % 4] >> 8) + 0.5) * 0x1p-24;
      const double x = double{first[out + uint64_t(run * per_run + i)]};
      if (normal) {
        // The error in x, through the distribution.
        const double miss = u < 0.5 ? phi(x) - u : (1 - u) - phi(-x);
        const double density = std::exp(-x * x / 2) / std::sqrt(2 * M_PI);
        worst = std::max(
            worst, std::abs(miss) / density / std::max(std::abs(x), 1e-3));
      } else {
        worst = std::max(worst, std::abs(x - u));
        inside &= x > 0 && x < 1;
      }
    }
  }
  CHECK(inside);
  CHECK(worst < (normal ? 6e-7 : 0x1p-24));
  for (uint64_t i = 0; i < slab; i++) {
    if (i < out || i >= out + count) CHECK(first[i] == -77.0f);
  }
}

// Columns in parts have the numbers of the same number of tiles.
void check_parts() {
  constexpr int64_t rows = 3, columns = 34, parts = 2;
  constexpr int64_t width = columns / parts;
  PlanBuilder plan(1);
  const uint64_t whole = plan.place(IL_ACTIVATIONS, rows * columns);
  const uint64_t tiled = plan.place(IL_ACTIVATIONS, rows * columns);
  const uint64_t seeds = plan.place(IL_DATA, 2);
  plan.kernel("random", "whole")
      .writes(IL_ACTIVATIONS, whole, rows * columns)
      .reads_int32(IL_DATA, seeds, 2)
      .integers({1, 5, 1, rows * columns, 1, columns, parts});
  // The numbers of tile 1 begin after 13 blocks of 4.
  plan.kernel("random", "tiled")
      .writes(IL_ACTIVATIONS, tiled, rows * columns)
      .reads_int32(IL_DATA, seeds, 2)
      .integers({1, 5, 1, rows * columns, 1});
  Loaded program(plan.bytes(), 2);
  CHECK_MESSAGE(program.outcome().code.empty(), program.outcome().message);
  program.upload(IL_DATA, seeds, std::vector<int32_t>{7, 8});
  program.run(3, 1);
  const auto drawn = program.download(IL_ACTIVATIONS, whole, rows * columns);
  const auto plain = program.download(IL_ACTIVATIONS, tiled, rows * columns);
  for (int64_t row = 0; row < rows; row++) {
    for (int64_t column = 0; column < columns; column++) {
      const int64_t number = column / width * 52 + row * width + column % width;
      if (number >= rows * columns) continue;
      CHECK(drawn[size_t(row * columns + column)] == plain[size_t(number)]);
    }
  }
}

}  // namespace
}  // namespace interlatent::testing

int main() {
  using namespace interlatent::testing;
  check_known_answers();
  CHECK(interlatent::uniform_of_word(0xffffffffu) < 1.0f);
  CHECK(interlatent::uniform_of_word(0) > 0.0f);
  CHECK_NEAR(double{interlatent::normal_of_word(0xffffffffu)}, 5.419983, 1e-6,
             0);
  for (const int64_t per_run : {1, 3, 64, 65, 1000, 5000}) {
    check_kernel(false, per_run, 0);
    check_kernel(true, per_run, 0);
    check_kernel(false, per_run, 0x123456789abcu);
    check_kernel(true, per_run, 0x123456789abcu);
  }
  check_parts();
  return summary("random");
}
