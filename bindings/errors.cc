#include "errors.h"

#include <cmath>
#include <sstream>

namespace interlatent::bindings {
namespace {

Napi::Error with_code(Napi::Error error, const std::string& code) {
  error.Set("code", Napi::String::New(error.Env(), code));
  return error;
}

std::string number_text(double value) {
  std::ostringstream text;
  text.precision(17);
  text << value;
  return text.str();
}

// The raw call also accepts shared memory, and returns no elements for detached
// memory.
Elements elements(Napi::Value array) {
  napi_typedarray_type type;
  size_t count = 0;
  void* data = nullptr;
  const napi_status status = napi_get_typedarray_info(
      array.Env(), array, &type, &count, &data, nullptr, nullptr);
  if (status != napi_ok) throw Napi::Error::New(array.Env());
  return {data, count};
}

bool is_array_of(Napi::Value value, napi_typedarray_type type) {
  return value.IsTypedArray() &&
         value.As<Napi::TypedArray>().TypedArrayType() == type;
}

}  // namespace

Napi::Error coded_error(Napi::Env env, const std::string& code,
                        const std::string& message) {
  return with_code(Napi::Error::New(env, message), code);
}

Napi::Error coded_error(Napi::Env env, const BackendError& error) {
  return coded_error(env, error.code(), error.what());
}

Napi::Error invalid_argument(Napi::Env env, const std::string& message) {
  return with_code(Napi::TypeError::New(env, message), "invalid-argument");
}

std::string describe_value(Napi::Value value) {
  switch (value.Type()) {
    case napi_undefined:
      return "undefined";
    case napi_null:
      return "null";
    case napi_boolean:
      return value.As<Napi::Boolean>().Value() ? "true" : "false";
    case napi_number: {
      const double number = value.As<Napi::Number>().DoubleValue();
      if (std::isnan(number)) return "NaN";
      if (std::isinf(number)) return number > 0 ? "Infinity" : "-Infinity";
      return number_text(number);
    }
    case napi_string:
      return "a string";
    case napi_symbol:
      return "a symbol";
    case napi_bigint:
      return "a BigInt";
    case napi_function:
      return "a function";
    default:
      return value.IsArray()        ? "an array"
             : value.IsTypedArray() ? "a typed array of another kind"
                                    : "an object";
  }
}

uint64_t whole_number(Napi::Value value, const char* name, uint64_t max) {
  if (value.IsNumber()) {
    const double number = value.As<Napi::Number>().DoubleValue();
    if (number >= 0 && number <= static_cast<double>(max) &&
        std::floor(number) == number) {
      return static_cast<uint64_t>(number);
    }
  }
  throw invalid_argument(value.Env(), std::string("Expected `") + name +
                                          "` to be a whole number from 0 to " +
                                          std::to_string(max) + ", got " +
                                          describe_value(value) + ".");
}

std::string text(Napi::Value value, const char* name) {
  if (value.IsString()) return value.As<Napi::String>().Utf8Value();
  throw invalid_argument(value.Env(), std::string("Expected `") + name +
                                          "` to be a string, got " +
                                          describe_value(value) + ".");
}

bool flag(Napi::Value value, const char* name) {
  if (value.IsUndefined()) return false;
  if (value.IsBoolean()) return value.As<Napi::Boolean>();
  throw invalid_argument(value.Env(), std::string("Expected `") + name +
                                          "` to be a boolean, got " +
                                          describe_value(value) + ".");
}

Elements float_elements(Napi::Value value, const char* name) {
  if (!is_array_of(value, napi_float32_array)) {
    throw invalid_argument(value.Env(), std::string("Expected `") + name +
                                            "` to be a Float32Array, got " +
                                            describe_value(value) + ".");
  }
  return elements(value);
}

Elements byte_elements(Napi::Value value, const char* name) {
  if (!is_array_of(value, napi_uint8_array)) {
    throw invalid_argument(value.Env(), std::string("Expected `") + name +
                                            "` to be a Uint8Array, got " +
                                            describe_value(value) + ".");
  }
  return elements(value);
}

Elements slab_elements(Napi::Value value, const char* name) {
  if (!is_array_of(value, napi_float32_array) &&
      !is_array_of(value, napi_int32_array)) {
    throw invalid_argument(value.Env(),
                           std::string("Expected `") + name +
                               "` to be a Float32Array or an Int32Array, got " +
                               describe_value(value) + ".");
  }
  return elements(value);
}

}  // namespace interlatent::bindings
