#include "check.h"

#include <atomic>
#include <cmath>
#include <cstdio>

namespace interlatent::testing {
namespace {

std::atomic<int> checks = 0;
std::atomic<int> failures = 0;

}  // namespace

void passed() { checks++; }

void failed(const char* what, const char* file, int line) {
  checks++;
  if (++failures > 50) return;
  std::printf("FAILED %s:%d: %s\n", file, line, what);
  std::fflush(stdout);
}

void failed(const std::string& what, const char* file, int line) {
  failed(what.c_str(), file, line);
}

bool near(double actual, double expected, double relative, double absolute) {
  if (std::isnan(actual) || std::isnan(expected)) {
    return std::isnan(actual) && std::isnan(expected);
  }
  if (actual == expected) return true;
  return std::abs(actual - expected) <=
         absolute + relative * std::abs(expected);
}

void record_near(double actual, double expected, double relative,
                 double absolute, const char* what, const char* file,
                 int line) {
  if (near(actual, expected, relative, absolute)) return passed();
  failed(std::string(what) + " is " + std::to_string(actual) + ", expected " +
             std::to_string(expected),
         file, line);
}

int summary(const char* program) {
  std::printf("%s: %d checks, %d failed\n", program, checks.load(),
              failures.load());
  return failures == 0 && checks > 0 ? 0 : 1;
}

}  // namespace interlatent::testing
