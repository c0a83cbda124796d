// Reads little-endian values from bytes that may be damaged. A value that does
// not fit is refused before anything is allocated for it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace interlatent {

class ByteReader {
 public:
  // `subject` begins every message: "plan", "plan file".
  ByteReader(const char* subject, const uint8_t* bytes, size_t size)
      : subject_(subject), bytes_(bytes), remaining_(size) {}

  // Throws Error "invalid-plan".
  [[noreturn]] void refuse(const std::string& what) const;

  const uint8_t* take(uint64_t count, const char* what);
  uint32_t u32(const char* what);
  uint64_t u64(const char* what);
  int64_t i64(const char* what);
  double f64(const char* what);
  // Reads a count of records that take at least `record_bytes` each.
  uint32_t count32(size_t record_bytes, const char* what);
  uint64_t count64(size_t record_bytes, const char* what);
  // Refuses bytes after the end of the content.
  void end() const;

 private:
  uint64_t little_endian(size_t width, const char* what);
  void check_count(uint64_t value, size_t record_bytes, const char* what) const;

  const char* subject_;
  const uint8_t* bytes_;
  size_t remaining_;
};

}  // namespace interlatent
