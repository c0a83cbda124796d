#include "byte_reader.h"

#include <cstring>

#include "error.h"

namespace interlatent {

void ByteReader::refuse(const std::string& what) const {
  throw Error("invalid-plan", std::string("[") + subject_ + "] " + what);
}

const uint8_t* ByteReader::take(uint64_t count, const char* what) {
  if (count > remaining_) {
    refuse(std::string("it ends inside ") + what + ": " +
           std::to_string(count) + " bytes are needed, " +
           std::to_string(remaining_) + " remain");
  }
  const uint8_t* start = bytes_;
  bytes_ += count;
  remaining_ -= count;
  return start;
}

uint64_t ByteReader::little_endian(size_t width, const char* what) {
  const uint8_t* start = take(width, what);
  uint64_t value = 0;
  for (size_t i = 0; i < width; i++) {
    value |= static_cast<uint64_t>(start[i]) << (8 * i);
  }
  return value;
}

uint32_t ByteReader::u32(const char* what) {
  return static_cast<uint32_t>(little_endian(4, what));
}

uint64_t ByteReader::u64(const char* what) { return little_endian(8, what); }

int64_t ByteReader::i64(const char* what) {
  return static_cast<int64_t>(u64(what));
}

double ByteReader::f64(const char* what) {
  const uint64_t bits = u64(what);
  double value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

void ByteReader::check_count(uint64_t value, size_t record_bytes,
                             const char* what) const {
  if (value > remaining_ / record_bytes) {
    refuse(std::string(what) + " is " + std::to_string(value) +
           ", more than the remaining bytes can hold");
  }
}

uint32_t ByteReader::count32(size_t record_bytes, const char* what) {
  const uint32_t value = u32(what);
  check_count(value, record_bytes, what);
  return value;
}

uint64_t ByteReader::count64(size_t record_bytes, const char* what) {
  const uint64_t value = u64(what);
  check_count(value, record_bytes, what);
  return value;
}

void ByteReader::end() const {
  if (remaining_ != 0)
    refuse(std::to_string(remaining_) + " bytes follow its end");
}

}  // namespace interlatent
