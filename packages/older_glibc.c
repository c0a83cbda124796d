/* What GCC's C++ library and the headers beside it ask of a newer glibc, so that
   the CUDA library, whose compiler takes GCC alone, runs on an older one. */
#include <stdint.h>
#include <stdlib.h>
#include <sys/random.h>

#define HIDDEN __attribute__((visibility("hidden")))

/* "Perhaps there are other threads": counters are then always atomic. */
HIDDEN char __libc_single_threaded = 0;

/* What std::random_device reads; nothing here does. */
HIDDEN uint32_t arc4random(void) {
  uint32_t number;
  if (getrandom(&number, sizeof number, 0) != sizeof number)
    abort();
  return number;
}

/* Without the binary numbers of C23. */
HIDDEN long long __isoc23_strtoll(const char* text, char** end, int base) {
  return strtoll(text, end, base);
}
HIDDEN unsigned long __isoc23_strtoul(const char* text, char** end, int base) {
  return strtoul(text, end, base);
}
