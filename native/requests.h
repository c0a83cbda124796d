// What is asked of a program, held against what it has. Both throw Error
// "out-of-range".
#pragma once

#include <cstdint>

#include "interlatent/backend.h"

namespace interlatent {

// `count` elements at `offset` of a slab of `size` elements, for moving data in
// or out.
void check_range(const char* operation, uint32_t slab, uint64_t size,
                 uint64_t offset, uint64_t count);
// Slabs that data moves in and out of.
void check_slab(const char* operation, uint32_t slab);

void check_entry(const il_run_request& request, size_t entries);
// `outputs`: elements per step.
void check_steps(const il_run_request& request, uint64_t outputs);

}  // namespace interlatent
