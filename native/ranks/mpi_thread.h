// The thread that begins MPI and ends it, as MPI wants. Nobody waits for it
// longer than they may.
#pragma once

#include <chrono>
#include <functional>

#include "ranks/ranks.h"

namespace interlatent {

class MpiThread {
 public:
  using Clock = std::chrono::steady_clock;
  using Instant = std::chrono::time_point<Clock, std::chrono::duration<double>>;

  // It may be in the library until the process ends: it is never joined.
  explicit MpiThread(std::function<void()> begin);

  // Until it has begun. Throws what `begin` threw; Error "rank-lost",
  // "cancelled".
  void wait(const Instant& until, const Ranks::IsCancelled& is_cancelled);

  // After it has begun: whether it has ended by then.
  bool end(std::function<void()> work, const Instant& until,
           const Ranks::IsCancelled& is_cancelled);

 private:
  struct Shared;
  Shared* const shared_;  // never freed
};

}  // namespace interlatent
