// Convolutions with the batch innermost: every tap of every channel multiplies
// one weight by a row of subjects. Nothing is therefore rearranged, and a
// register tile holds some channels of some vectors of subjects.
#include "loops/table.h"
#include "loops/vector.h"
#include "math/functions.h"

namespace interlatent::IL_ISA {
namespace {

#define IL_INLINE inline __attribute__((always_inline))

constexpr int kTileChannels = 6;
#if defined(__AVX512F__)
constexpr int kTileVectors = 4;
#else
constexpr int kTileVectors = 2;
#endif

// Loads a row of vectors. `lanes` of the last vector exist: all of them unless
// kPartial.
template <int kVectors, bool kPartial>
IL_INLINE void load_row(const float* p, int64_t lanes,
                        Vector (&row)[kVectors]) {
  for (int v = 0; v < kVectors; v++) {
    const float* at = p + v * kVector;
    row[v] =
        kPartial && v == kVectors - 1 ? load_lanes(at, lanes) : load_vector(at);
  }
}

// Applies what follows the sums of `kChannels` channels. `at` is the offset of
// the first result.
template <int kChannels, int kVectors, bool kPartial>
IL_INLINE void finish(const ConvolutionLoop& p, int64_t channel, int64_t at,
                      int64_t lanes, Vector (&sums)[kChannels][kVectors]) {
  if (p.bias != nullptr) {
    for (int c = 0; c < kChannels; c++) {
      const float bias = p.bias[channel + c];
      for (int v = 0; v < kVectors; v++) sums[c][v] += bias;
    }
  }
  if (p.activation == Activation::kLeakyRelu) {
    for (int c = 0; c < kChannels; c++) {
      for (int v = 0; v < kVectors; v++) {
        const Vector x = sums[c][v];
        sums[c][v] = x > 0.0f ? x : x * p.slope;
      }
    }
  } else if (p.saved != nullptr) {
    const bool leaky = p.activation == Activation::kLeakyReluSlope;
    for (int c = 0; c < kChannels; c++) {
      Vector saved[kVectors];
      load_row<kVectors, kPartial>(p.saved + at + c * p.result_channel, lanes,
                                   saved);
      for (int v = 0; v < kVectors; v++) {
        const Vector x = sums[c][v];
        const Vector y = saved[v];
        sums[c][v] = leaky ? (y > 0.0f ? x : x * p.slope) : x * (1.0f - y * y);
      }
    }
  }
  if (p.lanes == nullptr) return;
  for (int c = 0; c < kChannels; c++) {
    float* to = p.lanes + (channel + c) * kLanes;
    Vector total = load_vector(to);
    for (int v = 0; v < kVectors; v++) {
      total += kPartial && v == kVectors - 1 ? first_lanes(sums[c][v], lanes)
                                             : sums[c][v];
    }
    store_vector(to, total);
  }
}

// In a transpose, consecutive weights are a row of all input channels apart.
// From some kilobytes on, the hardware does not prefetch them.
constexpr int64_t kAhead = 8;
constexpr int64_t kApart = 1024;
IL_INLINE void fetch(const float* weights, int64_t count) {
  for (int64_t i = 0; i < count; i += 16) __builtin_prefetch(weights + i);
}

// Distances of some taps of a position from the first one, in the source and in
// the weights. Neighbouring positions mostly have the same. A single list of
// rows and columns is faster than two nested loops with few iterations.
class Taps {
 public:
  // Lists the taps from number `first` on.
  IL_INLINE void list(const ConvolutionLoop& p, const IndexPairs& across,
                      int64_t first) {
    if (first == first_ && across.count == columns_ && across.step == step_ &&
        across.at_step == at_step_) {
      return;
    }
    first_ = first;
    columns_ = across.count;
    step_ = across.step;
    at_step_ = across.at_step;
    const int64_t all = int64_t{p.down.count} * columns_;
    count_ = all - first < kMax ? all - first : kMax;
    if (count_ <= 0) return;
    int64_t row = first / columns_;
    int64_t column = first % columns_;
    for (int64_t i = 0; i < count_; i++) {
      source_[i] = row * p.down.at_step * p.source_row +
                   column * across.at_step * p.batch;
      weights_[i] = row * p.down.step * p.weights_row + column * across.step;
      if (++column < columns_) continue;
      column = 0;
      row++;
    }
  }

  IL_INLINE int64_t count() const { return count_; }
  IL_INLINE int64_t source(int64_t i) const { return source_[i]; }
  IL_INLINE int64_t weights(int64_t i) const { return weights_[i]; }

 private:
  static constexpr int64_t kMax = 64;
  int64_t first_ = -1, count_ = 0;
  int32_t columns_ = 0, step_ = 0, at_step_ = 0;
  int64_t source_[kMax], weights_[kMax];
};

template <int kChannels, int kVectors, bool kPartial>
void tile(const ConvolutionLoop& p, int64_t channel, int64_t column,
          int64_t subject, int64_t lanes, Taps& taps) {
  Vector sums[kChannels][kVectors] = {};
  const IndexPairs& down = p.down;
  const IndexPairs& across = p.across[column];
  const float* source =
      p.source + down.at * p.source_row + across.at * p.batch + subject;
  const float* weights = p.weights + channel * p.weights_channel +
                         down.first * p.weights_row + across.first;
  const bool apart = p.weights_reduced > kApart;
  const int64_t all = int64_t{down.count} * across.count;
  for (int64_t first = 0; first < all; first += taps.count()) {
    taps.list(p, across, first);
    for (int64_t k = 0; k < p.reduced; k++) {
      const float* source_row = source + k * p.source_channel;
      const float* tap_row = weights + k * p.weights_reduced;
      if (apart && k + kAhead < p.reduced) {
        fetch(tap_row + kAhead * p.weights_reduced,
              kChannels * p.weights_channel);
      }
      for (int64_t i = 0; i < taps.count(); i++) {
        Vector row[kVectors];
        load_row<kVectors, kPartial>(source_row + taps.source(i), lanes, row);
        const float* tap = tap_row + taps.weights(i);
        for (int c = 0; c < kChannels; c++) {
          const float factor = tap[c * p.weights_channel];
          for (int v = 0; v < kVectors; v++) {
            sums[c][v] = multiply_add(factor, row[v], sums[c][v]);
          }
        }
      }
    }
  }
  const int64_t at = channel * p.result_channel + column * p.batch + subject;
  finish<kChannels, kVectors, kPartial>(p, channel, at, lanes, sums);
  for (int c = 0; c < kChannels; c++) {
    float* to = p.result + at + c * p.result_channel;
    for (int v = 0; v < kVectors; v++) {
      if (kPartial && v == kVectors - 1) {
        store_lanes(to + v * kVector, sums[c][v], lanes);
      } else {
        store_vector(to + v * kVector, sums[c][v]);
      }
    }
  }
}

template <int kChannels, int kVectors>
IL_INLINE void tile_columns(const ConvolutionLoop& p, int64_t channel,
                            int64_t subject, Taps& taps) {
  for (int64_t column = 0; column < p.columns; column++) {
    tile<kChannels, kVectors, false>(p, channel, column, subject, kVector,
                                     taps);
  }
}

// Computes all columns and subjects of some channels.
template <int kChannels>
void tile_subjects(const ConvolutionLoop& p, int64_t channel, Taps& taps) {
  int64_t subject = 0;
  constexpr int64_t kStep = kTileVectors * kVector;
  for (; subject + kStep <= p.batch; subject += kStep) {
    tile_columns<kChannels, kTileVectors>(p, channel, subject, taps);
  }
  if constexpr (kTileVectors > 2) {
    for (; subject + 2 * kVector <= p.batch; subject += 2 * kVector) {
      tile_columns<kChannels, 2>(p, channel, subject, taps);
    }
  }
  for (; subject + kVector <= p.batch; subject += kVector) {
    tile_columns<kChannels, 1>(p, channel, subject, taps);
  }
  if (subject == p.batch) return;
  for (int64_t column = 0; column < p.columns; column++) {
    tile<kChannels, 1, true>(p, channel, column, subject, p.batch - subject,
                             taps);
  }
}

}  // namespace

void convolution(const ConvolutionLoop& p) {
  // Divide the channels evenly: tiles differ by at most one channel.
  Taps taps;
  int64_t channel = 0;
  int64_t tiles = (p.channels + kTileChannels - 1) / kTileChannels;
  while (channel < p.channels) {
    const int64_t count = (p.channels - channel + tiles - 1) / tiles;
    switch (count) {
      case 6:
        tile_subjects<6>(p, channel, taps);
        break;
      case 5:
        tile_subjects<5>(p, channel, taps);
        break;
      case 4:
        tile_subjects<4>(p, channel, taps);
        break;
      case 3:
        tile_subjects<3>(p, channel, taps);
        break;
      case 2:
        tile_subjects<2>(p, channel, taps);
        break;
      default:
        tile_subjects<1>(p, channel, taps);
        break;
    }
    channel += count;
    tiles--;
  }
  if (p.activation != Activation::kTanh) return;
  for (channel = 0; channel < p.channels; channel++) {
    float* row = p.result + channel * p.result_channel;
    IL_INDEPENDENT
    for (int64_t i = 0; i < p.columns * p.batch; i++) {
      row[i] = hyperbolic_tangent(row[i]);
    }
  }
}

}  // namespace interlatent::IL_ISA
