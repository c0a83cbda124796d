// The thread that begins and ends MPI, because MPI requires the same thread for
// both. Callers wait for it only until their deadline.
#pragma once

#include <chrono>
#include <functional>

#include "ranks/ranks.h"

namespace interlatent {

class MpiThread {
 public:
  using Clock = std::chrono::steady_clock;
  using Instant = std::chrono::time_point<Clock, std::chrono::duration<double>>;

  // Starts the thread. It is never joined, because it may be inside the library
  // until the process ends.
  explicit MpiThread(std::function<void()> begin);

  // Waits until MPI has begun. Throws the error of `begin`, or Error
  // "rank-lost" or "cancelled".
  void wait(const Instant& deadline, const Ranks::IsCancelled& is_cancelled);

  // Ends MPI after it has begun. Returns true if that succeeds before the
  // deadline.
  bool end(std::function<void()> work, const Instant& deadline,
           const Ranks::IsCancelled& is_cancelled);

 private:
  struct Shared;
  Shared* const shared_;  // never freed
};

}  // namespace interlatent
