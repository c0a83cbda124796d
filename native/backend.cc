// The C ABI over Program: exceptions become il_error here and go no further.
#include "interlatent/backend.h"

#include <algorithm>
#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <string>

#include "error.h"
#include "program.h"

struct il_program {
  interlatent::Program program;
};

namespace {

void put(char* target, size_t room, const std::string& text) {
  const size_t length = std::min(text.size(), room - 1);
  std::memcpy(target, text.data(), length);
  target[length] = '\0';
}

int fill(il_error* error, const std::string& code, const std::string& message) {
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
  } catch (const interlatent::Error& caught) {
    return fill(error, caught.code(), caught.what());
  } catch (const std::bad_alloc&) {
    return fill(error, "out-of-memory", "[cpu] no memory is left");
  } catch (const std::exception& caught) {
    return fill(error, "device", std::string("[cpu] ") + caught.what());
  }
}

int load(const uint8_t* plan, size_t bytes, const il_load_options* options,
         il_program** out, il_error* error) {
  return guarded(error, [&] {
    const il_load_options chosen =
        options == nullptr ? il_load_options{} : *options;
    *out = new il_program{interlatent::Program(plan, bytes, chosen)};
  });
}

int upload(il_program* program, uint32_t slab, uint64_t offset,
           const void* source, uint64_t count, il_error* error) {
  return guarded(error,
                 [&] { program->program.upload(slab, offset, source, count); });
}

int download(il_program* program, uint32_t slab, uint64_t offset, void* target,
             uint64_t count, il_error* error) {
  return guarded(
      error, [&] { program->program.download(slab, offset, target, count); });
}

int run(il_program* program, const il_run_request* request,
        il_run_report* report, il_error* error) {
  return guarded(error, [&] { program->program.run(*request, *report); });
}

void cancel(il_program* program) { program->program.cancel(); }

const char* describe(il_program* program) {
  return program->program.describe().c_str();
}

void destroy(il_program* program) { delete program; }

constexpr il_backend kBackend = {
    .abi = IL_BACKEND_ABI,
    .name = "cpu",
    .load = load,
    .upload = upload,
    .download = download,
    .run = run,
    .cancel = cancel,
    .describe = describe,
    .destroy = destroy,
};

}  // namespace

const il_backend* il_cpu_backend(void) { return &kBackend; }
