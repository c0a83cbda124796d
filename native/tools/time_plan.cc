// time_plan: measures the time of a step. Loads one plan file, and fills
// parameters and data with noise where the file has no values. For every line
// of the input, a number of steps, it runs these steps and prints one line of
// JSON: {"steps": n, "seconds": s}. A benchmark can therefore alternate between
// this and other programs that stay warm. The first and the last line describe
// program and device; with --profile the last one has the time of every kernel.
#include <chrono>
#include <cstdio>
#include <iostream>

#include "error.h"
#include "plan_runner.h"

namespace {

using interlatent::Error;
using interlatent::PlanFile;
using interlatent::tools::LoadedPlan;
using interlatent::tools::Target;

// Small enough for every activation and log scale of a model to stay finite.
constexpr float kParameterBound = 0.05f;
constexpr float kDataBound = 1.5f;

void serve(const Target& target, const PlanFile& file) {
  LoadedPlan plan(target, file);
  plan.fill(IL_PARAMETERS, kParameterBound);
  plan.fill(IL_DATA, kDataBound);
  plan.upload();
  std::printf("%s\n", plan.describe().c_str());
  std::fflush(stdout);
  const size_t outputs = file.results.size() / file.steps;
  uint64_t next = file.first_step;
  uint64_t steps = 0;
  while (std::cin >> steps) {
    const auto start = std::chrono::steady_clock::now();
    plan.run(next, steps, steps * outputs);
    const std::chrono::duration<double> seconds =
        std::chrono::steady_clock::now() - start;
    next += steps;
    std::printf("{\"steps\": %llu, \"seconds\": %.9f}\n",
                static_cast<unsigned long long>(steps), seconds.count());
    std::fflush(stdout);
  }
  std::printf("%s\n", plan.describe().c_str());
}

}  // namespace

int main(int count, char** arguments) {
  try {
    const auto line = interlatent::tools::read_command_line(count, arguments);
    const PlanFile file = interlatent::tools::read_plan_file(line.files[0]);
    if (file.steps == 0) throw Error("invalid-plan", "the file has no steps");
    serve(line.target, file);
    return 0;
  } catch (const Error& error) {
    std::fprintf(stderr, "time_plan: %s: %s\n", error.code().c_str(),
                 error.what());
    return 1;
  }
}
