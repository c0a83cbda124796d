#include "held_signals.h"

#include <initializer_list>

namespace interlatent {

#if defined(__unix__) || defined(__APPLE__)
HeldSignals::HeldSignals() : before_() {
  sigset_t held;
  sigfillset(&held);
  for (const int own : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT}) {
    sigdelset(&held, own);
  }
  pthread_sigmask(SIG_BLOCK, &held, &before_);
}

HeldSignals::~HeldSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
#else
HeldSignals::HeldSignals() = default;
HeldSignals::~HeldSignals() = default;
#endif

}  // namespace interlatent
