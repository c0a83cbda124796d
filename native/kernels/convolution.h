// What a convolution, its transpose and the slopes by its weights have in
// common: one picture after the other along the leading dimensions.
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

  // Elements from an operand's data to that of convolution `index`.
  struct Shifts {
    int64_t out, first, second;
  };
  Shifts shifts_of(int64_t index, const Place& place) const {
    const auto at = static_cast<size_t>(index);
    return {shift(0, place) + starts_.out[at],
            shift(1, place) + starts_.first[at],
            shift(2, place) + starts_.second[at]};
  }

 private:
  Starts starts_;
};

std::unique_ptr<Kernel> make_convolution_weights(
    RecordReader& in, const Preparation& preparation,
    const ConvolutionRecord& record);

}  // namespace interlatent
