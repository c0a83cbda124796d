#include "blocked_signals.h"

#include <initializer_list>

namespace interlatent {

#if defined(__unix__) || defined(__APPLE__)
BlockedSignals::BlockedSignals() : previous_() {
  sigset_t blocked;
  sigfillset(&blocked);
  for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT}) {
    sigdelset(&blocked, fault);
  }
  pthread_sigmask(SIG_BLOCK, &blocked, &previous_);
}

BlockedSignals::~BlockedSignals() {
  pthread_sigmask(SIG_SETMASK, &previous_, nullptr);
}
#else
BlockedSignals::BlockedSignals() = default;
BlockedSignals::~BlockedSignals() = default;
#endif

}  // namespace interlatent
