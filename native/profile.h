// Where the time of a step goes: per kernel, how often it ran and how long.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace interlatent {

struct KernelProfile {
  std::string kernel;
  std::string label;
  uint64_t calls = 0;
  double seconds = 0;
  // Of one call. Bytes: every operand once.
  double flops = 0;
  double bytes = 0;
};

// Adds the time of its scope.
class ProfileClock {
 public:
  explicit ProfileClock(KernelProfile& profile)
      : profile_(profile), start_(std::chrono::steady_clock::now()) {}
  ~ProfileClock() {
    const std::chrono::duration<double> passed =
        std::chrono::steady_clock::now() - start_;
    profile_.seconds += passed.count();
    profile_.calls++;
  }
  ProfileClock(const ProfileClock&) = delete;
  ProfileClock& operator=(const ProfileClock&) = delete;

 private:
  KernelProfile& profile_;
  std::chrono::steady_clock::time_point start_;
};

// A JSON string with its quotes.
std::string json_text(const std::string& text);

// A JSON array of the kernels that ran, in execution order.
std::string profile_json(const std::vector<KernelProfile>& profiles);

}  // namespace interlatent
