// Locks on open files, which Node does not offer.
#pragma once

#include <napi.h>

namespace interlatent::bindings {

// lockFile(descriptor): returns "locked", "held" (by another open file) or
// "unsupported" (src/runtime/addon.ts).
Napi::Value lock_file(const Napi::CallbackInfo& info);

}  // namespace interlatent::bindings
