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

// Begins MPI, which waits for all ranks, for so many seconds at most; `library`
// is opened where it is not empty, else that of the launcher. Throws Error
// "no-mpi" where none can be opened or begun, and the second time; "rank-lost";
// "cancelled" after `give_up_mpi`.
MpiPlace begin_mpi(const std::string& library, double seconds);

// This rank among its team, after `begin_mpi`. All of the team call it; whoever
// is not heard of for so many seconds is lost. Throws Error "rank-lost",
// "cancelled".
std::shared_ptr<Ranks> mpi_ranks(const MpiTeam& team, double seconds);

// Whoever waits in one of these gives up. From any thread.
void give_up_mpi();

}  // namespace interlatent
