// share_check: devices that train the same runs together, each by some tiles of
// every mini-batch, against one that does alone. For each plan file of training
// (planfile.h) that is cut into tiles: two of the devices, then all of them,
// must come to the same results and parameters, to the bit.
//
// share_check --backend LIBRARY --devices N PLANFILE...
// Exit code 0: all agree; 1: a difference or an error; 2: wrong use.
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
  // One eagerly, the rest as graphs.
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

// Each on a thread of its own.
std::vector<Trained> train_together(const Target& target, const PlanFile& file,
                                    uint32_t count) {
  const auto ranks = interlatent::local_ranks(count, kPatience);
  std::vector<Trained> all(count);
  std::vector<std::thread> running;
  for (uint32_t i = 0; i < count; i++) {
    running.emplace_back([&, i] {
      Target own = target;
      own.options.device = i;
      own.options.ranks = &ranks[i]->c_interface();
      try {
        all[i] = train(own, file);
      } catch (const Error& error) {
        all[i].problem = error.code() + ": " + error.what();
        ranks[i]->leave("has failed: " + all[i].problem);
      }
    });
  }
  for (std::thread& one : running) one.join();
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
    for (const Trained& one : train_together(target, file, count)) {
      const bool is_shared =
          one.description.find("\"ranks\":") != std::string::npos;
      const bool is_right = one.problem.empty() && is_shared &&
                            same_bits(one.results, alone.results) &&
                            same_bits(one.parameters, alone.parameters);
      passed &= is_right;
      if (is_right) continue;
      std::printf("%s\n", one.problem.empty()
                              ? "it learned other bits, or nothing is shared"
                              : one.problem.c_str());
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
    if (line.devices < 2) throw Error("out-of-range", "--devices: at least 2");
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
