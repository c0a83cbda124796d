// Base of convolutions, their transposes and their slopes by the weights: all
// visit the images along the leading dimensions.
#pragma once

#include <vector>

#include "kernels/leading.h"
#include "registry.h"

namespace interlatent {

class Convolution : public Kernel {
 protected:
  explicit Convolution(const ConvolutionRecord& record) : starts_(record) {
    flops_ = record.flops;
    written_ = record.written;
  }

  // Offsets from the data of each operand to those of convolution `index`.
  struct Shifts {
    int64_t out, first, second;
  };
  Shifts shifts_of(int64_t index, const Place& place) const {
    const auto position = static_cast<size_t>(index);
    return {shift(0, place) + starts_.out[position],
            shift(1, place) + starts_.first[position],
            shift(2, place) + starts_.second[position]};
  }

 private:
  Starts starts_;
};

std::unique_ptr<Kernel> make_convolution_weights(
    RecordReader& in, const Preparation& preparation,
    const ConvolutionRecord& record);

// True if make_convolution_small_weights is the faster one.
bool has_small_weights(const ConvolutionRecord& record);
std::unique_ptr<Kernel> make_convolution_small_weights(
    RecordReader& in, const Preparation& preparation,
    const ConvolutionRecord& record);

}  // namespace interlatent
