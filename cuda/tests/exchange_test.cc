// Tests devices that train the same runs together, each with some tiles of
// every mini-batch. The bits do not depend on the number of devices. All
// devices report a run that is lost or a step that fails in a tile. No device
// waits for one that has stopped.
#include <dlfcn.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "check.h"
#include "error.h"
#include "ranks/ranks.h"
#include "small_training.h"

namespace interlatent::testing {
namespace {

constexpr double kPatience = 60;
constexpr uint64_t kSteps = 10;

using AllRanks = std::vector<std::shared_ptr<Ranks>>;

il_load_options options_of(const Ranks& rank) {
  il_load_options options{};
  options.threads = 1;
  options.device = rank.index();
  options.ranks = &rank.c_interface();
  return options;
}

// Calls `run` for every rank on a separate thread.
void for_each_rank(uint32_t count, const std::function<void(uint32_t)>& run) {
  std::vector<std::thread> threads;
  for (uint32_t i = 0; i < count; i++) threads.emplace_back(run, i);
  for (std::thread& thread : threads) thread.join();
}

// One program per device; the programs synchronise with each other.
class Together {
 public:
  Together(const Training& training, uint32_t count)
      : ranks(local_ranks(count, kPatience)) {
    for (const auto& rank : ranks) {
      trainers.push_back(std::make_unique<Trainer>(
          training, backend_under_test(), options_of(*rank)));
    }
  }

  uint32_t count() const { return static_cast<uint32_t>(ranks.size()); }

  // Runs one eager step, then graphs of four steps and of one step.
  void train() {
    for_each_rank(count(), [&](uint32_t i) {
      trainers[i]->run(0, 1);
      trainers[i]->run(1, kSteps - 1);
    });
  }

  AllRanks ranks;
  std::vector<std::unique_ptr<Trainer>> trainers;
};

std::vector<float> trained_alone(const Training& training) {
  Trainer alone(training, backend_under_test());
  alone.run(0, 1);
  alone.run(1, kSteps - 1);
  CHECK(alone.parameters() != alone.started);
  return alone.parameters();
}

void check_bits() {
  const Training training;
  const auto expected = trained_alone(training);
  const std::vector<std::string> settings = {
      "", "INTERLATENT_CUDA_EAGER", "INTERLATENT_CUDA_POISON",
      "INTERLATENT_CUDA_HOST_DATA", "INTERLATENT_CUDA_DEPENDENT_LAUNCH"};
  for (const std::string& name : settings) {
    const Setting setting(name.empty() ? "UNUSED" : name.c_str(), "1");
    // Four devices are more than there are tiles, and two devices share the
    // three tiles unevenly.
    const std::vector<uint32_t> counts = name.empty()
                                             ? std::vector<uint32_t>{1, 2, 3, 4}
                                             : std::vector<uint32_t>{2, 4};
    for (const uint32_t count : counts) {
      Together together(training, count);
      together.train();
      for (const auto& trainer : together.trainers) {
        CHECK_MESSAGE(trainer->parameters() == expected,
                      std::to_string(count) + " devices, " + name);
      }
    }
  }
}

// Both devices measure the times of their kernels, launch by launch.
void check_profile() {
  const Training training;
  const auto expected = trained_alone(training);
  const auto ranks = local_ranks(2, kPatience);
  for_each_rank(2, [&](uint32_t i) {
    il_load_options options = options_of(*ranks[i]);
    options.profile = 1;
    Trainer trainer(training, backend_under_test(), options);
    trainer.run(0, kSteps);
    CHECK(trainer.parameters() == expected);
    const std::string text =
        backend_under_test()->describe(trainer.program.program());
    const auto check_contains = [&](const std::string& part) {
      CHECK_MESSAGE(text.find(part) != std::string::npos, part + ": " + text);
    };
    check_contains("\"gathered\":" +
                   std::to_string(4 * kTiles * training.parameters));
    check_contains("\"label\":\"tiles of all devices\"");
    check_contains("\"ranks\":{\"index\":" + std::to_string(i) +
                   ",\"count\":2");
  });
}

// Puts this row into the batches of one tile of all runs, and removes it from
// all other batches.
void use_row(Trainer& trainer, const Training& training, int32_t row,
             int64_t tile) {
  for (int32_t& index : trainer.index) index = index == row ? row + 1 : index;
  for (int64_t batch = 0; batch < kBatches; batch++) {
    if (batch % kTiles != tile) continue;
    for (int64_t run = 0; run < kRuns; run++) {
      trainer.index[size_t((run * kBatches + batch) * kBatch)] = row;
    }
  }
  trainer.program.upload(IL_DATA, training.index, trainer.index);
}

// A device reads only the rows of its tiles. Its data of a row in another
// device's tiles have no effect; its data of a row in its tiles affect all
// devices.
void check_data_of_tiles() {
  const Training training;
  constexpr int32_t row = 7;
  const auto learn = [&](uint32_t changed, int64_t tile) {
    Together together(training, 2);
    for (uint32_t i = 0; i < 2; i++) {
      Trainer& trainer = *together.trainers[i];
      use_row(trainer, training, row, tile);
      if (i != changed) continue;
      trainer.data[size_t(row) * kFeatures] += 1;
      trainer.program.upload(IL_DATA, training.data, trainer.data);
    }
    together.train();
    const auto learned = together.trainers[0]->parameters();
    CHECK(together.trainers[1]->parameters() == learned);
    return learned;
  };
  // The first rank has the first tile, the second rank the other two.
  constexpr uint32_t none = 2;
  for (const auto& [tile, owner] : {std::pair{0, 0u}, {1, 1u}, {2, 1u}}) {
    const auto expected = learn(none, tile);
    CHECK(learn(1 - owner, tile) == expected);
    CHECK(learn(owner, tile) != expected);
  }
}

// If a run gets a value that is not finite, all devices lose it in the same
// step and report the same tensor. The other runs continue to the same bits.
void check_lost_runs() {
  const Training training;
  const auto spoil = [&](Trainer& trainer) {
    trainer.data[3 * kFeatures + 2] = -1;
    trainer.program.upload(IL_DATA, training.data, trainer.data);
    for (int32_t& row : trainer.index) row = row == 3 ? 4 : row;
    // Run 1 in the last tile of step 1, run 2 in the first of step 2.
    const int64_t holders[][2] = {{1, kTiles + 2}, {2, 2 * kTiles}};
    for (const auto& [run, batch] : holders) {
      trainer.index[size_t((run * kBatches + batch) * kBatch + 5)] = 3;
    }
    trainer.program.upload(IL_DATA, training.index, trainer.index);
  };
  Trainer alone(training, backend_under_test());
  spoil(alone);
  alone.run(0, kSteps);
  CHECK(alone.program.failures.size() == 2);
  for (const uint32_t count : {2u, 3u}) {
    Together together(training, count);
    for (const auto& trainer : together.trainers) spoil(*trainer);
    for_each_rank(count,
                  [&](uint32_t i) { together.trainers[i]->run(0, kSteps); });
    for (const auto& trainer : together.trainers) {
      const auto& failures = trainer->program.failures;
      CHECK(failures.size() == 2);
      for (size_t i = 0; i < failures.size(); i++) {
        CHECK(failures[i].run == alone.program.failures[i].run);
        CHECK(failures[i].step == alone.program.failures[i].step);
        CHECK(std::string(failures[i].label) == "noisy");
      }
      CHECK(trainer->parameters() == alone.parameters());
    }
  }
}

// With some weights the gradient of every tile is finite but their mean is not.
// A device can detect that only with the tiles of all devices.
void check_lost_mean() {
  const Training training;
  const auto spoil = [&](Trainer& trainer, float scale) {
    auto parameters = trainer.started;
    const auto fill = [&](const Parameter& parameter, float value) {
      std::fill_n(parameters.begin() + int64_t(parameter.offset),
                  parameter.size(), value);
    };
    fill(training.encoder, 0);
    fill(training.bias, 0);
    fill(training.decoder, scale);
    trainer.program.upload(IL_PARAMETERS, 0, parameters);
  };
  bool has_lost_mean = false;
  for (float scale = 1e35f; scale < 1e37f && !has_lost_mean; scale *= 1.25f) {
    Trainer alone(training, backend_under_test());
    spoil(alone, scale);
    alone.run(0, 2);
    if (alone.program.failures.empty()) continue;
    const auto& lost = alone.program.failures[0];
    if (std::string(lost.label) != "mean over tiles") continue;
    has_lost_mean = true;
    Together together(training, 2);
    for (const auto& trainer : together.trainers) spoil(*trainer, scale);
    for_each_rank(2, [&](uint32_t i) { together.trainers[i]->run(0, 2); });
    for (const auto& trainer : together.trainers) {
      CHECK(trainer->program.failures.size() == 1);
      CHECK(trainer->program.failures[0].run == lost.run);
      CHECK(trainer->program.failures[0].step == lost.step);
      CHECK(std::string(trainer->program.failures[0].label) == lost.label);
    }
  }
  CHECK(has_lost_mean);
}

// The device that computes the failing tile reports the cause. The other device
// reports that this rank has failed.
void check_failed_step() {
  const Training training;
  Together together(training, 2);
  std::vector<Outcome> outcomes(2);
  for_each_rank(2, [&](uint32_t i) {
    Trainer& trainer = *together.trainers[i];
    // Step 2 takes batches 6 to 8, of which the second device has 7 and 8.
    trainer.index[size_t((2 * kBatches + 8) * kBatch + 7)] = kRows;
    trainer.program.upload(IL_DATA, training.index, trainer.index);
    std::vector<float> results(20 * Trainer::kRow);
    outcomes[i] = trainer.program.run(0, 20, &results);
  });
  CHECK_MESSAGE(
      outcomes[1].message ==
          "[run] \"batch\" at step 2: row 50 was requested at column 7 "
          "of batch 8, run 2; the data set has 50 rows",
      outcomes[1].message);
  CHECK(outcomes[1].code == "index-out-of-range");
  CHECK_MESSAGE(outcomes[0].code == "rank-lost" &&
                    outcomes[0].message.find(
                        "rank 1 has failed: [run] \"batch\" at step 2") !=
                        std::string::npos,
                outcomes[0].message);
  // Neither program can run again.
  for (const auto& trainer : together.trainers) {
    std::vector<float> results(Trainer::kRow);
    CHECK(trainer->program.run(3, 1, &results).code == "rank-lost");
  }
}

struct Stopped {
  Outcome outcome;
  il_run_report report{};
};

// Runs steps and cancels the program after `after` of them; 0: never.
Stopped run_and_cancel(Trainer& trainer, uint64_t first, uint64_t steps,
                       uint64_t after) {
  struct Context {
    il_program* program;
    uint64_t after;
  } context{trainer.program.program(), after};
  std::vector<float> results(steps * Trainer::kRow);
  std::vector<il_run_failure> failures(kRuns);
  il_run_request request{};
  request.first_step = first;
  request.steps = steps;
  request.results = results.data();
  request.results_count = results.size();
  request.failures = failures.data();
  request.on_step = [](void* user, uint64_t done) {
    const auto& run = *static_cast<Context*>(user);
    if (done == run.after) backend_under_test()->cancel(run.program);
  };
  request.user = &context;
  Stopped stopped;
  il_error error{};
  backend_under_test()->run(context.program, &request, &stopped.report, &error);
  stopped.outcome = {error.code, error.message};
  return stopped;
}

// If any device is cancelled, all stop before the same step and can continue
// later.
void check_cancel() {
  const Training training;
  constexpr uint64_t many = 30;
  Trainer alone(training, backend_under_test());
  alone.run(0, many);
  for (const bool all : {false, true}) {
    Together together(training, 3);
    std::vector<Stopped> stopped(3);
    for_each_rank(3, [&](uint32_t i) {
      const uint64_t after = all || i == 1 ? 5 + i : 0;
      stopped[i] = run_and_cancel(*together.trainers[i], 0, many, after);
    });
    const uint64_t done = stopped[0].report.steps_done;
    CHECK(done > 4 && done < many);
    for (const Stopped& run : stopped) {
      CHECK_MESSAGE(run.outcome.code.empty(), run.outcome.message);
      CHECK(run.report.cancelled == 1);
      CHECK(run.report.steps_done == done);
    }
    for_each_rank(3, [&](uint32_t i) {
      together.trainers[i]->run(done, many - done);
      CHECK(together.trainers[i]->parameters() == alone.parameters());
    });
  }
}

// A device that waits for another one can be cancelled, before the first step
// and later. Its parameters have not changed.
void check_cancel_while_waiting() {
  const Training training;
  for (const uint64_t before : {0u, 3u}) {
    Together together(training, 2);
    if (before > 0) {
      for_each_rank(2,
                    [&](uint32_t i) { together.trainers[i]->run(0, before); });
    }
    Trainer& trainer = *together.trainers[0];
    const auto learned = trainer.parameters();
    Stopped stopped;
    std::thread waiting(
        [&] { stopped = run_and_cancel(trainer, before, 4, 0); });
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    backend_under_test()->cancel(trainer.program.program());
    waiting.join();
    CHECK(stopped.report.cancelled == 1);
    CHECK(stopped.report.steps_done == 0);
    CHECK(trainer.parameters() == learned);
    const Stopped other = run_and_cancel(*together.trainers[1], before, 4, 0);
    CHECK_MESSAGE(other.outcome.code == "rank-lost", other.outcome.message);
  }
}

int64_t counter(const char* function) {
  void* library =
      dlopen(std::getenv("INTERLATENT_TEST_LIBRARY"), RTLD_NOW | RTLD_LOCAL);
  return reinterpret_cast<int64_t (*)()>(dlsym(library, function))();
}

// If any call of the runtime or of NCCL fails on any device, a device reports
// it, all devices stop, and nothing leaks.
void check_failing_calls() {
  const Training training;
  int refused = 0;
  for (const char* variable :
       {"INTERLATENT_EMULATION_FAIL", "INTERLATENT_EMULATION_NCCL_FAIL"}) {
    const bool is_nccl =
        std::string(variable).find("NCCL") != std::string::npos;
    for (int call = 1; call < (is_nccl ? 40 : 300); call += is_nccl ? 1 : 11) {
      const int64_t before = counter("il_emulation_living");
      {
        Together together(training, 2);
        std::vector<Outcome> outcomes(2);
        {
          const Setting one(variable, std::to_string(call));
          for_each_rank(2, [&](uint32_t i) {
            std::vector<float> results(kSteps * Trainer::kRow);
            outcomes[i] =
                together.trainers[i]->program.run(0, kSteps, &results);
          });
        }
        const std::string which = variable + (" " + std::to_string(call));
        bool has_failed = false;
        for (const Outcome& outcome : outcomes) {
          if (outcome.code.empty()) continue;
          has_failed = true;
          CHECK_MESSAGE(outcome.code == "device" || outcome.code == "rank-lost",
                        which + ": " + outcome.code + ": " + outcome.message);
        }
        if (has_failed) {
          refused++;
          CHECK_MESSAGE(
              outcomes[0].code == "device" || outcomes[1].code == "device",
              which + ": " + outcomes[0].message + "; " + outcomes[1].message);
        }
      }
      CHECK_MESSAGE(counter("il_emulation_living") == before,
                    std::to_string(call) + " leaks");
    }
  }
  CHECK_MESSAGE(refused > 20, std::to_string(refused) + " calls");
}

// A program that profiles captures no graphs, so it does not match one that
// does. Both get an error before they wait for each other.
void check_different_programs() {
  const Training training;
  const auto ranks = local_ranks(2, kPatience);
  for_each_rank(2, [&](uint32_t i) {
    il_load_options options = options_of(*ranks[i]);
    options.profile = i;
    Trainer trainer(training, backend_under_test(), options);
    std::vector<float> results(Trainer::kRow);
    const Outcome outcome = trainer.program.run(0, 1, &results);
    CHECK_MESSAGE(outcome.code == "rank-lost", outcome.message);
    CHECK(trainer.parameters() == trainer.started);
  });
}

void check_no_library() {
  const Training training;
  const auto ranks = local_ranks(2, kPatience);
  const std::string right = std::getenv("INTERLATENT_NCCL_PATH");
  const il_load_options options = options_of(*ranks[0]);
  for (const char* path : {"", "/nowhere/libnccl.so.2"}) {
    setenv("INTERLATENT_NCCL_PATH", path, 1);
    const Loaded loaded(training.plan.bytes(), options);
    CHECK(loaded.outcome().code == "no-nccl");
    CHECK_MESSAGE(loaded.outcome().message.find("INTERLATENT_NCCL_PATH") !=
                      std::string::npos,
                  loaded.outcome().message);
  }
  setenv("INTERLATENT_NCCL_PATH", right.c_str(), 1);
}

}  // namespace
}  // namespace interlatent::testing

int main() {
  using namespace interlatent::testing;
  setenv("INTERLATENT_EMULATION_DEVICES", "4", 1);
  check_bits();
  check_profile();
  check_data_of_tiles();
  check_lost_runs();
  check_lost_mean();
  check_failed_step();
  check_cancel();
  check_cancel_while_waiting();
  check_failing_calls();
  check_different_programs();
  check_no_library();
  return summary("exchange");
}
