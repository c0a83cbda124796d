// Checks the requests to a program. All functions throw Error "out-of-range".
#pragma once

#include <cstdint>

#include "interlatent/backend.h"

namespace interlatent {

// Checks `count` elements at `offset` of a slab of `size` elements, to move
// data in or out.
void check_range(const char* operation, uint32_t slab, uint64_t size,
                 uint64_t offset, uint64_t count);
// Checks that data can be moved in and out of the slab.
void check_slab(const char* operation, uint32_t slab);

void check_entry(const il_run_request& request, size_t entries);
// Checks the number of steps. `outputs`: elements per step.
void check_steps(const il_run_request& request, uint64_t outputs);

}  // namespace interlatent
