// Finds accesses of kernels that a GPU leaves unordered, whatever order they
// had here. Rules: threads of a block are ordered by __syncthreads, those of a
// warp by __syncwarp too, by shuffles not at all; blocks only by an atomic on
// one counter, with a __threadfence before it; nodes of a graph only by edges,
// programmatic ones only from await_predecessors on, which every thread of such
// a node must come to. Atomics do not race with each other.
//
// For libraries whose kernels are compiled with -fsanitize=thread, of which
// only the calls that tell of accesses are used, and INTERLATENT_CUDA_RACES;
// elsewhere all of this is nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace interlatent::cuda::emulation::races {

#ifdef INTERLATENT_CUDA_RACES

// Takes what was found, each pair of places in the code once; without it the
// first race ends the program.
void on_race(std::function<void(const std::string&)> report);

void begin_launch(const char* kernel);
void end_launch();
void begin_block(uint32_t block, unsigned threads);
// This thread of the block goes on.
void go_on(unsigned thread, const void* stack, size_t stack_bytes);
// Memory of the block.
void share(const void* memory, size_t bytes);
void pass_block_barrier();
void pass_warp_barrier(unsigned warp);

// By the thread that is running.
void fence();
void atomic(const void* address, size_t bytes);
// It has waited for all that its node depends on.
void await_nodes();

// `ended`: of the dependencies, those that have ended when the node begins.
void begin_graph(const std::vector<std::vector<size_t>>& dependencies,
                 const std::vector<std::vector<size_t>>& ended);
void begin_node(size_t node);
void end_graph();
// What the node does without a kernel.
void of_node(const void* memory, size_t bytes, bool writes);

#else

inline void begin_launch(const char*) {}
inline void end_launch() {}
inline void begin_block(uint32_t, unsigned) {}
inline void go_on(unsigned, const void*, size_t) {}
inline void share(const void*, size_t) {}
inline void pass_block_barrier() {}
inline void pass_warp_barrier(unsigned) {}
inline void fence() {}
inline void atomic(const void*, size_t) {}
inline void await_nodes() {}
inline void begin_graph(const std::vector<std::vector<size_t>>&,
                        const std::vector<std::vector<size_t>>&) {}
inline void begin_node(size_t) {}
inline void end_graph() {}
inline void of_node(const void*, size_t, bool) {}

#endif

}  // namespace interlatent::cuda::emulation::races
