// Compares convolutions and pooling of random sizes with loops in double
// precision.
#include <functional>

#include "kernel_call.h"

namespace interlatent::testing {
namespace {

struct Axis {
  int64_t input, taps, stride, padding, dilation;
  int64_t output() const {
    return (input + 2 * padding - dilation * (taps - 1) - 1) / stride + 1;
  }
  bool exists() const {
    return input + 2 * padding - dilation * (taps - 1) - 1 >= 0;
  }
};

struct Geometry {
  int64_t groups, inputs, outputs, batch;
  Axis rows, columns;

  uint64_t x() const {
    return uint64_t(groups * inputs * rows.input * columns.input * batch);
  }
  uint64_t y() const {
    return uint64_t(groups * outputs * rows.output() * columns.output() *
                    batch);
  }
  uint64_t w() const {
    return uint64_t(groups * outputs * inputs * rows.taps * columns.taps);
  }
  // `epilogue`: activation, hasBias, hasSums.
  std::vector<int64_t> integers(const std::vector<int64_t>& epilogue = {
                                    0, 0, 0}) const {
    return {0,
            groups,
            inputs,
            outputs,
            rows.input,
            columns.input,
            rows.output(),
            columns.output(),
            rows.taps,
            columns.taps,
            rows.stride,
            columns.stride,
            rows.padding,
            columns.padding,
            rows.dilation,
            columns.dilation,
            batch,
            epilogue[0],
            epilogue[1],
            epilogue[2]};
  }

  // Visits the elements of x, w and y that belong together.
  void each(const std::function<void(size_t, size_t, size_t)>& visit) const {
    for (int64_t o = 0; o < groups * outputs; o++) {
      for (int64_t c = 0; c < inputs; c++) {
        const int64_t channel = o / outputs * inputs + c;
        for (int64_t i = 0; i < rows.output(); i++) {
          for (int64_t k = 0; k < rows.taps; k++) {
            const int64_t row =
                i * rows.stride - rows.padding + k * rows.dilation;
            if (row < 0 || row >= rows.input) continue;
            for (int64_t j = 0; j < columns.output(); j++) {
              for (int64_t l = 0; l < columns.taps; l++) {
                const int64_t column =
                    j * columns.stride - columns.padding + l * columns.dilation;
                if (column < 0 || column >= columns.input) continue;
                for (int64_t b = 0; b < batch; b++) {
                  visit(
                      size_t(((channel * rows.input + row) * columns.input +
                              column) *
                                 batch +
                             b),
                      size_t(((o * inputs + c) * rows.taps + k) * columns.taps +
                             l),
                      size_t(((o * rows.output() + i) * columns.output() + j) *
                                 batch +
                             b));
                }
              }
            }
          }
        }
      }
    }
  }
};

void check_convolution(const Geometry& geometry, Numbers& numbers) {
  const auto x = numbers.floats(geometry.x(), -1, 1);
  const auto w = numbers.floats(geometry.w(), -1, 1);
  const auto y = numbers.floats(geometry.y(), -1, 1);
  std::vector<double> by_x(x.size()), by_w(w.size()), by_y(y.size());
  geometry.each([&](size_t at_x, size_t at_w, size_t at_y) {
    by_x[at_x] += double{w[at_w]} * double{y[at_y]};
    by_w[at_w] += double{x[at_x]} * double{y[at_y]};
    by_y[at_y] += double{x[at_x]} * double{w[at_w]};
  });
  const auto integers = geometry.integers();
  check_near(
      "conv2d",
      result_of({"conv2d", {y.size(), x.size(), w.size()}, integers, {0}},
                {x, w}),
      by_y);
  check_near(
      "conv2dTranspose",
      result_of(
          {"conv2dTranspose", {x.size(), y.size(), w.size()}, integers, {0}},
          {y, w}),
      by_x);
  check_near(
      "conv2dWeights",
      result_of(
          {"conv2dWeights", {w.size(), x.size(), y.size()}, integers, {0}},
          {x, y}),
      by_w);
}

// Adds a bias or multiplies by a slope, and sums channels.
void finish(std::vector<double>& result, std::vector<double>& sums,
            Activation activation, const std::vector<float>& bias,
            const std::vector<float>& saved) {
  const size_t row = result.size() / sums.size();
  for (size_t i = 0; i < result.size(); i++) {
    double& value = result[i];
    if (!bias.empty()) value += double{bias[i / row]};
    switch (activation) {
      case Activation::kNone:
        break;
      case Activation::kLeakyRelu:
        value = value > 0 ? value : 0.25 * value;
        break;
      case Activation::kTanh:
        value = std::tanh(value);
        break;
      case Activation::kLeakyReluSlope:
        value *= saved[i] > 0 ? 1 : 0.25;
        break;
      case Activation::kTanhSlope:
        value *= 1 - double{saved[i]} * double{saved[i]};
        break;
    }
    sums[i / row] += value;
  }
}

// Checks everything that can follow the sums of a convolution.
void check_epilogues(const Geometry& geometry, Numbers& numbers) {
  const auto x = numbers.floats(geometry.x(), -1, 1);
  const auto w = numbers.floats(geometry.w(), -1, 1);
  const auto y = numbers.floats(geometry.y(), -1, 1);
  for (const bool forward : {true, false}) {
    const auto& first = forward ? x : y;
    std::vector<double> sums(forward ? y.size() : x.size());
    geometry.each([&](size_t at_x, size_t at_w, size_t at_y) {
      sums[forward ? at_y : at_x] +=
          double{w[at_w]} * double{first[forward ? at_x : at_y]};
    });
    const auto channels = size_t(
        geometry.groups * (forward ? geometry.outputs : geometry.inputs));
    for (int64_t activation = 0; activation < 5; activation++) {
      const bool is_slope = activation > 2;
      for (const bool has_bias : {false, true}) {
        for (const bool has_sums : {false, true}) {
          Call call = {forward ? "conv2d" : "conv2dTranspose",
                       {sums.size(), first.size(), w.size()},
                       geometry.integers({activation, has_bias, has_sums}),
                       {0.25},
                       has_sums};
          std::vector<std::vector<float>> inputs = {first, w};
          const auto bias = numbers.floats(has_bias ? channels : 0, -1, 1);
          const auto saved = numbers.floats(is_slope ? sums.size() : 0, -1, 1);
          for (const auto& operand : {bias, saved}) {
            if (operand.empty()) continue;
            inputs.push_back(operand);
            call.sizes.push_back(operand.size());
          }
          if (has_sums) call.sizes.push_back(channels);
          if ((is_slope && has_bias) || (activation == 2 && has_sums)) {
            check_refused("an impossible epilogue", call);
            continue;
          }
          auto expected = sums;
          std::vector<double> of_channels(channels);
          finish(expected, of_channels, Activation{int32_t(activation)}, bias,
                 saved);
          auto results = result_of(call, inputs);
          const auto what =
              call.name + " with epilogue " + std::to_string(activation);
          const auto end = results.begin() + ptrdiff_t(sums.size());
          if (has_sums) {
            check_near("the sums of " + what, {end, results.end()},
                       of_channels);
          }
          results.erase(end, results.end());
          check_near(what, results, expected);
        }
      }
    }
  }
}

void check_epilogues() {
  Numbers numbers(4);
  const bool on_cpu = backend_under_test() == il_cpu_backend();
  const Geometry geometries[] = {
      {2, 3, 7, 37, {5, 4, 2, 1, 1}, {6, 3, 1, 1, 2}},
      {1, 2, 1, 1, {3, 2, 1, 0, 1}, {1, 1, 1, 0, 1}},
      {1, 33, 35, 20, {4, 3, 1, 1, 1}, {on_cpu ? 9 : 3, 3, 2, 1, 1}},
      {1, 3, 16, 64, {16, 4, 2, 1, 1}, {16, 4, 2, 1, 1}},
  };
  for (const Geometry& geometry : geometries)
    check_epilogues(geometry, numbers);
}

void check_convolutions() {
  Numbers numbers(1);
  const bool on_cpu = backend_under_test() == il_cpu_backend();
  const auto batches =
      on_cpu ? sizes({1, 3, 4, 7, 8, 15, 16, 17, 31, 32, 33, 64, 65},
                     {1, 7, 16, 33})
             : sizes({1, 7, 31, 32, 33, 65}, {1, 7, 16, 33});
  const int rounds = on_cpu && !kSanitized ? 6 : 3;
  for (const int64_t batch : batches) {
    for (int round = 0; round < rounds; round++) {
      const auto axis = [&] {
        Axis random{};
        do {
          random = {numbers.integer(1, 9), numbers.integer(1, 4),
                    numbers.integer(1, 3), numbers.integer(0, 3),
                    numbers.integer(1, 3)};
        } while (!random.exists());
        return random;
      };
      check_convolution({numbers.integer(1, 3), numbers.integer(1, 7),
                         numbers.integer(1, 14), batch, axis(), axis()},
                        numbers);
    }
  }
}

// Sizes beyond one task, one strip or one register tile.
void check_large_convolutions() {
  Numbers numbers(3);
  // GPU kernels have smaller tiles and use a block for each weight.
  const bool on_cpu = backend_under_test() == il_cpu_backend();
  const Axis same = {3, 3, 1, 1, 1};
  const Axis single_tap = {2, 1, 1, 0, 1};
  const Geometry geometries[] = {
      {1, 70, 33, 5, same, on_cpu ? Axis{2, 3, 1, 1, 1} : single_tap},
      {1, 3, 130, 17, {5, 3, 2, 1, 1}, {4, 2, 1, 0, 1}},
      {1, 2, 9, 300, {6, 3, 1, 1, 1}, {7, 4, 2, 1, 1}},
      {2, 5, 20, 64, {7, 3, 1, 1, 1}, {9, 3, 1, 1, 1}},
      {2, 4, 13, on_cpu ? 1030 : 70, {5, 4, 2, 1, 1}, {6, 4, 2, 1, 1}},
      {1, 3, on_cpu ? 48 : 10, 130, {1, 1, 1, 0, 1}, {40, 25, 1, 12, 1}},
      {1, 120, 10, 3, same, on_cpu ? same : single_tap},
  };
  for (const Geometry& geometry : geometries)
    check_convolution(geometry, numbers);
}

void check_convolution_records() {
  const Geometry geometry = {2, 3, 4, 8, {6, 3, 2, 1, 1}, {5, 2, 1, 0, 2}};
  const Call call = {"conv2d",
                     {geometry.y(), geometry.x(), geometry.w()},
                     geometry.integers(),
                     {0}};
  const auto changed = [&](size_t index, int64_t value) {
    Call other = call;
    other.integers[index] = value;
    return other;
  };
  check_refused("a wrong output height", changed(6, 4));
  check_refused("stride 0", changed(10, 0));
  check_refused("negative padding", changed(12, -1));
  check_refused("taps beyond the input", changed(8, 100));
  check_refused("no groups", changed(1, 0));
  check_refused("more channels than the operand has", changed(2, 4));
  check_refused("more subjects than the operands have", changed(16, 9));
  check_refused("a dilation whose reach overflows", changed(14, INT64_MAX));
  Call shorter = call;
  shorter.sizes[2]--;
  check_refused("too few weights", shorter);
  Call longer = call;
  longer.integers.push_back(1);
  check_refused("an extra integer", longer);
  Call leading = call;
  leading.integers[0] = 1;
  leading.integers.insert(leading.integers.begin() + 1, {2, 0, 0, 0});
  leading.integers.insert(leading.integers.end(), {0, 0, 0});
  check_refused("two results at the same position", leading);
}

void check_pooling() {
  Numbers numbers(2);
  for (const int64_t batch : sizes({1, 5, 16, 64, 65, 130}, {1, 65})) {
    for (int round = 0; round < 6; round++) {
      const int64_t channels = numbers.integer(1, 4);
      int64_t input[2], size[2], stride[2], padding[2], output[2];
      for (int axis = 0; axis < 2; axis++) {
        input[axis] = numbers.integer(1, 8);
        size[axis] = numbers.integer(1, std::min<int64_t>(4, input[axis]));
        stride[axis] = numbers.integer(1, 3);
        padding[axis] = numbers.integer(0, size[axis] / 2);
        output[axis] =
            (input[axis] + 2 * padding[axis] - size[axis]) / stride[axis] + 1;
      }
      const auto whole = size_t(channels * input[0] * input[1] * batch);
      const auto pooled = size_t(channels * output[0] * output[1] * batch);
      auto x = numbers.floats(whole, -3, 3);
      // Coarse values, so that some are equal.
      for (float& value : x) value = std::round(value);
      const auto upstream = numbers.floats(pooled, -1, 1);
      std::vector<double> largest(pooled), slopes(whole);
      for (size_t at = 0; at < pooled; at++) {
        const auto b = int64_t(at) % batch;
        const int64_t j = int64_t(at) / batch % output[1];
        const int64_t i = int64_t(at) / batch / output[1] % output[0];
        const int64_t channel = int64_t(at) / batch / output[1] / output[0];
        size_t best = whole;
        for (int64_t k = 0; k < size[0]; k++) {
          for (int64_t l = 0; l < size[1]; l++) {
            const int64_t row = i * stride[0] - padding[0] + k;
            const int64_t column = j * stride[1] - padding[1] + l;
            if (row < 0 || row >= input[0]) continue;
            if (column < 0 || column >= input[1]) continue;
            const auto candidate = size_t(
                ((channel * input[0] + row) * input[1] + column) * batch + b);
            if (best == whole || x[candidate] > x[best]) best = candidate;
          }
        }
        largest[at] = double{x[best]};
        slopes[best] += double{upstream[at]};
      }
      const std::vector<int64_t> integers = {
          channels, input[0],  input[1],  output[0],  output[1],  size[0],
          size[1],  stride[0], stride[1], padding[0], padding[1], batch};
      check_near("maxPool2d",
                 result_of({"maxPool2d", {pooled, whole}, integers}, {x}),
                 largest);
      check_near("maxPool2dGrad",
                 result_of({"maxPool2dGrad", {whole, whole, pooled}, integers},
                           {x, upstream}),
                 slopes);
      auto outside = integers;
      outside[9] = size[0];
      check_refused("windows that lie only in the padding",
                    {"maxPool2d", {pooled, whole}, outside});
      auto higher = integers;
      higher[3]++;
      check_refused("an extra window",
                    {"maxPool2d", {pooled * 2, whole}, higher});
    }
  }
}

}  // namespace
}  // namespace interlatent::testing

int main() {
  using namespace interlatent::testing;
  check_convolutions();
  check_large_convolutions();
  check_epilogues();
  check_convolution_records();
  check_pooling();
  return summary("convolution");
}
