// Ranks that a launcher has started (mpirun, srun): they tell each other what
// they have through an MPI library of theirs, which is opened at run time. A
// process is one of them once.
#pragma once

#include <memory>
#include <string>

#include "ranks/ranks.h"

namespace interlatent {

// As MPI knows it, of all.
struct MpiPlace {
  uint32_t rank, size;
};

// Who works together, of all that the launcher has started.
struct MpiTeam {
  uint32_t first, count;
};

// Sets variables of the environment that MPI libraries read when they are
// opened; those that are set stay. Before other threads may read any.
void prepare_mpi();

// Begins MPI, which waits for all ranks, for so many seconds at most; `library`
// is opened where it is not empty, else that of the launcher. Throws Error
// "no-mpi" where none can be opened or begun, and the second time; after one
// that could not be opened another may be tried. "rank-lost"; "cancelled".
MpiPlace begin_mpi(const std::string& library, double seconds,
                   const Ranks::IsCancelled& is_cancelled);

// Counts of MPI are ints.
constexpr size_t kMostMpiBytes = size_t{1} << 30;

// This rank among its team, after `begin_mpi`. All of the team call it; whoever
// is not heard of for so many seconds is lost. What is longer than `most_bytes`
// goes in several messages. Throws Error "no-mpi" where this process is none of
// the team, "rank-lost", "cancelled".
std::shared_ptr<Ranks> mpi_ranks(const MpiTeam& team, double seconds,
                                 const Ranks::IsCancelled& is_cancelled,
                                 size_t most_bytes = kMostMpiBytes);

}  // namespace interlatent
