// The functions that the files of this folder define, once per instruction set.
#pragma once

#include "loops/loops.h"

// Precedes a loop whose iterations never access the same element.
#if defined(__clang__)
#define IL_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#else
#define IL_INDEPENDENT _Pragma("GCC ivdep")
#endif

namespace interlatent::IL_ISA {

void map(const MapLoop& loop, const int64_t* shifts, int64_t task,
         std::byte* scratch);
void reduce(const ReduceLoop& loop, const int64_t* shifts, double* partials,
            int64_t task, std::byte* scratch);
void combine_partials(const ReduceLoop& loop, const int64_t* shifts,
                      double* partials);
void apply_epilogue(const TileProduct& product);
void small_product(const TileProduct& product);
void packed_product(const TileProduct& product, float* scratch);
void dot_product(const TileProduct& product);
void plain_product(const TileProduct& product);
void random(const RandomLoop& loop, uint64_t step, int64_t task);
void gather(const GatherTile& tile);
void mixture(const MixtureLoop& loop, int64_t task, std::byte* scratch);
void convolution(const ConvolutionLoop& loop);
void transpose(const Transposition& loop);
void convolution_weights(const ConvolutionWeightsLoop& loop);
void convolution_small_weights(const ConvolutionSmallWeightsLoop& loop);
void sum_lanes(float* to, const float* from, int64_t count);
void largest(float* best, const float* x, int64_t count);
void largest_place(float* best, int32_t* places, const float* x, int32_t place,
                   int64_t count);
void lstm(const LstmStep& step);
void lstm_gradient(const LstmGradientStep& step);
void gru(const GruStep& step);
void gru_gradient(const GruGradientStep& step);
void determinant(const DeterminantLoop& loop, int64_t task, std::byte* scratch);
bool all_finite(const float* values, int64_t count);
void average(float* target, const float* rows, int64_t count, int64_t stride,
             int64_t elements);
void adam(const AdamStep& step, const float* gradients, float* parameters,
          float* first, float* second, int64_t count);

extern const Loops loops;

}  // namespace interlatent::IL_ISA
