#include "file_lock.h"

#ifndef _WIN32
#include <sys/file.h>
#endif

#include <cerrno>
#include <climits>

#include "errors.h"

namespace interlatent::bindings {

Napi::Value lock_file(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto descriptor =
      static_cast<int>(whole_number(info[0], "descriptor", INT_MAX));
#ifdef _WIN32
  // Descriptors there belong to Node's own C runtime.
  (void)descriptor;
  return Napi::String::New(env, "unsupported");
#else
  int status = 0;
  do {
    status = flock(descriptor, LOCK_EX | LOCK_NB);
  } while (status != 0 && errno == EINTR);
  if (status == 0) return Napi::String::New(env, "locked");
  if (errno == EWOULDBLOCK) return Napi::String::New(env, "held");
  if (errno == EBADF) throw invalid_argument(env, "The descriptor is closed.");
  // Some network file systems have no locks, or only when mounted with them.
  return Napi::String::New(env, "unsupported");
#endif
}

}  // namespace interlatent::bindings
