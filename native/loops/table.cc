// The table of loops of one instruction set.
#include "loops/table.h"

namespace interlatent::IL_ISA {

#define IL_TEXT_OF(name) #name
#define IL_TEXT(macro) IL_TEXT_OF(macro)

const Loops loops = {
    .isa = IL_TEXT(IL_ISA),
    .map = map,
    .reduce = reduce,
    .combine_partials = combine_partials,
    .apply_epilogue = apply_epilogue,
    .small_product = small_product,
    .packed_product = packed_product,
    .dot_product = dot_product,
    .plain_product = plain_product,
    .random = random,
    .gather = gather,
    .mixture = mixture,
    .convolution = convolution,
    .transpose = transpose,
    .convolution_weights = convolution_weights,
    .convolution_small_weights = convolution_small_weights,
    .sum_lanes = sum_lanes,
    .largest = largest,
    .largest_place = largest_place,
    .lstm = lstm,
    .lstm_gradient = lstm_gradient,
    .gru = gru,
    .gru_gradient = gru_gradient,
    .determinant = determinant,
    .all_finite = all_finite,
    .average = average,
    .adam = adam,
};

}  // namespace interlatent::IL_ISA
