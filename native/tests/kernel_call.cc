#include "kernel_call.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace interlatent::testing {

Call::~Call() = default;

std::vector<uint8_t> plan_of(const Call& call, std::vector<uint64_t>& offsets,
                             uint64_t* slab) {
  PlanBuilder plan;
  plan.entry("main");
  const auto is_written = [&](size_t i) {
    return i == 0 || (call.has_sums && i + 1 == call.sizes.size());
  };
  for (size_t i = 0; i < call.sizes.size(); i++) {
    offsets.push_back(
        plan.place(is_written(i) ? IL_ACTIVATIONS : IL_DATA, call.sizes[i]));
  }
  plan.kernel(call.name, "network")
      .writes(IL_ACTIVATIONS, offsets[0], call.sizes[0]);
  for (size_t i = 1; i < call.sizes.size(); i++) {
    if (is_written(i)) {
      plan.writes(IL_ACTIVATIONS, offsets[i], call.sizes[i]);
    } else {
      plan.reads(IL_DATA, offsets[i], call.sizes[i]);
    }
  }
  plan.integers(call.integers);
  if (!call.reals.empty()) plan.floats(call.reals);
  if (slab != nullptr) *slab = plan.slab_sizes()[IL_ACTIVATIONS];
  return plan.bytes();
}

std::vector<float> result_of(const Call& call,
                             const std::vector<std::vector<float>>& inputs) {
  std::vector<uint64_t> offsets;
  uint64_t slab = 0;
  const auto bytes = plan_of(call, offsets, &slab);
  std::vector<float> first;
  for (const uint32_t threads : {1u, 2u}) {
    Loaded program(bytes, threads);
    CHECK_MESSAGE(program.outcome().code.empty(), program.outcome().message);
    for (size_t i = 0; i < inputs.size(); i++) {
      program.upload(IL_DATA, offsets[i + 1], inputs[i]);
    }
    program.fill(IL_ACTIVATIONS, slab, kSentinel);
    // The second step starts with the results of the first.
    program.run(0, 2);
    const auto values = program.download(IL_ACTIVATIONS, 0, slab);
    if (threads == 1) first = values;
    // Compare the bits, also those of NaN.
    CHECK(std::memcmp(values.data(), first.data(), slab * sizeof(float)) == 0);
  }
  std::vector<float> results;
  std::vector<bool> is_result(slab);
  const auto add = [&](uint64_t offset, uint64_t size) {
    for (uint64_t i = offset; i < offset + size; i++) {
      is_result[i] = true;
      results.push_back(first[i]);
    }
  };
  add(offsets[0], call.sizes[0]);
  if (call.has_sums) add(offsets.back(), call.sizes.back());
  for (uint64_t i = 0; i < slab; i++) {
    if (!is_result[i]) CHECK(first[i] == kSentinel);
  }
  return results;
}

void check_near(const std::string& what, const std::vector<float>& actual,
                const std::vector<double>& expected) {
  double worst = 0;
  double size = 1;
  for (const double value : expected) size = std::max(size, std::abs(value));
  for (size_t i = 0; i < expected.size(); i++) {
    const double error = std::abs(double{actual[i]} - expected[i]) / size;
    worst = std::isnan(error) ? INFINITY : std::max(worst, error);
  }
  CHECK_MESSAGE(worst < 1e-5, what + " is " + std::to_string(worst) + " off");
}

void check_refused(const std::string& what, const Call& call) {
  std::vector<uint64_t> offsets;
  Loaded program(plan_of(call, offsets));
  CHECK_MESSAGE(program.outcome().code == "invalid-plan",
                what + ": " + program.outcome().code);
}

}  // namespace interlatent::testing
