// Dependencies between the kernels of an entry. Two kernels depend on each
// other if they access the same elements and one of them writes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "plan.h"

namespace interlatent::cuda {

// Returns the direct dependencies of every kernel: earlier kernels that it
// waits for, without those that another dependency already waits for. Kernels
// in `barriers` wait for all earlier kernels, and all later kernels wait for
// them.
std::vector<std::vector<size_t>> find_dependencies(
    const Entry& entry, uint32_t runs, const std::vector<bool>& barriers);

// Returns the number of kernels in the longest chain of dependencies.
size_t depth_of(const std::vector<std::vector<size_t>>& dependencies);

}  // namespace interlatent::cuda
