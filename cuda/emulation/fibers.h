// Threads of a block as fibers (docs/explanation/cuda-testing.md).
#pragma once

#include <functional>

#include "cuda/emulation/language.h"

namespace interlatent::cuda::emulation {

// True if INTERLATENT_EMULATION_ORDER is forward, the default.
bool is_forward();

// True if a device can launch this grid of blocks with this number of threads.
bool can_launch(dim3 grid, dim3 threads);

// Runs every thread of every block. INTERLATENT_EMULATION_ORDER chooses the
// order: forward (the default), reverse, or shuffle.
void run_grid(dim3 grid, dim3 threads, size_t shared_bytes,
              const std::function<void()>& thread);

}  // namespace interlatent::cuda::emulation
