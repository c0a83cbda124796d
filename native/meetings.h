// Which positions of a convolution's axis meet, and what they read.
#pragma once

#include <vector>

#include "loops/loops.h"
#include "records/records.h"

namespace interlatent {

// The taps of every output, and the inputs they read.
std::vector<Meetings> taps_of_outputs(const ConvolutionRecord::Axis& axis);
// The taps of every input, and the outputs they read.
std::vector<Meetings> taps_of_inputs(const ConvolutionRecord::Axis& axis);
// The outputs of every tap, and the inputs they read.
std::vector<Meetings> outputs_of_taps(const ConvolutionRecord::Axis& axis);

}  // namespace interlatent
