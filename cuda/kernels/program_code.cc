#include "cuda/kernels/program_code.h"

#include <algorithm>

namespace interlatent::cuda {
namespace {

int operands_of(int32_t opcode) {
  switch (static_cast<Opcode>(opcode)) {
    case Opcode::constant:
      return 0;
#define IL_BINARY(name, code, cost, value) case Opcode::name:
      IL_BINARY_INSTRUCTIONS(IL_BINARY)
#undef IL_BINARY
      return 2;
#define IL_TERNARY(name, code, cost, value) case Opcode::name:
      IL_TERNARY_INSTRUCTIONS(IL_TERNARY)
#undef IL_TERNARY
      return 3;
    default:
      return 1;
  }
}

// Free slots. `take` returns the lowest one.
class Slots {
 public:
  int32_t take() {
    if (free_.empty()) return count_++;
    const auto lowest = std::min_element(free_.begin(), free_.end());
    const int32_t slot = *lowest;
    free_.erase(lowest);
    return slot;
  }
  void give_back(int32_t slot) { free_.push_back(slot); }
  int32_t count() const { return count_; }

 private:
  std::vector<int32_t> free_;
  int32_t count_ = 0;
};

}  // namespace

CompactCode compact(const ElementwiseProgram& program,
                    const std::vector<int32_t>& results) {
  const auto& code = program.instructions;
  // Backward pass: mark the instructions whose results are needed, and find the
  // last reader of every value.
  std::vector<char> live(static_cast<size_t>(program.slots), 0);
  for (const int32_t slot : results) live[static_cast<size_t>(slot)] = 1;
  std::vector<char> needed(code.size(), 0);
  std::vector<std::vector<int32_t>> dying(code.size());
  for (size_t i = code.size(); i-- > 0;) {
    needed[i] = live[static_cast<size_t>(code[i].target)];
    if (needed[i] == 0) continue;
    live[static_cast<size_t>(code[i].target)] = 0;
    const int32_t sources[] = {code[i].a, code[i].b, code[i].c};
    for (int k = 0; k < operands_of(code[i].opcode); k++) {
      char& alive = live[static_cast<size_t>(sources[k])];
      if (alive == 0) dying[i].push_back(sources[k]);
      alive = 1;
    }
  }
  CompactCode compacted;
  Slots slots;
  std::vector<int32_t> place(static_cast<size_t>(program.slots), 0);
  for (int32_t input = 0; input < program.inputs; input++) {
    const auto index = static_cast<size_t>(input);
    if (live[index] != 0) place[index] = slots.take();
    compacted.input_slots.push_back(live[index] != 0 ? place[index] : -1);
  }
  for (size_t i = 0; i < code.size(); i++) {
    if (needed[i] == 0) continue;
    Instruction instruction = code[i];
    int32_t* sources[] = {&instruction.a, &instruction.b, &instruction.c};
    for (int k = 0; k < operands_of(instruction.opcode); k++) {
      *sources[k] = place[static_cast<size_t>(*sources[k])];
    }
    for (const int32_t slot : dying[i]) {
      slots.give_back(place[static_cast<size_t>(slot)]);
    }
    place[static_cast<size_t>(code[i].target)] = slots.take();
    instruction.target = place[static_cast<size_t>(code[i].target)];
    compacted.instructions.push_back(instruction);
  }
  for (const int32_t slot : results) {
    compacted.output_slots.push_back(place[static_cast<size_t>(slot)]);
  }
  compacted.slots = slots.count();
  return compacted;
}

}  // namespace interlatent::cuda
