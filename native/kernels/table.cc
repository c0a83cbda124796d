// The table of loops of one instruction set.
#include "kernels/table.h"

namespace interlatent::IL_ISA {

#define IL_TEXT_OF(name) #name
#define IL_TEXT(macro) IL_TEXT_OF(macro)

const Loops loops = {
    .isa = IL_TEXT(IL_ISA),
    .map = map,
};

}  // namespace interlatent::IL_ISA
