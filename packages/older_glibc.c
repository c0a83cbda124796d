/* Functions that the GCC C++ library and its headers need from a newer glibc. With
   them the CUDA library, whose compiler supports only GCC, runs on an older glibc. */
#include <stdint.h>
#include <stdlib.h>
#include <sys/random.h>

#define HIDDEN __attribute__((visibility("hidden")))

/* 0 means that there may be other threads, so counters are always atomic. */
HIDDEN char __libc_single_threaded = 0;

/* std::random_device needs it; the CUDA library never calls it. */
HIDDEN uint32_t arc4random(void) {
  uint32_t number;
  if (getrandom(&number, sizeof number, 0) != sizeof number)
    abort();
  return number;
}

/* These versions do not parse the binary numbers of C23. */
HIDDEN long __isoc23_strtol(const char* text, char** end, int base) {
  return strtol(text, end, base);
}
HIDDEN long long __isoc23_strtoll(const char* text, char** end, int base) {
  return strtoll(text, end, base);
}
HIDDEN unsigned long __isoc23_strtoul(const char* text, char** end, int base) {
  return strtoul(text, end, base);
}
