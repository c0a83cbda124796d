// Ranks that a launcher has started (mpirun, srun): they tell each other what
// they have through an MPI library of theirs, which is opened at run time.
#pragma once

#include <memory>
#include <string>

#include "ranks/ranks.h"

namespace interlatent {

// Who works together, of all that the launcher has started.
struct MpiTeam {
  uint32_t first, count;
};

// As MPI knows it, of all.
struct MpiPlace {
  uint32_t rank, size;
};

// Begins MPI in this process, once; `library` is tried first where it is not
// empty. Throws Error "no-mpi" where no library can be opened or begun.
MpiPlace begin_mpi(const std::string& library);

// This rank among its team, after `begin_mpi`. All of the team call it; whoever
// is not heard of for so many seconds is lost. Throws Error "rank-lost".
std::shared_ptr<Ranks> mpi_ranks(const MpiTeam& team, double seconds);

// Ends MPI, which waits for all ranks; on the thread that has begun it.
void end_mpi();

}  // namespace interlatent
