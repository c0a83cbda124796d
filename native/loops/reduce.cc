// Reductions in a fixed order. If the innermost dimension is reduced, 64 float
// lanes per block are folded into a double per block. If it is not reduced, one
// float accumulator per element is added to a double every 16 terms. Long
// reductions are cut into chunks by shape, and the doubles of the chunks are
// added in order.
#include <type_traits>

#include "loops/elementwise.h"
#include "loops/table.h"
#include "loops/vector.h"

namespace interlatent::IL_ISA {
namespace {

constexpr int64_t kWide = 64;
constexpr int64_t kTerms = 16;

inline void add_other_offsets(const ReduceLoop& loop, int64_t index,
                              Block& block) {
  const int operands = loop.program.inputs + loop.program.outputs;
  for (int dim = loop.other_rank - 1; dim >= 0; dim--) {
    const int64_t position = take_position(index, loop.other_dims[dim]);
    for (int i = 0; i < operands; i++) {
      block.offsets[i] += position * loop.other_strides[i][dim];
    }
  }
}

// Reduces the first n values to one, as a tree, and the last four in double
// precision.
template <class Operation>
double fold_block(const float* values, int64_t n) {
  constexpr int64_t vectors = kWide / kVector;
  Vector wide[vectors];
  for (Vector& vector : wide) vector = Vector{} + Operation::kStart;
  int64_t i = 0;
  for (; i + kWide <= n; i += kWide) {
    for (int64_t v = 0; v < vectors; v++) {
      wide[v] =
          Operation::combine(wide[v], load_vector(values + i + v * kVector));
    }
  }
  for (; i + kVector <= n; i += kVector) {
    wide[0] = Operation::combine(wide[0], load_vector(values + i));
  }
  if (i < n) {
    float lanes[kVector];
    store_vector(lanes, wide[0]);
    for (int64_t j = 0; j < n - i; j++) {
      lanes[j] = Operation::combine(lanes[j], values[i + j]);
    }
    wide[0] = load_vector(lanes);
  }
  for (int64_t half = vectors / 2; half > 0; half /= 2) {
    for (int64_t v = 0; v < half; v++) {
      wide[v] = Operation::combine(wide[v], wide[v + half]);
    }
  }
  const Four four = fold_to_four<Operation>(wide[0]);
  return Operation::combine(
      Operation::combine(double{four[0]}, double{four[1]}),
      Operation::combine(double{four[2]}, double{four[3]}));
}

void merge(double* total, double value, bool maximum) {
  *total = maximum ? Maximum::combine(*total, value) : *total + value;
}

// The accumulators of one item if the innermost dimension is not reduced.
struct Accumulators {
  float* recent;
  double* total;
};

void empty(const Accumulators& accumulators, int64_t n, bool maximum,
           bool first) {
  const float* recent = accumulators.recent;
  double* total = accumulators.total;
  if (first) {
#pragma omp simd
    for (int64_t i = 0; i < n; i++) total[i] = double{recent[i]};
  } else if (maximum) {
#pragma omp simd
    for (int64_t i = 0; i < n; i++) {
      total[i] = Maximum::combine(total[i], double{recent[i]});
    }
  } else {
#pragma omp simd
    for (int64_t i = 0; i < n; i++) total[i] += double{recent[i]};
  }
}

void accumulate(float* recent, const float* values, int64_t n, bool maximum,
                bool first) {
  if (first) {
#pragma omp simd
    for (int64_t i = 0; i < n; i++) recent[i] = values[i];
  } else if (maximum) {
#pragma omp simd
    for (int64_t i = 0; i < n; i++)
      recent[i] = Maximum::combine(recent[i], values[i]);
  } else {
#pragma omp simd
    for (int64_t i = 0; i < n; i++) recent[i] += values[i];
  }
}

void reduce_columns(const ReduceLoop& loop, const int64_t* shifts, int64_t item,
                    int64_t chunk, const BlockScratch& scratch,
                    const Accumulators& accumulators) {
  const bool maximum = loop.takes_maximum != 0;
  const int64_t first = chunk * loop.chunk_units;
  const int64_t limit = first + loop.chunk_units;
  const int64_t end = limit < loop.units ? limit : loop.units;
  Block base;
  locate_block(loop.program, shifts, item, base);
  const int64_t n = base.padded;
  for (int64_t unit = first; unit < end; unit++) {
    Block block = base;
    add_other_offsets(loop, unit, block);
    execute_block(loop.program, block, scratch);
    const int64_t term = (unit - first) % kTerms;
    accumulate(accumulators.recent, scratch.slots[loop.result], n, maximum,
               term == 0);
    if (term == kTerms - 1 || unit == end - 1) {
      empty(accumulators, n, maximum, unit - first < kTerms);
    }
  }
}

void store_item(const ReduceLoop& loop, const int64_t* shifts, int64_t item,
                const double* total) {
  Block block;
  const BlockOperand& operand = loop.program.operands[loop.program.inputs];
  const int output = loop.program.inputs;
  if (loop.innermost_reduced != 0) {
    for (int i = 0; i <= output; i++) block.offsets[i] = shifts[i];
    add_other_offsets(loop, item, block);
    operand.data[block.offsets[output]] = static_cast<float>(*total);
    return;
  }
  locate_block(loop.program, shifts, item, block);
  for (int64_t row = 0; row < block.rows; row++) {
    float* target =
        operand.data + block.offsets[output] + row * operand.row_stride;
    const double* source = total + row * block.columns;
    if (operand.column_stride == 1) {
#pragma omp simd
      for (int64_t i = 0; i < block.columns; i++) {
        target[i] = static_cast<float>(source[i]);
      }
    } else {
      for (int64_t i = 0; i < block.columns; i++) {
        target[i * operand.column_stride] = static_cast<float>(source[i]);
      }
    }
  }
}

template <class Operation>
double reduce_blocks(const ReduceLoop& loop, const int64_t* shifts,
                     int64_t item, int64_t chunk, const BlockScratch& scratch) {
  constexpr bool maximum = std::is_same_v<Operation, Maximum>;
  const int64_t first = chunk * loop.chunk_units;
  const int64_t limit = first + loop.chunk_units;
  const int64_t end = limit < loop.units ? limit : loop.units;
  double total = maximum ? double{-__builtin_inff()} : 0.0;
  for (int64_t unit = first; unit < end; unit++) {
    Block block;
    locate_block(loop.program, shifts, unit, block);
    add_other_offsets(loop, item, block);
    execute_block(loop.program, block, scratch);
    const float* values = scratch.slots[loop.result];
    const int64_t n = block.rows * block.columns;
    merge(&total, fold_block<Operation>(values, n), maximum);
  }
  return total;
}

// True if an item is one block that lies in memory as whole vectors, or that no
// instruction reads.
bool is_single_row(const ReduceLoop& loop) {
  const ElementwiseLoop& program = loop.program;
  return loop.innermost_reduced != 0 && loop.units == 1 &&
         program.instruction_count == 0 && program.inputs == 1 &&
         program.rows == 1 && program.operands[0].column_stride == 1;
}

// Reduces rows of a tensor. Short rows take less time than to prepare a block.
template <class Operation>
void reduce_rows(const ReduceLoop& loop, const int64_t* shifts, int64_t first,
                 int64_t end) {
  const double start = double{Operation::kStart};
  Block block;
  for (int64_t item = first; item < end; item++) {
    block.offsets[0] = shifts[0];
    block.offsets[1] = shifts[1];
    add_other_offsets(loop, item, block);
    const float* row = loop.program.operands[0].data + block.offsets[0];
    const double total = Operation::combine(
        start, fold_block<Operation>(row, loop.program.columns));
    loop.program.operands[1].data[block.offsets[1]] = static_cast<float>(total);
  }
}

}  // namespace

void reduce(const ReduceLoop& loop, const int64_t* shifts, double* partials,
            int64_t task, std::byte* memory) {
  const BlockScratch scratch = block_scratch(loop.program, memory);
  const int64_t elements = loop.program.block_elements;
  float* after = scratch.block(loop.program.slots);
  const Accumulators accumulators = {
      after, reinterpret_cast<double*>(after + elements)};
  const int64_t first = task / loop.chunks * loop.items_per_task;
  const int64_t chunk = task % loop.chunks;
  const int64_t limit = first + loop.items_per_task;
  const int64_t end = limit < loop.items ? limit : loop.items;
  const bool maximum = loop.takes_maximum != 0;
  if (is_single_row(loop)) {
    if (maximum) {
      reduce_rows<Maximum>(loop, shifts, first, end);
    } else {
      reduce_rows<Plus>(loop, shifts, first, end);
    }
    return;
  }
  for (int64_t item = first; item < end; item++) {
    double total = 0;
    double* totals = &total;
    if (loop.innermost_reduced != 0) {
      total = maximum
                  ? reduce_blocks<Maximum>(loop, shifts, item, chunk, scratch)
                  : reduce_blocks<Plus>(loop, shifts, item, chunk, scratch);
    } else {
      reduce_columns(loop, shifts, item, chunk, scratch, accumulators);
      totals = accumulators.total;
    }
    if (loop.chunks == 1) {
      store_item(loop, shifts, item, totals);
      continue;
    }
    double* partial =
        partials + (item * loop.chunks + chunk) * loop.item_elements;
    for (int64_t i = 0; i < loop.item_elements; i++) partial[i] = totals[i];
  }
}

void combine_partials(const ReduceLoop& loop, const int64_t* shifts,
                      double* partials) {
  const bool maximum = loop.takes_maximum != 0;
  const int64_t n = loop.item_elements;
  for (int64_t item = 0; item < loop.items; item++) {
    double* total = partials + item * loop.chunks * n;
    for (int64_t chunk = 1; chunk < loop.chunks; chunk++) {
      for (int64_t i = 0; i < n; i++) {
        merge(total + i, total[chunk * n + i], maximum);
      }
    }
    store_item(loop, shifts, item, total);
  }
}

}  // namespace interlatent::IL_ISA
