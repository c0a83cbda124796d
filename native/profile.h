// Profiles: for every kernel, how often it ran and how long.
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
  // Workers that run the kernel at the same time, each for different blocks.
  uint32_t workers = 1;
  // Totals of one step over all blocks. Bytes count every location of an
  // operand once, no matter how many blocks share it.
  double flops = 0;
  double bytes = 0;
};

// Elements of an operand that a kernel moves, if that is not every element
// once: gathered rows, or elements that are both read and written.
struct MovedElements {
  size_t operand;
  double elements;  // per tile of a run
  size_t by;        // operand that selects them; runs share both or neither
};

// Work of a kernel that runs for every tile of every run, with `flops`
// operations each time.
struct ProfiledWork {
  uint64_t runs, tiles;
  double flops;
  const std::vector<MovedElements>& moved;
};
KernelProfile profile_of(const Plan& plan, const KernelRecord& record,
                         const ProfiledWork& work);

// Calls of a kernel by one worker, and their time.
struct KernelTime {
  uint64_t calls = 0;
  double seconds = 0;
};

// Adds the duration of its scope.
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

// Returns a JSON string with its quotes.
std::string json_text(const std::string& text);

// Returns `"name":[…]` with the kernels that ran, in execution order.
std::string profile_json(const EntryProfile& entry);

// Returns the profiles of a program's entries as a JSON object.
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
