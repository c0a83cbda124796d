// JavaScript errors with a stable `code`, and functions that read and check
// arguments.
#pragma once

#include <napi.h>

#include <cstdint>
#include <string>

#include "session.h"

namespace interlatent::bindings {

Napi::Error coded_error(Napi::Env env, const std::string& code,
                        const std::string& message);
Napi::Error coded_error(Napi::Env env, const BackendError& error);
// Returns a TypeError with code `invalid-argument`.
Napi::Error invalid_argument(Napi::Env env, const std::string& message);

// Describes the value for the end of a sentence: `-1`, `NaN`, `a string`.
std::string describe_value(Napi::Value value);

// Returns a whole number in [0, max]. Throws `invalid-argument`.
uint64_t whole_number(Napi::Value value, const char* name, uint64_t max);

// Returns a string. Throws `invalid-argument`.
std::string text(Napi::Value value, const char* name);

// Returns a Boolean; false if it is undefined. Throws `invalid-argument`.
bool flag(Napi::Value value, const char* name);

constexpr uint64_t kMaxSafeInteger = (uint64_t{1} << 53) - 1;

struct Elements {
  void* data;
  uint64_t count;
};

// Returns the memory of a Uint8Array. Throws `invalid-argument`.
Elements byte_elements(Napi::Value value, const char* name);
// Returns the memory of a Float32Array. Throws `invalid-argument`.
Elements float_elements(Napi::Value value, const char* name);
// Returns the memory of a Float32Array or an Int32Array. Throws
// `invalid-argument`.
Elements slab_elements(Napi::Value value, const char* name);

}  // namespace interlatent::bindings
