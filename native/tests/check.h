// Checks for the CTest programs. Failures are printed and counted, and
// determine the exit code.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace interlatent::testing {

// Sanitizers make a test several times slower. They find the same errors with
// fewer sizes: those on both sides of every boundary.
#ifdef INTERLATENT_SANITIZE
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

inline std::vector<int64_t> sizes(std::vector<int64_t> all,
                                  std::vector<int64_t> sanitized) {
  return kSanitized ? sanitized : all;
}

// Several threads may check at the same time. These functions are not inline,
// because they are called in hundreds of places.
void passed();
void failed(const char* what, const char* file, int line);
void failed(const std::string& what, const char* file, int line);

// True if the values are near each other. Two NaNs are near each other, and so
// are equal infinities.
bool near(double actual, double expected, double relative, double absolute);
void record_near(double actual, double expected, double relative,
                 double absolute, const char* what, const char* file, int line);

int summary(const char* program);

}  // namespace interlatent::testing

// The message is built only if a check fails.
#define CHECK(condition) CHECK_MESSAGE(condition, #condition)
#define CHECK_MESSAGE(condition, message)       \
  ((condition) ? interlatent::testing::passed() \
               : interlatent::testing::failed((message), __FILE__, __LINE__))
#define CHECK_NEAR(actual, expected, relative, absolute)              \
  interlatent::testing::record_near((actual), (expected), (relative), \
                                    (absolute), #actual, __FILE__, __LINE__)
