// The JavaScript class RowScanner (src/runtime/addon.ts): reads rows of JSON
// with known keys into a table of numbers.
#pragma once

#include <napi.h>

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace interlatent::bindings {

// Keys of an object. None of them contains a character that JSON escapes.
struct Keys {
  std::vector<std::string> names;
  std::unordered_map<std::string, size_t> positions;
};

class RowScanner : public Napi::ObjectWrap<RowScanner> {
 public:
  static Napi::Function define(Napi::Env env);
  // new RowScanner([{ name, columns }])
  explicit RowScanner(const Napi::CallbackInfo& info);

 private:
  // scan(body, place, cells): number
  Napi::Value scan(const Napi::CallbackInfo& info);

  Keys modalities_;
  std::vector<Keys> columns_;
  size_t width_ = 0;
  // By column, the number of the last row that had a value or null for it.
  std::vector<uint64_t> seen_;
  uint64_t row_ = 0;
};

}  // namespace interlatent::bindings
