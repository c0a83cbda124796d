// Slopes by the few weights of a convolution. A vector sums over some lanes of
// the subjects, so outputs need not be moved. A register tile has some input
// and output channels of one tap.
#include "loops/table.h"
#include "loops/vector.h"

namespace interlatent::IL_ISA {
namespace {

#define IL_INLINE inline __attribute__((always_inline))

// A tile needs a register per sum, per input and for one output.
#if defined(__AVX512F__)
constexpr int kMaxInputs = 4;
constexpr int kTileSums = 24;
#else
constexpr int kMaxInputs = 3;
constexpr int kTileSums = 12;
#endif
// More outputs would need more pointers than there are registers.
constexpr int kMaxOutputs = 8;

template <int kInputs>
constexpr int kTileOutputs =
    kTileSums / kInputs < kMaxOutputs ? kTileSums / kInputs : kMaxOutputs;

// Loads a vector of subjects. `Lanes` is nothing for a whole vector.
struct AllLanes {
  IL_INLINE Vector operator()(const float* p) const { return load_vector(p); }
};
struct FirstLanes {
  int64_t count;
  IL_INLINE Vector operator()(const float* p) const {
    return load_lanes(p, count);
  }
};

template <int kInputs, int kOutputs, class Load>
IL_INLINE void add(Vector (&sums)[kOutputs][kInputs], const float* x,
                   int64_t x_channel, const float* y, int64_t y_channel,
                   const Load& load) {
  Vector inputs[kInputs];
  for (int c = 0; c < kInputs; c++) inputs[c] = load(x + c * x_channel);
  for (int o = 0; o < kOutputs; o++) {
    Vector output = load(y + o * y_channel);
    // Otherwise GCC loads it again for every input, and loads limit the speed.
    keep_in_register(output);
    for (int c = 0; c < kInputs; c++) {
      sums[o][c] = multiply_add(inputs[c], output, sums[o][c]);
    }
  }
}

template <int kInputs, int kOutputs>
void tile(const ConvolutionSmallWeightsLoop& p, int64_t input, int64_t output) {
  const int64_t whole = p.batch / kVector * kVector;
  for (int64_t t = 0; t < p.count; t++) {
    const auto& tap = p.taps[t];
    Vector sums[kOutputs][kInputs] = {};
    const float* x = tap.x + input * p.x_channel;
    const float* y = tap.y + output * p.y_channel;
    for (int64_t column = 0; column < tap.columns; column++) {
      for (int64_t b = 0; b < whole; b += kVector) {
        add(sums, x + b, p.x_channel, y + b, p.y_channel, AllLanes{});
      }
      if (whole < p.batch) {
        add(sums, x + whole, p.x_channel, y + whole, p.y_channel,
            FirstLanes{p.batch - whole});
      }
      x += p.x_column;
      y += p.y_column;
    }
    float* to = tap.sums + (output * p.inputs + input) * kLanes;
    for (int o = 0; o < kOutputs; o++) {
      for (int c = 0; c < kInputs; c++) {
        float* sum = to + (o * p.inputs + c) * kLanes;
        store_vector(sum, load_vector(sum) + sums[o][c]);
      }
    }
  }
}

// Computes a tile of `outputs` channels, at most kOutputs.
template <int kInputs, int kOutputs>
IL_INLINE void tile_of(const ConvolutionSmallWeightsLoop& p, int64_t input,
                       int64_t output, int64_t outputs) {
  if constexpr (kOutputs > 1) {
    if (outputs < kOutputs) {
      tile_of<kInputs, kOutputs - 1>(p, input, output, outputs);
      return;
    }
  }
  tile<kInputs, kOutputs>(p, input, output);
}

// Computes all outputs of `inputs` channels, at most kInputs. Tiles differ by
// at most one output.
template <int kInputs>
IL_INLINE void tiles(const ConvolutionSmallWeightsLoop& p, int64_t input,
                     int64_t inputs) {
  if constexpr (kInputs > 1) {
    if (inputs < kInputs) {
      tiles<kInputs - 1>(p, input, inputs);
      return;
    }
  }
  constexpr int kMost = kTileOutputs<kInputs>;
  const int64_t count = (p.outputs + kMost - 1) / kMost;
  for (int64_t i = 0; i < count; i++) {
    const int64_t from = p.outputs * i / count;
    tile_of<kInputs, kMost>(p, input, from, p.outputs * (i + 1) / count - from);
  }
}

}  // namespace

void convolution_small_weights(const ConvolutionSmallWeightsLoop& p) {
  const int64_t count = (p.inputs + kMaxInputs - 1) / kMaxInputs;
  for (int64_t i = 0; i < count; i++) {
    const int64_t from = p.inputs * i / count;
    tiles<kMaxInputs>(p, from, p.inputs * (i + 1) / count - from);
  }
}

void sum_lanes(float* to, const float* from, int64_t count) {
  for (int64_t i = 0; i < count; i++) {
    const Four four = fold_to_four<Plus>(load_vector(from + i * kLanes));
    to[i] = (four[0] + four[1]) + (four[2] + four[3]);
  }
}

}  // namespace interlatent::IL_ISA
