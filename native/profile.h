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
  // That run it at once, each for blocks of its own.
  uint32_t workers = 1;
  // Of one step, all blocks together. Bytes: every operand once.
  double flops = 0;
  double bytes = 0;
};

// What one worker spent on one kernel.
struct KernelTime {
  uint64_t calls = 0;
  double seconds = 0;
};

// Adds the time of its scope.
class ProfileClock {
 public:
  explicit ProfileClock(KernelTime& time)
      : time_(time), start_(std::chrono::steady_clock::now()) {}
  ~ProfileClock() {
    const std::chrono::duration<double> passed =
        std::chrono::steady_clock::now() - start_;
    time_.seconds += passed.count();
    time_.calls++;
  }
  ProfileClock(const ProfileClock&) = delete;
  ProfileClock& operator=(const ProfileClock&) = delete;

 private:
  KernelTime& time_;
  std::chrono::steady_clock::time_point start_;
};

// A JSON string with its quotes.
std::string json_text(const std::string& text);

// A JSON array of the kernels that ran in `steps` steps, in execution order.
// `times`: per worker, per kernel.
std::string profile_json(const std::vector<KernelProfile>& profiles,
                         const std::vector<std::vector<KernelTime>>& times,
                         uint64_t steps);

}  // namespace interlatent
