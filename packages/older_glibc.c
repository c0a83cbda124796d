/* What GCC's C++ library and the headers beside it ask of a newer glibc, so that
   the CUDA library, whose compiler takes GCC alone, runs on an older one. */
#include <stdlib.h>

#define HIDDEN __attribute__((visibility("hidden")))

/* "Perhaps there are other threads": counters are then always atomic. */
HIDDEN char __libc_single_threaded = 0;

/* Without the binary numbers of C23. */
HIDDEN unsigned long __isoc23_strtoul(const char* text, char** end, int base) {
  return strtoul(text, end, base);
}
