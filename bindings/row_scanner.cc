#include "row_scanner.h"

#include <cstdlib>
#include <cstring>
#include <limits>
#include <span>
#include <string_view>

#include "errors.h"

namespace interlatent::bindings {
namespace {

constexpr size_t kNone = std::numeric_limits<size_t>::max();
// An integer below 2^53 divided by one of these exact powers of ten gives the
// nearest double (Clinger, 1990).
constexpr double kTens[] = {1,   1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                            1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
constexpr size_t kMaxDigits = 15;
constexpr size_t kMaxCharacters = 64;

bool is_digit(char byte) { return byte >= '0' && byte <= '9'; }

bool is_space(char byte) {
  return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t';
}

// A position in JSON. A method that returns false or kNone has found something
// that JSON.parse must read.
class Cursor {
 public:
  Cursor(const char* at, const char* end) : at_(at), end_(end) {}

  const char* at() const { return at_; }

  void skip_space() {
    while (at_ < end_ && is_space(*at_)) at_++;
  }

  bool is_at_end() const { return at_ == end_; }

  // Skips space, and this byte if it comes next.
  bool is(char byte) {
    if (at_ < end_ && *at_ == byte) {
      at_++;
      return true;
    }
    skip_space();
    if (at_ == end_ || *at_ != byte) return false;
    at_++;
    return true;
  }

  // Skips this text if it comes next.
  bool follows(std::string_view text) {
    if (static_cast<size_t>(end_ - at_) < text.size() ||
        std::memcmp(at_, text.data(), text.size()) != 0) {
      return false;
    }
    at_ += text.size();
    return true;
  }

  // Reads the next key and returns its position. `expected` is tried first.
  size_t key(const Keys& keys, size_t expected) {
    if (!is('"')) return kNone;
    const char* first = at_;
    if (expected < keys.names.size() && follows(keys.names[expected])) {
      if (at_ < end_ && *at_ == '"') {
        at_++;
        return expected;
      }
      at_ = first;
    }
    while (at_ < end_ && *at_ != '"') {
      if (*at_ == '\\' || static_cast<unsigned char>(*at_) < ' ') return kNone;
      at_++;
    }
    if (at_ == end_) return kNone;
    const auto match = keys.positions.find(std::string(first, at_));
    at_++;
    return match == keys.positions.end() ? kNone : match->second;
  }

  // Reads a number (RFC 8259, section 6), or null as NaN.
  bool value(double& number) {
    skip_space();
    const char* first = at_;
    const bool is_negative = at_ < end_ && *at_ == '-';
    if (is_negative) at_++;
    uint64_t whole = 0;
    const size_t before = digits(whole);
    if (before == 0) {
      number = std::numeric_limits<double>::quiet_NaN();
      return !is_negative && follows("null");
    }
    if (before > 1 && *(at_ - before) == '0') return false;
    size_t after = 0;
    if (at_ < end_ && *at_ == '.') {
      at_++;
      after = digits(whole);
      if (after == 0) return false;
    }
    const bool has_exponent = at_ < end_ && (*at_ == 'e' || *at_ == 'E');
    if (!has_exponent && before + after <= kMaxDigits) {
      const double size = static_cast<double>(whole) / kTens[after];
      number = is_negative ? -size : size;
      return true;
    }
    if (has_exponent) {
      at_++;
      if (at_ < end_ && (*at_ == '+' || *at_ == '-')) at_++;
      uint64_t exponent = 0;
      if (digits(exponent) == 0) return false;
    }
    return convert(first, number);
  }

 private:
  // Appends the next digits to `number`, which may overflow, and returns their
  // count.
  size_t digits(uint64_t& number) {
    const char* first = at_;
    while (at_ < end_ && is_digit(*at_)) {
      number = 10 * number + static_cast<uint64_t>(*at_ - '0');
      at_++;
    }
    return static_cast<size_t>(at_ - first);
  }

  // Converts the text from `first` on. A locale with another decimal point
  // makes strtod stop early.
  bool convert(const char* first, double& number) const {
    const auto length = static_cast<size_t>(at_ - first);
    char text[kMaxCharacters];
    if (length >= kMaxCharacters) return false;
    std::memcpy(text, first, length);
    text[length] = '\0';
    char* stop = nullptr;
    number = std::strtod(text, &stop);
    return stop == text + length;
  }

  const char* at_;
  const char* end_;
};

Keys keys_of(const std::vector<std::string>& names) {
  Keys keys{names, {}};
  for (size_t i = 0; i < keys.names.size(); i++) {
    keys.positions.emplace(keys.names[i], i);
  }
  return keys;
}

// Returns the memory of a typed array. The raw call also accepts shared memory.
template <typename T>
std::span<T> elements_of(const Napi::Value& value, napi_typedarray_type type,
                         const char* name) {
  napi_typedarray_type actual{};
  size_t count = 0;
  void* data = nullptr;
  if (!value.IsTypedArray() ||
      napi_get_typedarray_info(value.Env(), value, &actual, &count, &data,
                               nullptr, nullptr) != napi_ok ||
      actual != type) {
    throw invalid_argument(value.Env(), std::string("Expected `") + name +
                                            "` to be another array, got " +
                                            describe_value(value) + ".");
  }
  return {static_cast<T*>(data), count};
}

}  // namespace

Napi::Function RowScanner::define(Napi::Env env) {
  return DefineClass(env, "RowScanner",
                     {InstanceMethod<&RowScanner::scan>("scan")});
}

RowScanner::RowScanner(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<RowScanner>(info) {
  if (!info[0].IsArray()) {
    throw invalid_argument(info.Env(),
                           "Expected `modalities` to be an array, got " +
                               describe_value(info[0]) + ".");
  }
  const auto list = info[0].As<Napi::Array>();
  std::vector<std::string> modalities;
  for (uint32_t m = 0; m < list.Length(); m++) {
    const auto modality = Napi::Value(list.Get(m)).As<Napi::Object>();
    modalities.push_back(text(modality.Get("name"), "name"));
    const auto columns = modality.Get("columns").As<Napi::Array>();
    std::vector<std::string> names;
    for (uint32_t c = 0; c < columns.Length(); c++) {
      names.push_back(text(columns.Get(c), "column"));
    }
    width_ += names.size();
    columns_.push_back(keys_of(names));
  }
  modalities_ = keys_of(modalities);
  seen_.resize(width_);
}

Napi::Value RowScanner::scan(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto body = elements_of<const char>(info[0], napi_uint8_array, "body");
  const auto place = elements_of<uint32_t>(info[1], napi_uint32_array, "place");
  const auto cells = elements_of<double>(info[2], napi_float64_array, "cells");
  if (place.empty() || place[0] > body.size()) {
    throw invalid_argument(env, "Expected `place` to be inside the body.");
  }
  const auto refuse = [&] { return Napi::Number::New(env, 0); };
  const char* first = body.data();
  Cursor cursor(first + place[0], first + body.size());
  if (place[0] == 0 &&
      !(cursor.is('{') && cursor.is('"') && cursor.follows("rows\"") &&
        cursor.is(':') && cursor.is('['))) {
    return refuse();
  }
  const size_t max_rows = width_ == 0 ? 0 : cells.size() / width_;
  for (size_t rows = 0; rows < max_rows; rows++) {
    row_++;
    double* row = &cells[rows * width_];
    uint64_t* seen = seen_.data();
    if (!cursor.is('{')) return refuse();
    // Modalities must have the model's order. Otherwise one could occur twice,
    // and JSON.parse decides which one counts.
    for (size_t m = 0; m < columns_.size(); m++) {
      const Keys& columns = columns_[m];
      const size_t width = columns.names.size();
      if (m > 0 && !cursor.is(',')) return refuse();
      if (cursor.key(modalities_, m) != m || !cursor.is(':') ||
          !cursor.is('{')) {
        return refuse();
      }
      size_t expected = 0;
      for (size_t count = 0; count < width; count++) {
        if (count > 0 && !cursor.is(',')) return refuse();
        const size_t column = cursor.key(columns, expected);
        if (column == kNone || seen[column] == row_ || !cursor.is(':') ||
            !cursor.value(row[column])) {
          return refuse();
        }
        seen[column] = row_;
        expected = column + 1;
      }
      if (!cursor.is('}')) return refuse();
      row += width;
      seen += width;
    }
    if (!cursor.is('}')) return refuse();
    const auto count = static_cast<double>(rows + 1);
    if (!cursor.is(',')) {
      if (!cursor.is(']') || !cursor.is('}')) return refuse();
      cursor.skip_space();
      if (!cursor.is_at_end()) return refuse();
      return Napi::Number::New(env, -count);
    }
    place[0] = static_cast<uint32_t>(cursor.at() - first);
    if (rows + 1 == max_rows) return Napi::Number::New(env, count);
  }
  return refuse();
}

}  // namespace interlatent::bindings
