#include "file_lock.h"

#ifdef _WIN32
#include <windows.h>
#else
#include <sys/file.h>
#endif

#include <cerrno>
#include <climits>

#include "errors.h"

namespace interlatent::bindings {
namespace {

#ifdef _WIN32

// Returns the file handle of a descriptor. Descriptors belong to the C runtime
// of Node, and only its libuv can convert them. Returns null if this Node does
// not export that function.
HANDLE handle_of(int descriptor) {
  using Convert = HANDLE(int);
  static const auto convert = reinterpret_cast<Convert*>(
      GetProcAddress(GetModuleHandleW(nullptr), "uv_get_osfhandle"));
  return convert == nullptr ? nullptr : convert(descriptor);
}

const char* lock(Napi::Env env, int descriptor) {
  HANDLE file = handle_of(descriptor);
  if (file == nullptr) return "unsupported";
  if (file == INVALID_HANDLE_VALUE) {
    throw invalid_argument(env, "The descriptor is closed.");
  }
  // Other processes cannot read locked bytes. Therefore lock one byte at an
  // offset beyond the length of any file.
  OVERLAPPED position{};
  position.OffsetHigh = 0x7fffffff;
  constexpr DWORD kFlags = LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY;
  if (LockFileEx(file, kFlags, 0, 1, 0, &position) != 0) return "locked";
  const DWORD error = GetLastError();
  if (error == ERROR_INVALID_HANDLE) {
    throw invalid_argument(env, "The descriptor is closed.");
  }
  const bool held = error == ERROR_LOCK_VIOLATION || error == ERROR_IO_PENDING;
  return held ? "held" : "unsupported";
}

#else

const char* lock(Napi::Env env, int descriptor) {
  int status = 0;
  do {
    status = flock(descriptor, LOCK_EX | LOCK_NB);
  } while (status != 0 && errno == EINTR);
  if (status == 0) return "locked";
  if (errno == EWOULDBLOCK) return "held";
  if (errno == EBADF) throw invalid_argument(env, "The descriptor is closed.");
  // Some network file systems support locks only with certain mount options, or
  // not at all.
  return "unsupported";
}

#endif

}  // namespace

Napi::Value lock_file(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto descriptor =
      static_cast<int>(whole_number(info[0], "descriptor", INT_MAX));
  return Napi::String::New(env, lock(env, descriptor));
}

}  // namespace interlatent::bindings
