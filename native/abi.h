// Implements the C ABI with the Program class of a backend. Exceptions become
// il_error here and never reach C.
#pragma once

#include <algorithm>
#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <string>

#include "error.h"
#include "interlatent/backend.h"

namespace interlatent::abi {

inline void put(char* target, size_t size, const std::string& text) {
  const size_t length = std::min(text.size(), size - 1);
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

// Calls the function and converts an exception to an error.
template <class Function>
int guarded(il_error* error, Function function) {
  try {
    if (error != nullptr) *error = {};
    function();
    return 0;
  } catch (const Error& caught) {
    return fill(error, caught.code(), caught.what());
  } catch (const std::bad_alloc&) {
    return fill(error, "out-of-memory", "there is not enough memory");
  } catch (const std::exception& caught) {
    return fill(error, "device", caught.what());
  }
}

// C code handles a Program as an il_program.
template <class Program>
struct Functions {
  static Program& of(il_program* program) {
    return *reinterpret_cast<Program*>(program);
  }

  static int load(const uint8_t* plan, size_t bytes,
                  const il_load_options* options, il_loaded* out,
                  il_error* error) {
    return guarded(error, [&] {
      const il_load_options chosen =
          options == nullptr ? il_load_options{} : *options;
      auto* program = new Program(plan, bytes, chosen);
      *out = {reinterpret_cast<il_program*>(program), program->runs(),
              program->bytes()};
    });
  }

  static int upload(il_program* program, uint32_t slab, uint64_t offset,
                    const void* source, uint64_t count, il_error* error) {
    return guarded(error,
                   [&] { of(program).upload(slab, offset, source, count); });
  }

  static int download(il_program* program, uint32_t slab, uint64_t offset,
                      void* target, uint64_t count, il_error* error) {
    return guarded(error,
                   [&] { of(program).download(slab, offset, target, count); });
  }

  static int map(il_program* program, uint32_t slab, uint64_t offset,
                 int descriptor, uint64_t bytes, uint32_t* mapped,
                 il_error* error) {
    return guarded(error, [&] {
      *mapped = of(program).map(slab, offset, descriptor, bytes) ? 1 : 0;
    });
  }

  static int run(il_program* program, const il_run_request* request,
                 il_run_report* report, il_error* error) {
    return guarded(error, [&] { of(program).run(*request, *report); });
  }

  static void cancel(il_program* program) { of(program).cancel(); }

  static const char* describe(il_program* program) {
    return of(program).describe().c_str();
  }

  static void destroy(il_program* program) { delete &of(program); }
};

template <class Program>
constexpr il_backend backend(const char* name) {
  using C = Functions<Program>;
  il_backend all = {IL_BACKEND_ABI, name,   C::load,   C::upload,   C::download,
                    nullptr,        C::run, C::cancel, C::describe, C::destroy};
  if constexpr (requires { &Program::map; }) all.map = C::map;
  return all;
}

}  // namespace interlatent::abi
