// Describes how much of a plan would fit if the device has too little memory
// for all of it.
#pragma once

#include <cstdint>
#include <string>

#include "plan.h"

namespace interlatent::cuda {

// Returns a text: how many runs would fit with the plan's batch, and which
// batch with the plan's runs. `needed`: bytes of slabs and scratch together;
// `growing`: bytes of scratch that grow with the blocks; `available`: bytes
// that were free before the program was loaded.
std::string what_would_fit(const Plan& plan, uint64_t needed, uint64_t growing,
                           uint64_t available);

// Returns the number of copies of the block slab: the maximum over entries of
// runs x tiles. Throws Error "invalid-plan".
uint64_t block_copies(const Plan& plan);

// Returns the number of elements from one copy of the block slab to the next.
uint64_t block_size(const Plan& plan);

}  // namespace interlatent::cuda
