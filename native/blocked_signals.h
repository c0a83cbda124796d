// Keeps signal handlers away from threads that compute. oneDNN before 3.11.2
// points the stack pointer into the workspace of a product (its issue 4845). A
// handler, for example of a profiler, would then push its frame over the heap.
#pragma once

#if defined(__unix__) || defined(__APPLE__)
#include <csignal>
#endif

namespace interlatent {

// Blocks signals on the calling thread, and for life on threads that it starts
// meanwhile. Another thread handles a signal to the process, or the signal
// waits. Faults of a thread itself, such as an invalid access, are still
// delivered.
class BlockedSignals {
 public:
  BlockedSignals();
  ~BlockedSignals();
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;

#if defined(__unix__) || defined(__APPLE__)
 private:
  sigset_t previous_;
#endif
};

}  // namespace interlatent
