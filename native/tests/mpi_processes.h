// Runs ranks in separate processes, as MPI does, with an emulated library.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "ranks/mpi.h"

namespace interlatent::testing {

constexpr double kPatience = 60;

// The code of one rank. It runs in a process that knows no other test.
using RankBody = std::function<void(uint32_t rank)>;

struct MpiTest {
  std::string name;
  uint32_t ranks;
  RankBody body;
};

// Runs the ranks of each test at the same time, and the tests in sequence.
// Checks that every rank has checked something, and that nothing has failed.
void run_processes(const std::vector<MpiTest>& tests);

// Called in a rank: sets the faults of the emulated library from its beginning.
void set_faults(const std::string& words);

// Called in a rank: returns the library, with the interface of Open MPI if the
// name of the test ends in "open".
std::string library();

// Called in a rank: signals between ranks that do not use MPI.
void signal_others(const std::string& what);
void wait_for(const std::string& what);

// Begins MPI and joins a process group of all ranks.
std::shared_ptr<Ranks> join(uint32_t ranks, double seconds = kPatience,
                            size_t max_bytes = kMaxMpiBytes);

// Signals that the rank has joined, and waits until the other ranks have. A
// rank that learns before it joins that another has left does not join.
void wait_until_joined(const std::vector<uint32_t>& ranks, uint32_t rank);

bool never();

// Returns `code: message`, or nothing without an error.
std::string error_of(const std::function<void()>& act);

// Polls the library until at most `rest` messages are in transit.
void wait_for_abandoned(size_t rest = 0);

}  // namespace interlatent::testing
