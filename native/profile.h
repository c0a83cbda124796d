// Where the time of a step goes: per kernel, how often it ran and how long.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "plan.h"

namespace interlatent {

struct KernelProfile {
  std::string kernel;
  std::string label;
  // That run it at once, each for blocks of its own.
  uint32_t workers = 1;
  // Of one step, all blocks together. Bytes: every place that an operand has,
  // once, whoever shares it.
  double flops = 0;
  double bytes = 0;
};

// What a kernel moves of an operand where that is not all of it, once: picked
// rows, or what is both read and written.
struct MovedElements {
  size_t operand;
  double elements;  // of a tile of a run
  size_t by;        // the operand that says which: shared by runs as this is
};

// Of a kernel that is run for every tile of every run, and does so much
// arithmetic each time.
struct ProfiledWork {
  uint64_t runs, tiles;
  double flops;
  const std::vector<MovedElements>& moved;
};
KernelProfile profile_of(const Plan& plan, const KernelRecord& record,
                         const ProfiledWork& work);

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

struct EntryProfile {
  std::string name;
  std::vector<KernelProfile> kernels;
  std::vector<std::vector<KernelTime>> times;  // per worker, per kernel
  uint64_t steps = 0;
};

// A JSON string with its quotes.
std::string json_text(const std::string& text);

// `"name":[…]` with the kernels that ran, in execution order.
std::string profile_json(const EntryProfile& entry);

// The profiles of a program's entries as a JSON object.
template <class Entries>
std::string profiles_json(const Entries& entries) {
  std::string object = "{";
  for (const auto& entry : entries) {
    if (object.size() > 1) object += ",";
    object += profile_json(entry.profile);
  }
  return object + "}";
}

}  // namespace interlatent
