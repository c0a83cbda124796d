// Which kernels of an entry must wait for which: those that touch the same
// elements, one of them writing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "plan.h"

namespace interlatent::cuda {

// Per kernel the earlier ones it must wait for, without those that it waits for
// by way of another. `barriers`: kernels that wait for all before and that all
// after wait for.
std::vector<std::vector<size_t>> find_dependencies(
    const Entry& entry, uint32_t runs, const std::vector<bool>& barriers);

// Launches of the longest chain of kernels that wait for each other.
size_t depth_of(const std::vector<std::vector<size_t>>& dependencies);

}  // namespace interlatent::cuda
