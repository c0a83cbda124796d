// Threads of a block as fibers (docs/gpu.md).
#pragma once

#include <functional>

#include "cuda/emulation/language.h"

namespace interlatent::cuda::emulation {

// Whether INTERLATENT_EMULATION_ORDER is forward, the default.
bool is_forward();

// Whether devices have blocks of so many threads and so many of them.
bool can_launch(dim3 grid, dim3 threads);

// Every thread of every block, in an order that INTERLATENT_EMULATION_ORDER
// chooses: forward (the default), reverse or shuffle.
void run_grid(dim3 grid, dim3 threads, size_t shared_bytes,
              const std::function<void()>& thread);

}  // namespace interlatent::cuda::emulation
