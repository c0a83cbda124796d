// share_check: compares devices that train the same runs together, each by some
// tiles of every mini-batch, with one device that trains alone. For each plan
// file of training (planfile.h) with several tiles, two of the devices, and
// then all of them, must get the same bits of results and parameters.
//
// share_check --backend LIBRARY --devices N PLANFILE...
// Exit code 0: all agree; 1: a difference or an error; 2: wrong usage.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "error.h"
#include "plan.h"
#include "plan_runner.h"
#include "ranks/ranks.h"

namespace {

using interlatent::Error;
using interlatent::PlanFile;
using interlatent::Ranks;
using interlatent::tools::LoadedPlan;
using interlatent::tools::Target;

constexpr double kPatience = 120;

struct Trained {
  std::vector<float> results, parameters;
  std::string description, problem;
};

Trained train(const Target& target, const PlanFile& file) {
  Trained trained;
  LoadedPlan plan(target, file);
  plan.upload();
  // Run the first step directly and the others as graphs.
  const size_t of_step = file.results.size() / file.steps;
  trained.results = plan.run(file.first_step, 1, of_step);
  const auto rest =
      plan.run(file.first_step + 1, file.steps - 1, (file.steps - 1) * of_step);
  trained.results.insert(trained.results.end(), rest.begin(), rest.end());
  const interlatent::Plan decoded =
      interlatent::decode_plan(file.plan.data(), file.plan.size());
  trained.parameters =
      plan.download(IL_PARAMETERS, 0, decoded.slab_sizes[IL_PARAMETERS]);
  trained.description = plan.describe();
  return trained;
}

// Trains on each device, in a separate thread.
std::vector<Trained> train_together(const Target& target, const PlanFile& file,
                                    uint32_t count) {
  const auto ranks = interlatent::local_ranks(count, kPatience);
  std::vector<Trained> all(count);
  std::vector<std::thread> threads;
  for (uint32_t i = 0; i < count; i++) {
    threads.emplace_back([&, i] {
      Target local = target;
      local.options.device = i;
      local.options.ranks = &ranks[i]->c_interface();
      try {
        all[i] = train(local, file);
      } catch (const Error& error) {
        all[i].problem = error.code() + ": " + error.what();
        ranks[i]->leave("has failed: " + all[i].problem);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  return all;
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() &&
         std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

bool check(const std::string& path, const Target& target, uint32_t devices) {
  const PlanFile file = interlatent::tools::read_plan_file(path);
  const Trained alone = train(target, file);
  bool passed = true;
  for (const uint32_t count : std::set<uint32_t>{2, devices}) {
    for (const Trained& result : train_together(target, file, count)) {
      const bool is_shared =
          result.description.find("\"ranks\":") != std::string::npos;
      const bool is_correct = result.problem.empty() && is_shared &&
                              same_bits(result.results, alone.results) &&
                              same_bits(result.parameters, alone.parameters);
      passed &= is_correct;
      if (is_correct) continue;
      std::printf("%s\n", result.problem.empty()
                              ? "the bits differ, or the devices share nothing"
                              : result.problem.c_str());
    }
    std::printf("%s: %u devices: %s\n", path.c_str(), count,
                passed ? "right" : "WRONG");
  }
  return passed;
}

}  // namespace

int main(int count, char** arguments) {
  try {
    const auto line = interlatent::tools::read_command_line(count, arguments);
    if (line.devices < 2)
      throw Error("out-of-range", "--devices must be at least 2");
    bool passed = true;
    for (const std::string& path : line.files) {
      passed &= check(path, line.target, line.devices);
      std::fflush(stdout);
    }
    return passed ? 0 : 1;
  } catch (const Error& error) {
    std::fprintf(stderr, "share_check: %s: %s\n", error.code().c_str(),
                 error.what());
    return 2;
  }
}
