// Runs one kernel of a network: checks its result, with sentinels around it,
// with one thread and with two, and that invalid records are refused.
#pragma once

#include "check.h"
#include "plan_builder.h"

namespace interlatent::testing {

inline constexpr float kSentinel = -99.0f;

// A kernel with its operands; the first is written, and the last if it has
// sums.
struct Call {
  std::string name;
  std::vector<uint64_t> sizes;
  std::vector<int64_t> integers;
  std::vector<double> reals = {};
  bool has_sums = false;

  ~Call();
};

std::vector<uint8_t> plan_of(const Call& call, std::vector<uint64_t>& offsets,
                             uint64_t* slab = nullptr);

// Returns the results of a kernel, in sequence, and checks that one
// thread and two give the same.
std::vector<float> result_of(const Call& call,
                             const std::vector<std::vector<float>>& inputs);

void check_near(const std::string& what, const std::vector<float>& actual,
                const std::vector<double>& expected);
void check_refused(const std::string& what, const Call& call);

}  // namespace interlatent::testing
