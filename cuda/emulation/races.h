// Finds memory accesses of kernels that a GPU does not order, whatever their
// order in the emulation. The rules are: __syncthreads orders the threads of a
// block, and __syncwarp those of a warp. Shuffles order nothing. An atomic on
// one counter after a __threadfence orders blocks. Only edges order the nodes
// of a graph; a programmatic edge does so after await_predecessors, which every
// thread of the node must call. Atomics do not race with each other.
//
// The detector needs kernels that are compiled with -fsanitize=thread, for the
// calls that report accesses, and INTERLATENT_CUDA_RACES. Otherwise these
// functions do nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace interlatent::cuda::emulation::races {

#ifdef INTERLATENT_CUDA_RACES

// Sets the function that receives the races, once per pair of code locations.
// Without it the first race ends the program.
void on_race(std::function<void(const std::string&)> report);

void begin_launch(const char* kernel);
void end_launch();
void begin_block(uint32_t block, unsigned threads);
// Marks this thread of the block as running.
void resume(unsigned thread, const void* stack, size_t stack_bytes);
// Registers shared memory of the block.
void share(const void* memory, size_t bytes);
void pass_block_barrier();
void pass_warp_barrier(unsigned warp);

// The following three describe the running thread.
void fence();
void atomic(const void* address, size_t bytes);
// The thread has waited for all dependencies of its node.
void await_nodes();

// `ended` contains the dependencies that have ended when the node begins.
void begin_graph(const std::vector<std::vector<size_t>>& dependencies,
                 const std::vector<std::vector<size_t>>& ended);
void begin_node(size_t node);
void end_graph();
// Registers an access of a node that is not a kernel.
void access_by_node(const void* memory, size_t bytes, bool writes);

#else

inline void begin_launch(const char*) {}
inline void end_launch() {}
inline void begin_block(uint32_t, unsigned) {}
inline void resume(unsigned, const void*, size_t) {}
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
inline void access_by_node(const void*, size_t, bool) {}

#endif

}  // namespace interlatent::cuda::emulation::races
