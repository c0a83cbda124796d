// Injects faults into a process by LD_PRELOAD. The parts of the campaign set
// them in the environment.
// clang-format off
//
//   FAULT_UNDER    a folder: only calls on files in it are counted
//   FAULT_LOG      a file to which each counted call adds a line
//   FAULT_AT       number of the failing call, from 1
//   FAULT_ERRNO    errno of the failure; 0: the process is killed before the call, -1: after it
//   FAULT_MALLOC   number of the failing allocation of the native library
//   FAULT_CLOCK    maximal random jump of the wall clock, in seconds
//   FAULT_BLAME    1: an abort or a bad access reports whether the native library was on the call stack
//
// clang-format on
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <new>

static char under[PATH_MAX];
static size_t under_length;
static int log_descriptor = -1;
static long fault_at, fault_errno, malloc_at;
static double clock_jump;
static std::atomic<long> calls, allocations;
static bool is_blamed;

static long number_of(const char* name) {
  const char* text = getenv(name);
  return text ? strtol(text, NULL, 10) : 0;
}

__attribute__((constructor)) static void read_environment(void) {
  const char* text = getenv("FAULT_UNDER");
  if (text) under_length = (size_t)snprintf(under, sizeof under, "%s", text);
  fault_at = number_of("FAULT_AT");
  fault_errno = number_of("FAULT_ERRNO");
  malloc_at = number_of("FAULT_MALLOC");
  clock_jump = (double)number_of("FAULT_CLOCK");
  is_blamed = number_of("FAULT_BLAME") != 0;
  // The first call of backtrace allocates memory.
  void* frame = nullptr;
  if (is_blamed) backtrace(&frame, 1);
  text = getenv("FAULT_LOG");
  if (text)
    log_descriptor =
        (int)syscall(SYS_openat, AT_FDCWD, text,
                     O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
}

static int is_under(const char* path) {
  return under_length > 0 && path && strncmp(path, under, under_length) == 0;
}

// Returns 0 if the call proceeds, -1 if the process is killed after it, or the
// errno with which it fails.
static int fault(const char* kind, const char* path) {
  if (!is_under(path)) return 0;
  const long call = ++calls;
  if (log_descriptor >= 0) {
    char line[PATH_MAX + 64];
    const int length = snprintf(line, sizeof line, "%ld %s %s\n", call, kind,
                                path + under_length);
    syscall(SYS_write, log_descriptor, line, (size_t)length);
  }
  if (fault_at == 0 || call != fault_at) return 0;
  if (fault_errno == 0) kill(getpid(), SIGKILL);
  return (int)fault_errno;
}

static int fault_of(const char* kind, int descriptor) {
  if (under_length == 0) return 0;
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  const ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return fault(kind, path);
}

// Replaces a function of the C library: a fault prevents the real call, or the
// process is killed after it.
#define WRAP(kind, check, result, name, parameters, arguments)           \
  extern "C" result name parameters {                                    \
    static const auto real =                                             \
        reinterpret_cast<result(*) parameters>(dlsym(RTLD_NEXT, #name)); \
    const int code = check;                                              \
    if (code > 0) {                                                      \
      errno = code;                                                      \
      return -1;                                                         \
    }                                                                    \
    const result answer = real arguments;                                \
    if (code < 0) kill(getpid(), SIGKILL);                               \
    return answer;                                                       \
  }

WRAP("write", fault_of("write", fd), ssize_t, write,
     (int fd, const void* data, size_t size), (fd, data, size))
WRAP("write", fault_of("write", fd), ssize_t, pwrite,
     (int fd, const void* data, size_t size, off_t at), (fd, data, size, at))
WRAP("write", fault_of("write", fd), ssize_t, pwrite64,
     (int fd, const void* data, size_t size, off_t at), (fd, data, size, at))
WRAP("fsync", fault_of("fsync", fd), int, fsync, (int fd), (fd))
WRAP("fsync", fault_of("fsync", fd), int, fdatasync, (int fd), (fd))
WRAP("truncate", fault_of("truncate", fd), int, ftruncate, (int fd, off_t size),
     (fd, size))
WRAP("truncate", fault_of("truncate", fd), int, ftruncate64,
     (int fd, off_t size), (fd, size))
WRAP("rename", fault("rename", to), int, rename,
     (const char* from, const char* to), (from, to))
WRAP("unlink", fault("unlink", path), int, unlink, (const char* path), (path))
WRAP("unlink", fault("unlink", path), int, rmdir, (const char* path), (path))
WRAP("mkdir", fault("mkdir", path), int, mkdir, (const char* path, mode_t mode),
     (path, mode))
WRAP("close", fault_of("close", fd), int, close, (int fd), (fd))

#define WRAP_OPEN(name, parameters, arguments)                                 \
  extern "C" int name parameters {                                             \
    static const auto real = reinterpret_cast<int (*)(const char*, int, ...)>( \
        dlsym(RTLD_NEXT, #name));                                              \
    va_list rest;                                                              \
    va_start(rest, flags);                                                     \
    const mode_t mode =                                                        \
        flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;              \
    va_end(rest);                                                              \
    const int code = fault("open", path);                                      \
    if (code > 0) {                                                            \
      errno = code;                                                            \
      return -1;                                                               \
    }                                                                          \
    const int answer = real arguments;                                         \
    if (code < 0) kill(getpid(), SIGKILL);                                     \
    return answer;                                                             \
  }

WRAP_OPEN(open, (const char* path, int flags, ...), (path, flags, mode))
WRAP_OPEN(open64, (const char* path, int flags, ...), (path, flags, mode))

// An allocation belongs to the native library if the calling code does. The
// addresses of that code are known once the library is opened.
static std::atomic<uintptr_t> code_begin, code_end;

static int find_code(dl_phdr_info* object, size_t, void*) {
  if (strstr(object->dlpi_name, "interlatent") == nullptr) return 0;
  for (int i = 0; i < object->dlpi_phnum; i++) {
    const auto& part = object->dlpi_phdr[i];
    if (part.p_type != PT_LOAD || (part.p_flags & PF_X) == 0) continue;
    code_begin = object->dlpi_addr + part.p_vaddr;
    code_end = object->dlpi_addr + part.p_vaddr + part.p_memsz;
  }
  return 1;
}

static bool is_native_library(void* address) {
  Dl_info object;
  if (dladdr(address, &object) == 0 || object.dli_fname == nullptr)
    return false;
  const char* slash = strrchr(object.dli_fname, '/');
  return strstr(slash ? slash : object.dli_fname, "interlatent") != nullptr;
}

static void report(const char* text) {
  syscall(SYS_write, STDERR_FILENO, text, strlen(text));
}

static void blame() {
  void* frames[128];
  const int depth = backtrace(frames, 128);
  bool is_native = false;
  for (int i = 0; i < depth; i++)
    is_native = is_native || is_native_library(frames[i]);
  report(is_native ? "ended below the native library\n"
                   : "ended by Node itself\n");
}

// V8 also uses containers of the C++ library, whose exceptions nobody catches.
extern "C" void abort() noexcept {
  if (is_blamed) blame();
  signal(SIGABRT, SIG_DFL);
  raise(SIGABRT);
  _exit(134);
}

static void on_bad_access(int number) {
  blame();
  signal(number, SIG_DFL);
  raise(number);
}

extern "C" void* dlopen(const char* path, int flags) noexcept {
  static const auto real =
      reinterpret_cast<void* (*)(const char*, int)>(dlsym(RTLD_NEXT, "dlopen"));
  void* library = real(path, flags);
  if (malloc_at > 0) dl_iterate_phdr(find_code, nullptr);
  // The handler cannot be set earlier, because Node removes all at its start.
  if (is_blamed && library && path && strstr(path, "interlatent.node")) {
    signal(SIGSEGV, on_bad_access);
    report("opened the native library\n");
  }
  return library;
}

__attribute__((destructor)) static void log_allocations() {
  if (malloc_at == 0 || log_descriptor < 0) return;
  char line[64];
  const int length =
      snprintf(line, sizeof line, "%ld allocations\n", allocations.load());
  syscall(SYS_write, log_descriptor, line, static_cast<size_t>(length));
}

static bool is_refused(const void* caller) {
  const auto address = reinterpret_cast<uintptr_t>(caller);
  if (address < code_begin || address >= code_end) return false;
  const long allocation = ++allocations;
  const bool is_it = allocation == malloc_at;
  if (is_it && log_descriptor >= 0)
    syscall(SYS_write, log_descriptor, "refused\n", 8);
  return is_it;
}

#define CALLER __builtin_return_address(0)

extern "C" void* __libc_calloc(size_t count, size_t size);

extern "C" void* calloc(size_t count, size_t size) noexcept {
  if (!is_refused(CALLER)) return __libc_calloc(count, size);
  errno = ENOMEM;
  return nullptr;
}

extern "C" void* mmap(void* at, size_t size, int protection, int flags,
                      int descriptor, off_t offset) noexcept {
  if (!is_refused(CALLER)) {
    return reinterpret_cast<void*>(
        syscall(SYS_mmap, at, size, protection, flags, descriptor, offset));
  }
  errno = ENOMEM;
  return MAP_FAILED;
}

// Allocates as libstdc++ does, whose operator delete frees the memory.
void* operator new(size_t size) {
  void* memory = is_refused(CALLER) ? nullptr : malloc(size > 0 ? size : 1);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

void* operator new[](size_t size) {
  void* memory = is_refused(CALLER) ? nullptr : malloc(size > 0 ? size : 1);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

void* operator new(size_t size, std::align_val_t alignment) {
  void* memory = nullptr;
  if (is_refused(CALLER) ||
      posix_memalign(&memory, static_cast<size_t>(alignment), size) != 0)
    throw std::bad_alloc();
  return memory;
}

extern "C" int clock_gettime(clockid_t clock, struct timespec* now) noexcept {
  const int answer = (int)syscall(SYS_clock_gettime, clock, now);
  if (clock_jump > 0 && clock == CLOCK_REALTIME) {
    now->tv_sec +=
        (time_t)(clock_jump * (2.0 * (double)rand() / RAND_MAX - 1.0));
  }
  return answer;
}
