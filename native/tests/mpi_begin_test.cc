// Checks MPI that cannot begin or end. `no-mpi` gives the reason. After MPI has
// begun no other library is tried, and nobody waits longer than the deadline.
#include <cstdlib>
#include <thread>

#include "check.h"
#include "mpi_processes.h"

namespace interlatent::testing {
namespace {

// Longer than a busy machine delays a process.
constexpr double kShort = 1;

std::string begin_error(const std::string& path, double seconds = kPatience) {
  return error_of([&] { begin_mpi(path, seconds, never); });
}

// After a file that is not an MPI library, another library can be tried.
void check_other_libraries(uint32_t) {
  CHECK(error_of([] { mpi_ranks({0, 1}, kPatience, never); }) ==
        "no-mpi: [mpi] MPI has not begun");
  CHECK(begin_error("/nowhere/libmpi.so")
            .starts_with("no-mpi: [mpi] no MPI library could be opened: "
                         "/nowhere/libmpi.so: "));
  CHECK(begin_error("libm.so.6") ==
        "no-mpi: [mpi] libm.so.6 lacks MPI_Init_thread");
  CHECK(begin_mpi(library(), kPatience, never).size == 1);
  CHECK(begin_error(library()) ==
        "no-mpi: [mpi] a process can begin MPI only once");
}

// A library whose beginning failed is not begun again.
void check_refused(const std::string& fault, const std::string& message) {
  set_faults(fault);
  const std::string refused = begin_error(library());
  CHECK_MESSAGE(refused == "no-mpi: [mpi] " + library() + message, refused);
  CHECK(begin_error(library()) == refused);
  CHECK(error_of([] { mpi_ranks({0, 1}, kPatience, never); }) ==
        "no-mpi: [mpi] MPI has not begun");
}

MpiTest refused_call(const std::string& function) {
  return {function, 1, [function](uint32_t) {
            check_refused(function + "=1", ": " + function + " returned 16");
          }};
}

void check_threads(uint32_t) {
  check_refused("threads", " does not support calls from several threads");
}

void check_other_world(uint32_t) {
  set_faults("alone");
  CHECK(begin_mpi(library(), kPatience, never).size == 1);
  CHECK(error_of([] { mpi_ranks({0, 2}, kPatience, never); }) ==
        "no-mpi: [mpi] the library reports that this process is rank 0 of 1, "
        "outside the group of 2 from rank 0 on: it is not the library of the "
        "launcher");
  CHECK(error_of([] {
          mpi_ranks({1, 1}, kPatience, never);
        }).starts_with("no-mpi: "));
}

void check_missing_rank(uint32_t rank) {
  if (rank == 1) return passed();
  CHECK(begin_error(library(), kShort) ==
        "rank-lost: [mpi] not all ranks began MPI in time");
  CHECK(begin_error(library()) ==
        "no-mpi: [mpi] a process can begin MPI only once");
}

void check_cancelled(uint32_t rank) {
  if (rank == 1) return passed();
  std::atomic<bool> is_cancelled = false;
  std::string error;
  std::thread waiting([&] {
    error = error_of([&] {
      begin_mpi(library(), kPatience, [&] { return is_cancelled.load(); });
    });
  });
  is_cancelled = true;
  waiting.join();
  CHECK(error == "cancelled: [mpi] cancelled");
}

// Variables that the user has set keep their values.
void check_environment(uint32_t) {
  setenv("UCX_MEM_EVENTS", "yes", 1);
  unsetenv("OMPI_MCA_memory");
  prepare_mpi();
  CHECK(std::string(std::getenv("UCX_MEM_EVENTS")) == "yes");
  CHECK(std::string(std::getenv("OMPI_MCA_memory")) == "^patcher");
}

// MPI_Finalize never returns on rank 0, and rank 1 waits for that. Both
// processes must still end.
void check_endless(uint32_t rank) {
  if (rank == 0) set_faults("endless");
  CHECK(!join(2, kShort)->end(never));
}

void check_refused_end(uint32_t rank) {
  if (rank == 0) set_faults("MPI_Finalize=1");
  CHECK(!join(2, kShort)->end(never));
}

void check_end_of_dead(uint32_t rank) {
  const auto ranks = join(2, kShort);
  if (rank == 0) CHECK(!ranks->end(never));
}

void check_cancelled_end(uint32_t rank) {
  const auto ranks = join(2);
  if (rank == 1) return;
  CHECK(error_of([&] { ranks->end([] { return true; }); }) ==
        "cancelled: [mpi] cancelled");
}

}  // namespace
}  // namespace interlatent::testing

int main() {
  using namespace interlatent::testing;
  run_processes({
      {"others", 1, check_other_libraries},
      {"others-open", 1, check_other_libraries},
      {"threads", 1, check_threads},
      {"threads-open", 1, check_threads},
      refused_call("MPI_Init_thread"),
      refused_call("MPI_Comm_set_errhandler"),
      refused_call("MPI_Comm_rank"),
      refused_call("MPI_Comm_size"),
      refused_call("MPI_Get_processor_name"),
      {"world", 2, check_other_world},
      {"missing-rank", 2, check_missing_rank},
      {"cancelled", 2, check_cancelled},
      {"environment", 1, check_environment},
      {"endless", 2, check_endless},
      {"refused-end", 2, check_refused_end},
      {"end-of-dead", 2, check_end_of_dead},
      {"cancelled-end", 2, check_cancelled_end},
  });
  return summary("mpi_begin");
}
