// Decodes element-wise programs and renames their registers.
#include "records/elementwise.h"

#include "math/elementwise.h"

namespace interlatent {
namespace {

// Opcode, target, three sources, index of the immediate.
constexpr size_t kCodeWords = 6;

struct Shape {
  int operands;
  int immediates;
};

// Returns the numbers of operands and immediates of an opcode; both are 0 for
// an unknown opcode.
Shape shape_of(int64_t opcode) {
  if (opcode == 0) return {0, 1};
#define IL_UNARY(name, code, cost, immediates, value) \
  if (opcode == code) return {1, immediates};
#define IL_BINARY(name, code, cost, value) \
  if (opcode == code) return {2, 0};
#define IL_TERNARY(name, code, cost, value) \
  if (opcode == code) return {3, 0};
  IL_UNARY_INSTRUCTIONS(IL_UNARY)
  IL_BINARY_INSTRUCTIONS(IL_BINARY)
  IL_TERNARY_INSTRUCTIONS(IL_TERNARY)
#undef IL_UNARY
#undef IL_BINARY
#undef IL_TERNARY
  return {0, 0};
}

// Reads the instructions and renames registers. Slots are inputs, outputs, then
// registers. `location` is the slot that holds each register at the end.
template <class Fields>
void read_instructions(const RecordReader& in, const Fields& fields,
                       ElementwiseProgram& program) {
  const int64_t registers = fields.registers;
  in.accept("registers", registers, program.inputs, registers);
  const int32_t first_register = program.inputs + program.outputs;
  program.slots = first_register + static_cast<int32_t>(registers);
  std::vector<int32_t> location(static_cast<size_t>(registers), -1);
  for (int32_t i = 0; i < program.inputs; i++) {
    location[static_cast<size_t>(i)] = i;
  }
  for (size_t i = 0; i < fields.code.size(); i += kCodeWords) {
    const int64_t* code = &fields.code[i];
    const int64_t opcode = code[0];
    const Shape shape = shape_of(opcode);
    if (shape.operands + shape.immediates == 0) {
      in.refuse("unknown opcode " + std::to_string(opcode));
    }
    Instruction instruction{};
    instruction.opcode = static_cast<int32_t>(opcode);
    const int64_t target = code[1];
    in.accept("a target register", target, 0, registers - 1);
    int32_t* operands[] = {&instruction.a, &instruction.b, &instruction.c};
    for (int k = 0; k < 3; k++) {
      const bool used = k < shape.operands;
      const int64_t source = code[2 + k];
      in.accept("a source register", source, used ? 0 : -1, registers - 1);
      if (!used) continue;
      *operands[k] = location[static_cast<size_t>(source)];
      if (*operands[k] < 0) {
        in.refuse("register " + std::to_string(source) +
                  " is read before it is written");
      }
    }
    const int64_t immediate = code[5];
    const auto immediates = static_cast<int64_t>(fields.immediates.size());
    in.accept("an immediate", immediate, shape.immediates > 0 ? 0 : -1,
              immediates - shape.immediates);
    if (shape.immediates > 0) {
      const auto index = static_cast<size_t>(immediate);
      instruction.lo = fields.immediates[index];
      if (shape.immediates > 1) instruction.hi = fields.immediates[index + 1];
    }
    instruction.target = first_register + static_cast<int32_t>(target);
    location[static_cast<size_t>(target)] = instruction.target;
    program.instructions.push_back(instruction);
  }
  for (int32_t output = 0; output < program.outputs; output++) {
    const int64_t source = fields.results[static_cast<size_t>(output)];
    in.accept("an output register", source, 0, registers - 1);
    const int32_t from = location[static_cast<size_t>(source)];
    const int32_t to = program.inputs + output;
    if (from < 0) in.refuse("an output register is never written");
    if (from < first_register) {
      // The source is an input, or a register that is already another output.
      Instruction copy{};
      copy.opcode = static_cast<int32_t>(Opcode::copy);
      copy.target = to;
      copy.a = from;
      program.instructions.push_back(copy);
      continue;
    }
    // The last instruction that writes the register writes the output instead.
    auto writer = program.instructions.end();
    while ((--writer)->target != from) {
    }
    writer->target = to;
    for (auto reader = writer + 1; reader != program.instructions.end();
         ++reader) {
      for (int32_t* operand : {&reader->a, &reader->b, &reader->c}) {
        if (*operand == from) *operand = to;
      }
    }
    location[static_cast<size_t>(source)] = to;
  }
}

// An output may overlap an input. Then the input is copied before it is used,
// unless no instruction reads it after the output is written.
void find_copies(ElementwiseProgram& program) {
  for (int32_t output = 0; output < program.outputs; output++) {
    const int32_t slot = program.inputs + output;
    const auto& target = program.views[static_cast<size_t>(slot)];
    const auto& code = program.instructions;
    size_t writer = 0;
    while (code[writer].target != slot) writer++;
    for (int32_t input = 0; input < program.inputs; input++) {
      auto& source = program.views[static_cast<size_t>(input)];
      const bool apart = source.data + source.extent <= target.data ||
                         target.data + target.extent <= source.data;
      if (apart) continue;
      bool read_later = false;
      for (size_t i = writer + 1; i < code.size(); i++) {
        const int operands = shape_of(code[i].opcode).operands;
        read_later |= (operands > 0 && code[i].a == input) ||
                      (operands > 1 && code[i].b == input) ||
                      (operands > 2 && code[i].c == input);
      }
      if (read_later || source.data != target.data ||
          source.strides != target.strides) {
        source.in_place = false;
      }
    }
  }
}

template <class Fields>
ElementwiseProgram read_elementwise(const RecordReader& in,
                                    const Fields& fields) {
  ElementwiseProgram program;
  program.dims = fields.dims;
  in.product(program.dims);
  program.outputs = static_cast<int32_t>(fields.outputs);
  program.inputs = static_cast<int32_t>(fields.inputs);
  in.accept("inputs", fields.inputs, 0, kMaxOperands - fields.outputs);
  const size_t operands = static_cast<size_t>(program.inputs) +
                          static_cast<size_t>(program.outputs);
  in.expect_operands(operands, operands);
  std::vector<ElementwiseProgram::View> outputs;
  auto strides = fields.strides.begin();
  for (size_t i = 0; i < operands; i++, strides += fields.rank) {
    const bool written = i < static_cast<size_t>(program.outputs);
    ElementwiseProgram::View view{
        in.floats(i, written ? RecordReader::Access::kWrites
                             : RecordReader::Access::kReads),
        in.operand(i).extent,
        i,
        {strides, strides + fields.rank},
        true};
    in.check_view(i, program.dims, view.strides);
    (written ? outputs : program.views).push_back(std::move(view));
  }
  for (auto& view : outputs) program.views.push_back(std::move(view));
  read_instructions(in, fields, program);
  find_copies(program);
  return program;
}

// Removes dimensions of size 1 and merges neighbouring dimensions that are
// contiguous in all operands. Dimensions of different `groups` (one per
// dimension, reduced in parallel) are never merged.
void simplify(ElementwiseProgram& program, std::vector<int>& groups) {
  std::vector<int64_t> dims;
  std::vector<int> merged_groups;
  std::vector<std::vector<int64_t>> strides(program.views.size());
  for (size_t dim = 0; dim < program.dims.size(); dim++) {
    const int64_t size = program.dims[dim];
    if (size == 1) continue;
    bool merges = !dims.empty() && merged_groups.back() == groups[dim];
    for (size_t i = 0; merges && i < program.views.size(); i++) {
      merges = strides[i].back() == program.views[i].strides[dim] * size;
    }
    if (!merges) {
      dims.push_back(1);
      merged_groups.push_back(groups[dim]);
    }
    dims.back() *= size;
    for (size_t i = 0; i < program.views.size(); i++) {
      if (!merges) strides[i].push_back(0);
      strides[i].back() = program.views[i].strides[dim];
    }
  }
  program.dims = std::move(dims);
  groups = std::move(merged_groups);
  for (size_t i = 0; i < program.views.size(); i++) {
    program.views[i].strides = std::move(strides[i]);
  }
}

}  // namespace

int32_t ElementwiseProgram::returned_input() const {
  if (instructions.size() != 1) return -1;
  const Instruction& only = instructions[0];
  const bool copies = only.opcode == static_cast<int32_t>(Opcode::copy);
  return copies && only.a < inputs ? only.a : -1;
}

MapRecord::MapRecord(RecordReader& in)
    : program(read_elementwise(in, MapFields(in))) {
  for (size_t i = 0; i < static_cast<size_t>(program.outputs); i++) {
    const auto& view = program.views[static_cast<size_t>(program.inputs) + i];
    for (size_t dim = 0; dim < program.dims.size(); dim++) {
      if (program.dims[dim] > 1 && view.strides[dim] == 0) {
        in.refuse("output " + std::to_string(i) +
                  " has stride 0 in a dimension of size " +
                  std::to_string(program.dims[dim]));
      }
    }
    written.push_back(
        {i, view.data, in.operand(i).run_stride, program.dims, view.strides});
  }
  std::vector<int> groups(program.dims.size(), 0);
  simplify(program, groups);
}

ReduceRecord::ReduceRecord(RecordReader& in) {
  const ReduceFields fields(in);
  program = read_elementwise(in, fields);
  if (program.outputs != 1) in.refuse("it must have one output");
  takes_maximum = fields.takes_maximum;
  reduced.assign(fields.reduced.begin(), fields.reduced.end());
  auto& output = program.views.back();
  for (size_t dim = 0; dim < program.dims.size(); dim++) {
    const bool moves = output.strides[dim] != 0;
    if (program.dims[dim] > 1 && moves == (reduced[dim] == 1)) {
      in.refuse("the output's stride is " +
                std::to_string(output.strides[dim]) + " in a dimension that " +
                (moves ? "is reduced" : "is not reduced"));
    }
  }
  // The program never writes its result to the output itself. A sum of values
  // in memory needs no program.
  output.in_place = false;
  result = program.inputs;
  if (program.returned_input() >= 0) {
    result = program.returned_input();
    program.instructions.clear();
  }
  WrittenTensor tensor{0, output.data, in.operand(0).run_stride, {}, {}};
  for (size_t dim = 0; dim < reduced.size(); dim++) {
    if (reduced[dim] == 1) continue;
    tensor.dims.push_back(program.dims[dim]);
    tensor.strides.push_back(output.strides[dim]);
  }
  written.push_back(std::move(tensor));
  simplify(program, reduced);
}

}  // namespace interlatent
