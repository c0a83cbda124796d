// Functions that the static libstdc++ of Debian needs from glibc and that musl
// lacks. With them packages/bun-on-musl can make a shared library of it.
#define _GNU_SOURCE
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <time.h>

void* __dso_handle = &__dso_handle;
char __libc_single_threaded = 0;

int __pthread_key_create(pthread_key_t* key, void (*end)(void*)) {
  return pthread_key_create(key, end);
}

size_t __strftime_l(char* text, size_t max, const char* format,
                    const struct tm* time, locale_t locale) {
  return strftime_l(text, max, format, time, locale);
}

unsigned long __getauxval(unsigned long type) { return getauxval(type); }

unsigned long __isoc23_strtoul(const char* text, char** end, int base) {
  return strtoul(text, end, base);
}

// No exception of Bun passes through this library.
int _dl_find_object(void* address, void* result) {
  (void)address, (void)result;
  return -1;
}

unsigned arc4random(void) { return 4; }

// Functions of transactional memory, which this library never uses.
void _ITM_RU1(void) {}
void _ITM_RU8(void) {}
void _ITM_addUserCommitAction(void) {}
void _ITM_memcpyRnWt(void) {}
void _ITM_memcpyRtWn(void) {}
void _ZGTtdlPv(void) {}
void _ZGTtnam(void) {}
