// Checks for the CTest programs: failures are printed and counted, and decide
// the exit code.
#pragma once

#include <atomic>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

namespace interlatent::testing {

// Sanitizers make a test several times slower, and what they look for, fewer
// sizes show as well: those on both sides of every boundary.
#ifdef INTERLATENT_SANITIZE
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

inline std::vector<int64_t> sizes(std::vector<int64_t> all,
                                  std::vector<int64_t> sanitized) {
  return kSanitized ? sanitized : all;
}

// Tests of threads check in several at once.
inline std::atomic<int> checks = 0;
inline std::atomic<int> failures = 0;

inline void record(bool passed, const std::string& what, const char* file,
                   int line) {
  checks++;
  if (passed) return;
  if (++failures <= 50) {
    std::printf("FAILED %s:%d: %s\n", file, line, what.c_str());
    std::fflush(stdout);
  }
}

// Equal NaNs and equal infinities are near each other.
inline bool near(double actual, double expected, double relative,
                 double absolute) {
  if (std::isnan(actual) || std::isnan(expected)) {
    return std::isnan(actual) && std::isnan(expected);
  }
  if (actual == expected) return true;
  return std::abs(actual - expected) <=
         absolute + relative * std::abs(expected);
}

inline int summary(const char* program) {
  std::printf("%s: %d checks, %d failed\n", program, checks.load(),
              failures.load());
  return failures == 0 && checks > 0 ? 0 : 1;
}

}  // namespace interlatent::testing

#define CHECK(condition) \
  interlatent::testing::record((condition), #condition, __FILE__, __LINE__)
#define CHECK_MESSAGE(condition, message) \
  interlatent::testing::record((condition), (message), __FILE__, __LINE__)
#define CHECK_NEAR(actual, expected, relative, absolute)                     \
  interlatent::testing::record(                                              \
      interlatent::testing::near((actual), (expected), (relative),           \
                                 (absolute)),                                \
      std::string(#actual " is ") + std::to_string(actual) + ", expected " + \
          std::to_string(expected),                                          \
      __FILE__, __LINE__)
