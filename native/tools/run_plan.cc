// run_plan: runs plan files (planfile.h) and compares with what they expect.
// Prints a line per file, which ends with a checksum of the values' bits: equal
// lines are equal results. Exit code 0: all agree; 1: a difference or an error;
// 2: wrong use.
#include <cmath>
#include <cstdio>
#include <cstring>

#include "error.h"
#include "plan_runner.h"

namespace {

using interlatent::Error;
using interlatent::ExpectedContents;
using interlatent::PlanFile;
using interlatent::tools::LoadedPlan;
using interlatent::tools::Target;

struct Comparison {
  uint64_t values = 0;
  uint64_t wrong = 0;
  double largest = 0;  // absolute error
  double worst = 0;    // largest error over its tolerance
  uint32_t bits = 2166136261u;

  void add(const std::vector<float>& actual, const std::vector<float>& expected,
           const std::vector<float>& tolerances) {
    for (size_t i = 0; i < expected.size(); i++) {
      const double want = double{expected[i]};
      const double got = double{actual[i]};
      const double tolerance = double{tolerances[i]};
      uint32_t word;
      std::memcpy(&word, &actual[i], sizeof word);
      bits = (bits ^ word) * 16777619u;
      values++;
      if (got == want || (std::isnan(got) && std::isnan(want))) continue;
      const double error = std::abs(got - want);
      // A NaN on one side fails too.
      if (!(error <= tolerance)) wrong++;
      if (!(error <= largest)) largest = error;
      if (!(error <= worst * tolerance)) worst = error / tolerance;
    }
  }
};

Comparison run(const Target& target, const PlanFile& file) {
  LoadedPlan plan(target, file);
  plan.upload();
  Comparison comparison;
  comparison.add(plan.run(file.first_step, file.steps, file.results.size()),
                 file.results, file.result_tolerances);
  for (const ExpectedContents& expected : file.expected) {
    const auto& [slab, offset, values] = expected.contents;
    comparison.add(plan.download(slab, offset, values.size()), values,
                   expected.tolerances);
  }
  return comparison;
}

bool check(const Target& target, const std::string& path) {
  try {
    const Comparison comparison =
        run(target, interlatent::tools::read_plan_file(path));
    std::printf(
        "%s: %llu values, %llu wrong, largest error %.3g, %.3g of its "
        "tolerance, bits %08x\n",
        path.c_str(), static_cast<unsigned long long>(comparison.values),
        static_cast<unsigned long long>(comparison.wrong), comparison.largest,
        comparison.worst, comparison.bits);
    return comparison.wrong == 0;
  } catch (const Error& error) {
    std::printf("%s: %s: %s\n", path.c_str(), error.code().c_str(),
                error.what());
    return false;
  }
}

}  // namespace

int main(int count, char** arguments) {
  try {
    const auto [target, files] =
        interlatent::tools::read_command_line(count, arguments);
    bool passed = true;
    for (const std::string& path : files) {
      passed &= check(target, path);
      std::fflush(stdout);
    }
    return passed ? 0 : 1;
  } catch (const Error& error) {
    std::fprintf(stderr, "run_plan: %s\n", error.what());
    return 2;
  }
}
