#include "mpi_processes.h"

#include <dlfcn.h>
#include <ftw.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "check.h"
#include "error.h"

namespace interlatent::testing {
namespace {

// An alarm ends a rank that hangs for this time.
constexpr unsigned kMaxSeconds = 100;

std::string folder;
std::string current_test;

std::string value_of(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

[[noreturn]] void run_rank(const MpiTest& test, uint32_t rank) {
  alarm(kMaxSeconds);
  current_test = test.name;
  const std::string place = std::to_string(rank) + " " +
                            std::to_string(test.ranks) + " " + folder + "/" +
                            test.name;
  setenv("INTERLATENT_EMULATION_MPI", place.c_str(), 1);
  test.body(rank);
  std::exit(summary((test.name + ", rank " + std::to_string(rank)).c_str()));
}

void nap() { usleep(1000); }

std::string mark(const std::string& what) {
  return folder + "/" + current_test + "." + what;
}

int remove_one(const char* path, const struct stat*, int, FTW*) {
  return remove(path);
}

}  // namespace

void run_processes(const std::vector<MpiTest>& tests) {
  const std::string temporary = value_of("TMPDIR");
  std::string path_template =
      (temporary.empty() ? "/tmp" : temporary) + "/interlatent-mpi-XXXXXX";
  if (mkdtemp(path_template.data()) == nullptr) {
    return failed("no temporary folder", __FILE__, __LINE__);
  }
  folder = path_template;
  std::vector<std::string> problems;
  for (const MpiTest& test : tests) {
    // Check nothing here before the last rank has begun: ranks would count it.
    std::fflush(stdout);
    std::vector<pid_t> processes;
    for (uint32_t rank = 0; rank < test.ranks; rank++) {
      const pid_t process = fork();
      if (process == 0) run_rank(test, rank);
      processes.push_back(process);
    }
    for (uint32_t rank = 0; rank < test.ranks; rank++) {
      int status = -1;
      waitpid(processes[rank], &status, 0);
      problems.push_back(status == 0
                             ? ""
                             : test.name + ", rank " + std::to_string(rank) +
                                   " ended with " + std::to_string(status));
    }
  }
  for (const std::string& problem : problems)
    CHECK_MESSAGE(problem.empty(), problem);
  nftw(folder.c_str(), remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

void set_faults(const std::string& words) {
  setenv("INTERLATENT_EMULATION_MPI_FAULTS", words.c_str(), 1);
}

std::string library() {
  const bool is_open = current_test.ends_with("open");
  return value_of(is_open ? "INTERLATENT_TEST_OPEN_MPI"
                          : "INTERLATENT_TEST_MPI");
}

void signal_others(const std::string& what) {
  std::FILE* file = std::fopen(mark(what).c_str(), "w");
  CHECK(file != nullptr);
  std::fclose(file);
}

void wait_for(const std::string& what) {
  while (access(mark(what).c_str(), F_OK) != 0) nap();
}

std::shared_ptr<Ranks> join(uint32_t ranks, double seconds, size_t max_bytes) {
  const MpiPlace place = begin_mpi(library(), kPatience, never);
  CHECK(place.size == ranks);
  return mpi_ranks({0, ranks}, seconds, never, max_bytes);
}

void wait_until_joined(const std::vector<uint32_t>& ranks, uint32_t rank) {
  signal_others("joined " + std::to_string(rank));
  for (const uint32_t other : ranks) {
    wait_for("joined " + std::to_string(other));
  }
}

bool never() { return false; }

std::string error_of(const std::function<void()>& act) {
  try {
    act();
    return "";
  } catch (const Error& error) {
    return error.code() + ": " + error.what();
  }
}

void wait_for_abandoned(size_t rest) {
  void* opened = dlopen(library().c_str(), RTLD_NOW | RTLD_NOLOAD);
  const auto unfinished = reinterpret_cast<size_t (*)()>(
      dlsym(opened, "interlatent_mpi_unfinished"));
  CHECK(unfinished != nullptr);
  while (unfinished() > rest) nap();
}

}  // namespace interlatent::testing
