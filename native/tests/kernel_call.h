// One kernel of a network by itself: its result with sentinels around it, by
// one thread and by two; records that do not fit.
#pragma once

#include "check.h"
#include "plan_builder.h"

namespace interlatent::testing {

inline constexpr float kSentinel = -99.0f;

// A kernel with its operands, the written one first.
struct Call {
  std::string name;
  std::vector<uint64_t> sizes;
  std::vector<int64_t> integers;

  ~Call();
};

std::vector<uint8_t> plan_of(const Call& call, std::vector<uint64_t>& offsets,
                             uint64_t* slab = nullptr);

// The result of a kernel, by one thread and by two.
std::vector<float> result_of(const Call& call,
                             const std::vector<std::vector<float>>& inputs);

void check_near(const std::string& what, const std::vector<float>& actual,
                const std::vector<double>& expected);
void check_refused(const std::string& what, const Call& call);

}  // namespace interlatent::testing
