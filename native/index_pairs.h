// For the axis of a convolution: pairs of an index (tap or output) and the
// position that is read there.
#pragma once

#include <vector>

#include "loops/loops.h"
#include "records/records.h"

namespace interlatent {

// Returns, for every output, its taps and the inputs that they read.
std::vector<IndexPairs> taps_of_outputs(const ConvolutionRecord::Axis& axis);
// Returns, for every input, its taps and the outputs that they read.
std::vector<IndexPairs> taps_of_inputs(const ConvolutionRecord::Axis& axis);
// Returns, for every tap, its outputs and the inputs that they read.
std::vector<IndexPairs> outputs_of_taps(const ConvolutionRecord::Axis& axis);

}  // namespace interlatent
