// Ranks as MPI has them: processes of their own, under an emulated library.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "ranks/mpi.h"

namespace interlatent::testing {

constexpr double kPatience = 60;

// What one rank does, in a process of its own, which knows of no other test.
using RankBody = std::function<void(uint32_t rank)>;

struct MpiTest {
  std::string name;
  uint32_t ranks;
  RankBody body;
};

// Runs each test's ranks side by side, one test after the other, and checks
// that all of them have checked something, and nothing has failed.
void run_processes(const std::vector<MpiTest>& tests);

// In a rank: what the emulated library does wrong from its beginning on.
void set_faults(const std::string& words);

// In a rank: the library, that of the other binary interface where the test's
// name ends in "open".
std::string library();

// In a rank: a place where ranks can tell each other that they are so far,
// other than by MPI.
void tell_others(const std::string& what);
void wait_for(const std::string& what);

// Begins and joins a team of all.
std::shared_ptr<Ranks> join(uint32_t ranks, double seconds = kPatience,
                            size_t most_bytes = kMostMpiBytes);

// Tells that the rank has joined, and waits until others have: whoever hears
// meanwhile that another has left does not join.
void wait_until_joined(const std::vector<uint32_t>& others, uint32_t rank);

bool never();

// `code: message`, or nothing.
std::string error_of(const std::function<void()>& act);

// Looks after messages in the library until no more are on their way.
void wait_for_given_up(size_t rest = 0);

}  // namespace interlatent::testing
