// The element-wise programs of map and reduce, with registers renamed to slots
// so that results land in memory directly where they can.
#pragma once

#include "records/records.h"

namespace interlatent {

struct ElementwiseProgram {
  std::vector<int64_t> dims;
  // Inputs first, then outputs; strides are per dimension.
  struct View {
    float* data;
    uint64_t extent;
    size_t operand;  // its number in the kernel record
    std::vector<int64_t> strides;
    bool in_place;
  };
  std::vector<View> views;
  // Slots are numbered inputs, outputs, registers.
  int32_t inputs = 0;
  int32_t outputs = 0;
  int32_t slots = 0;
  std::vector<Instruction> instructions;

  // The input that the program returns unchanged, or -1.
  int32_t returned_input() const;
};

// Dimensions of size 1 are dropped, and neighbours that all operands walk
// through as one are merged.
struct MapRecord : Record {
  ElementwiseProgram program;
};
MapRecord read_map(RecordReader& in);

struct ReduceRecord : Record {
  ElementwiseProgram program;
  bool takes_maximum;        // else sum
  int32_t result;            // slot of what is reduced
  std::vector<int> reduced;  // per dimension; those of both kinds stay apart
};
ReduceRecord read_reduce(RecordReader& in);

}  // namespace interlatent
