// Ranks that a launcher has started (mpirun, srun). They exchange data through
// the MPI library of the launcher, which is opened at run time. A process can
// begin MPI only once.
#pragma once

#include <memory>
#include <string>

#include "ranks/ranks.h"

namespace interlatent {

// The rank of this process among all that the launcher has started, and their
// number.
struct MpiPlace {
  uint32_t rank, size;
};

// A process group: `count` consecutive ranks of all that the launcher has
// started.
struct ProcessGroup {
  uint32_t first, count;
};

// Sets variables of the environment that MPI libraries read when they are
// opened. Variables that are already set keep their values. Call it before
// other threads read the environment.
void prepare_mpi();

// Begins MPI, which waits for all ranks, for at most `seconds`. Opens
// `library`, or the library of the launcher if it is empty. Throws Error
// "no-mpi" if no library can be opened or begun, and at a second call. If a
// library could not be opened, the process may try another. Also throws
// "rank-lost" and "cancelled".
MpiPlace begin_mpi(const std::string& library, double seconds,
                   const Ranks::IsCancelled& is_cancelled);

// MPI counts bytes in an int.
constexpr size_t kMaxMpiBytes = size_t{1} << 30;

// Joins a process group after `begin_mpi`. All ranks of the group must call it.
// A rank that does not respond for `seconds` is lost. Data longer than
// `max_bytes` is sent in several messages. Throws Error "no-mpi" if this
// process does not belong to the group, "rank-lost" and "cancelled".
std::shared_ptr<Ranks> mpi_ranks(const ProcessGroup& group, double seconds,
                                 const Ranks::IsCancelled& is_cancelled,
                                 size_t max_bytes = kMaxMpiBytes);

}  // namespace interlatent
