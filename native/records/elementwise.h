// The element-wise programs of map and reduce. Registers are renamed to slots,
// so that results are written directly to memory where possible.
#pragma once

#include "records/records.h"

namespace interlatent {

struct ElementwiseProgram {
  std::vector<int64_t> dims;
  // Inputs first, then outputs. Strides are per dimension.
  struct View {
    float* data;
    uint64_t extent;
    size_t operand;  // number in the kernel record
    std::vector<int64_t> strides;
    bool in_place;
  };
  std::vector<View> views;
  // Slots are numbered inputs, outputs, registers.
  int32_t inputs = 0;
  int32_t outputs = 0;
  int32_t slots = 0;
  std::vector<Instruction> instructions;

  // Returns the input that the program returns unchanged, or -1.
  int32_t returned_input() const;
};

// Dimensions of size 1 are removed. Neighbouring dimensions that are contiguous
// in all operands are merged.
struct MapRecord : Record {
  explicit MapRecord(RecordReader& in);
  ElementwiseProgram program;
};

struct ReduceRecord : Record {
  explicit ReduceRecord(RecordReader& in);
  ElementwiseProgram program;
  bool takes_maximum;        // otherwise sum
  int32_t result;            // slot of the value that is reduced
  std::vector<int> reduced;  // per dimension; both kinds are never merged
};

}  // namespace interlatent
