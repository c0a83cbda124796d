// Checks moved and mirrored images element by element.
#include <cmath>

#include "kernel_call.h"

namespace interlatent::testing {
namespace {

void check_moves(bool wraps, const std::vector<int64_t>& size,
                 Numbers& numbers) {
  const int64_t channels = size[0], rows = size[1], columns = size[2];
  const int64_t batch = size[3];
  const int64_t places = 2;
  const auto images = uint64_t(channels * rows * columns * batch);
  const auto x = numbers.floats(images, -1, 1);
  std::vector<float> moves;
  for (int64_t i = 0; i < places * 3 * batch; i++) {
    moves.push_back(static_cast<float>(numbers.integer(-9, 9)));
  }
  moves[0] = 16777216.0f;
  moves[moves.size() - 1] = NAN;
  // One image for both positions.
  const std::vector<int64_t> integers = {
      1,        2,    int64_t(images), 0,     3 * batch,
      channels, rows, columns,         batch, wraps};
  const auto actual = result_of(
      {"moveImages", {2 * images, images, moves.size()}, integers}, {x, moves});
  const auto inside = [&](int64_t& at, int64_t extent) {
    if (wraps) at = ((at % extent) + extent) % extent;
    return at >= 0 && at < extent;
  };
  for (size_t to = 0; to < actual.size(); to++) {
    const auto b = int64_t(to) % batch;
    const int64_t column = int64_t(to) / batch % columns;
    const int64_t row = int64_t(to) / batch / columns % rows;
    const int64_t channel = int64_t(to) / batch / columns / rows % channels;
    const float* move = moves.data() + to / images * uint64_t(3 * batch);
    if ((to < images && b == 0) || (to >= images && b == batch - 1)) {
      CHECK(std::isnan(actual[to]));
      continue;
    }
    int64_t from_row = row - int64_t(move[batch + b]);
    int64_t from_column = column - int64_t(move[2 * batch + b]);
    float expected = 0;
    if (inside(from_row, rows) && inside(from_column, columns)) {
      if (move[b] > 0) from_column = columns - 1 - from_column;
      expected = x[size_t(
          ((channel * rows + from_row) * columns + from_column) * batch + b)];
    }
    CHECK(actual[to] == expected);
  }
}

void check_all() {
  Numbers numbers(4);
  for (const int64_t batch : sizes({1, 7, 16, 31, 32, 33, 70}, {1, 33})) {
    for (const bool wraps : {false, true}) {
      check_moves(wraps, {3, 5, 4, batch}, numbers);
      check_moves(wraps, {1, 1, 7, batch}, numbers);
      check_moves(wraps, {2, 6, 1, batch}, numbers);
    }
  }
}

void check_records() {
  const std::vector<int64_t> integers = {0, 2, 3, 4, 5, 1};
  const Call call = {"moveImages", {120, 120, 15}, integers};
  const auto changed = [&](size_t index, int64_t value) {
    Call other = call;
    other.integers[index] = value;
    return other;
  };
  check_refused("more channels than the operands have", changed(1, 3));
  check_refused("more subjects than the operands have", changed(4, 6));
  check_refused("an unknown edge mode", changed(5, 2));
  check_refused("a channel beyond 2^31 elements", changed(2, INT32_MAX));
  Call shorter = call;
  shorter.sizes[2]--;
  check_refused("too few moves", shorter);
}

}  // namespace
}  // namespace interlatent::testing

int main() {
  using namespace interlatent::testing;
  check_all();
  check_records();
  return summary("moves");
}
