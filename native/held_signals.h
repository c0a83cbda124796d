// No signal handler runs on a thread that computes. oneDNN's products before
// 3.11.2 point the stack pointer into their workspace (its issue 4845), so what
// a handler pushes, a profiler's for example, would overwrite the heap.
#pragma once

#if defined(__unix__) || defined(__APPLE__)
#include <csignal>
#endif

namespace interlatent {

// Keeps signals from the calling thread, and from the threads that it starts
// meanwhile for as long as they live. A signal to the process goes to another
// thread or waits. What a thread does to itself, a bad access for example, is
// told at once.
class HeldSignals {
 public:
  HeldSignals();
  ~HeldSignals();
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;

#if defined(__unix__) || defined(__APPLE__)
 private:
  sigset_t before_;
#endif
};

}  // namespace interlatent
