// What of a plan would fit a device that has too little memory for all of it.
#pragma once

#include <cstdint>
#include <string>

#include "interlatent/backend.h"
#include "plan.h"

namespace interlatent::cuda {

// In words: how many runs at the plan's batch, and which batch at its runs.
// `needed`: bytes of slabs and scratch together; `growing`: of the scratch,
// what grows with the blocks; `available`: bytes that were free before.
std::string what_would_fit(const Plan& plan, const il_ranks& ranks,
                           uint64_t needed, uint64_t growing,
                           uint64_t available);

// Copies of the block slab: runs x tiles that the program computes, of the
// entry that has most. Throws Error "invalid-plan".
uint64_t block_copies(const Plan& plan, const il_ranks& ranks);

// Elements from one copy of the block slab to the next.
uint64_t block_size(const Plan& plan);

}  // namespace interlatent::cuda
