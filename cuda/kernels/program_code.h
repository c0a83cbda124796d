// Element-wise programs on the device: their code, and the registers of a
// thread, which lie in shared memory.
#pragma once

#include <vector>

#include "cuda/divider.h"
#include "cuda/kernel.h"
#include "cuda/kernels/vectors.h"
#include "math/elementwise.h"
#include "records/elementwise.h"

namespace interlatent::cuda {

// A program in which values with disjoint lifetimes share slots.
struct CompactCode {
  std::vector<Instruction> instructions;
  std::vector<int32_t> input_slots;   // -1: the input is never read
  std::vector<int32_t> output_slots;  // in the order of `results`
  int32_t slots;
};

// Removes unused instructions and assigns slots. `results` are the slots of the
// program that are read at its end.
CompactCode compact(const ElementwiseProgram& program,
                    const std::vector<int32_t>& results);

// Maximum number of dimensions of a program on the device.
inline constexpr int kDeviceRank = kMaxRank + 2;

struct ProgramOperand {
  Located<float> data;
  int32_t slot;
  int64_t strides[kDeviceRank];
};

// The instructions that every thread executes.
struct ProgramCode {
  const Instruction* instructions;
  int32_t count;
};

// The slots of one thread, with `kWidth` neighbouring elements each. Slots of
// neighbouring threads are adjacent, so that shared memory is accessed without
// bank conflicts.
template <int kWidth>
struct Registers {
  float* file;  // slots of the whole thread block
  uint32_t thread, threads;

  __device__ float* slot(int32_t index) const {
    return file + (static_cast<uint32_t>(index) * threads + thread) * kWidth;
  }
  __device__ void get(int32_t index, float (&values)[kWidth]) const;
  __device__ void set(int32_t index, const float (&values)[kWidth]) const;
};

template <>
__device__ inline void Registers<1>::get(int32_t index,
                                         float (&values)[1]) const {
  values[0] = *slot(index);
}
template <>
__device__ inline void Registers<1>::set(int32_t index,
                                         const float (&values)[1]) const {
  *slot(index) = values[0];
}
template <>
__device__ inline void Registers<4>::get(int32_t index,
                                         float (&values)[4]) const {
  load_four(values, slot(index));
}
template <>
__device__ inline void Registers<4>::set(int32_t index,
                                         const float (&values)[4]) const {
  store_vector<4>(slot(index), values);
}

// Executes one instruction.
template <int kWidth>
__device__ void execute(const Instruction& instruction,
                        const Registers<kWidth>& registers) {
  const float lo = instruction.lo;
  const float hi = instruction.hi;
  (void)hi;
  float a[kWidth];
  float b[kWidth];
  float c[kWidth];
  float result[kWidth];
  switch (instruction.opcode) {
    case 0:
      for (int i = 0; i < kWidth; i++) result[i] = lo;
      break;
#define IL_UNARY(name, code, cost, immediates, value) \
  case code:                                          \
    registers.get(instruction.a, a);                  \
    for (int i = 0; i < kWidth; i++) {                \
      const float x = a[i];                           \
      result[i] = value;                              \
    }                                                 \
    break;
#define IL_BINARY(name, code, cost, value) \
  case code:                               \
    registers.get(instruction.a, a);       \
    registers.get(instruction.b, b);       \
    for (int i = 0; i < kWidth; i++) {     \
      const float x = a[i];                \
      const float y = b[i];                \
      result[i] = value;                   \
    }                                      \
    break;
#define IL_TERNARY(name, code, cost, value) \
  case code:                                \
    registers.get(instruction.a, a);        \
    registers.get(instruction.b, b);        \
    registers.get(instruction.c, c);        \
    for (int i = 0; i < kWidth; i++) {      \
      const float x = a[i];                 \
      const float y = b[i];                 \
      const float z = c[i];                 \
      result[i] = value;                    \
    }                                       \
    break;
      IL_UNARY_INSTRUCTIONS(IL_UNARY)
      IL_BINARY_INSTRUCTIONS(IL_BINARY)
      IL_TERNARY_INSTRUCTIONS(IL_TERNARY)
#undef IL_UNARY
#undef IL_BINARY
#undef IL_TERNARY
    default:
      for (int i = 0; i < kWidth; i++) result[i] = 0;
  }
  registers.set(instruction.target, result);
}

template <int kWidth>
__device__ void execute(const ProgramCode& code,
                        const Registers<kWidth>& registers) {
  for (int32_t i = 0; i < code.count; i++) {
    execute(code.instructions[i], registers);
  }
}

// Returns the number of threads per block, at most `max`, whose registers fit
// 46 KB of shared memory. The rest of the 48 KB remains for other shared
// variables. Returns 0 if not even the registers of one warp fit.
inline unsigned threads_for(int32_t slots, int width, unsigned max) {
  const int64_t room = 46 * 1024 / (int64_t{4} * width * (slots + 1));
  unsigned threads = max;
  while (threads > room && threads > 0)
    threads = threads > 32 ? threads / 2 : 0;
  return threads;
}

inline size_t register_bytes(int32_t slots, int width, unsigned threads) {
  return size_t{4} * static_cast<size_t>(width) *
         static_cast<size_t>(slots + 1) * threads;
}

}  // namespace interlatent::cuda
