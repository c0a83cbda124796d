// The C ABI over a Program class: exceptions become il_error here and go no
// further. Each backend includes this once, after its own program.h.
#pragma once

#include <algorithm>
#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <string>

#include "error.h"
#include "interlatent/backend.h"

struct il_program {
  interlatent::Program program;
};

namespace interlatent::abi {

inline void put(char* target, size_t room, const std::string& text) {
  const size_t length = std::min(text.size(), room - 1);
  std::memcpy(target, text.data(), length);
  target[length] = '\0';
}

inline int fill(il_error* error, const std::string& code,
                const std::string& message) {
  if (error != nullptr) {
    put(error->code, sizeof error->code, code);
    put(error->message, sizeof error->message, message);
  }
  return 1;
}

// Calls the function and turns whatever it throws into an error.
template <class Function>
int guarded(il_error* error, Function function) {
  try {
    if (error != nullptr) *error = {};
    function();
    return 0;
  } catch (const Error& caught) {
    return fill(error, caught.code(), caught.what());
  } catch (const std::bad_alloc&) {
    return fill(error, "out-of-memory", "no memory is left");
  } catch (const std::exception& caught) {
    return fill(error, "device", caught.what());
  }
}

inline int load(const uint8_t* plan, size_t bytes,
                const il_load_options* options, il_program** out,
                il_error* error) {
  return guarded(error, [&] {
    const il_load_options chosen =
        options == nullptr ? il_load_options{} : *options;
    *out = new il_program{Program(plan, bytes, chosen)};
  });
}

inline int upload(il_program* program, uint32_t slab, uint64_t offset,
                  const void* source, uint64_t count, il_error* error) {
  return guarded(error,
                 [&] { program->program.upload(slab, offset, source, count); });
}

inline int download(il_program* program, uint32_t slab, uint64_t offset,
                    void* target, uint64_t count, il_error* error) {
  return guarded(
      error, [&] { program->program.download(slab, offset, target, count); });
}

inline int run(il_program* program, const il_run_request* request,
               il_run_report* report, il_error* error) {
  return guarded(error, [&] { program->program.run(*request, *report); });
}

inline void cancel(il_program* program) { program->program.cancel(); }

inline const char* describe(il_program* program) {
  return program->program.describe().c_str();
}

inline void destroy(il_program* program) { delete program; }

constexpr il_backend backend(const char* name) {
  return {IL_BACKEND_ABI, name,     load,   upload, download, run,
          cancel,         describe, destroy};
}

}  // namespace interlatent::abi
