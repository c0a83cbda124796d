// Tests steps on a device, which run as graphs, a few steps ahead of the host.
// Both backends train an autoencoder. Captured and eager steps give the same
// bits. A lost run or an error is reported for the step in which it occurred.
// CTest runs this program twice, once with the data set on the host.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>

#include "check.h"
#include "small_training.h"

namespace interlatent::testing {
namespace {

constexpr il_load_options kProfiled = {.threads = 1,
                                       .device = 0,
                                       .matmul_precision = IL_MATMUL_FLOAT32,
                                       .profile = 1,
                                       .data_on_device = 0,
                                       .all_runs = 0,
                                       .ranks = nullptr};

void check_near(const std::vector<float>& actual,
                const std::vector<float>& expected, double tolerance,
                const std::string& what) {
  double worst = 0;
  for (size_t i = 0; i < expected.size(); i++) {
    const double scale = 1 + std::abs(double{expected[i]});
    const double error = std::abs(double{actual[i]} - double{expected[i]});
    // A NaN counts as an error.
    if (!(error / scale <= worst)) worst = error / scale;
  }
  CHECK_MESSAGE(worst <= tolerance,
                what + " is off by " + std::to_string(worst));
}

// Both backends learn the same parameters, and the loss decreases.
void check_training() {
  const Training training;
  Trainer cpu(training, il_cpu_backend());
  Trainer device(training, backend_under_test());
  const auto expected = cpu.run(0, 30);
  const auto actual = device.run(0, 30);
  check_near(actual, expected, 2e-4, "the losses");
  check_near(device.parameters(), cpu.parameters(), 2e-4, "the parameters");
  CHECK(actual[29 * Trainer::kRow] < 0.5f * actual[0]);
}

// The bits do not depend on the number of calls, nor on whether steps run as
// graphs.
void check_bits() {
  const Training training;
  Trainer whole(training, backend_under_test());
  const auto expected = whole.run(0, 11);
  Trainer pieces(training, backend_under_test());
  std::vector<float> results;
  uint64_t step = 0;
  for (const uint64_t steps : {1, 1, 2, 7}) {
    const auto more = pieces.run(step, steps);
    results.insert(results.end(), more.begin(), more.end());
    step += steps;
  }
  CHECK(results == expected && pieces.parameters() == whole.parameters());
  // Eager steps, NaN between steps, and overlapping launches.
  for (const char* name : {"INTERLATENT_CUDA_EAGER", "INTERLATENT_CUDA_POISON",
                           "INTERLATENT_CUDA_DEPENDENT_LAUNCH"}) {
    const Setting setting(name, "1");
    Trainer other(training, backend_under_test());
    CHECK_MESSAGE(other.run(0, 11) == expected &&
                      other.parameters() == whole.parameters(),
                  name);
  }
  Trainer profiled(training, backend_under_test(), kProfiled);
  CHECK(profiled.run(0, 11) == expected);
}

// Returns the bytes of the kernel with this label in a description.
double bytes_of(const std::string& text, const std::string& label) {
  const size_t kernel = text.find("\"label\":\"" + label + "\"");
  const std::string name = "\"bytes\":";
  const size_t at = text.find(name, kernel);
  CHECK_MESSAGE(kernel != std::string::npos && at != std::string::npos, text);
  return std::strtod(text.c_str() + at + name.size(), nullptr);
}

// A profile counts the bytes that must be moved. Data that blocks share count
// once, and of a data set only the rows of the mini-batch. Data that Adam
// changes count twice, for the read and the write.
void check_bytes() {
  const Training training;
  for (const il_backend* backend : {il_cpu_backend(), backend_under_test()}) {
    Trainer trainer(training, backend, kProfiled);
    trainer.run(0, 1);
    const std::string text = backend->describe(trainer.program.program());
    constexpr int64_t blocks = kRuns * kTiles;
    constexpr int64_t wide = kFeatures * kBatch;
    constexpr int64_t deep = kHidden * kBatch;
    constexpr int64_t weights = kHidden * kFeatures;
    CHECK(bytes_of(text, "batch") == 4 * blocks * (wide + wide + kBatch));
    CHECK(bytes_of(text, "noise") == 4 * (blocks * wide + kRuns * 2));
    CHECK(bytes_of(text, "encoder") ==
          4 * (blocks * (deep + wide) + kRuns * (weights + kHidden)));
    CHECK(bytes_of(text, "encoder gradient") ==
          4 * blocks * (weights + deep + wide));
    CHECK(bytes_of(text, "update") ==
          4 * (7 * kRuns * (2 * weights + kHidden) + kRuns + 2));
  }
}

// A row with a negative value, whose logarithm is NaN, occurs in one batch of
// run 1 and in a later batch of run 2. Both runs are lost, and run 0 continues.
void check_lost_runs() {
  const Training training;
  std::vector<float> parameters[2];
  std::vector<float> results[2];
  std::vector<il_run_failure> failures[2];
  const il_backend* backends[] = {il_cpu_backend(), backend_under_test()};
  for (size_t which = 0; which < 2; which++) {
    Trainer trainer(training, backends[which]);
    trainer.data[3 * kFeatures + 2] = -1;
    trainer.program.upload(IL_DATA, training.data, trainer.data);
    for (int32_t& row : trainer.index) row = row == 3 ? 4 : row;
    // Steps 1 and 2; the batches of a step are its three tiles.
    const int64_t holders[][2] = {{1, kTiles + 1}, {2, 2 * kTiles}};
    for (const auto& holder : holders) {
      trainer.index[size_t((holder[0] * kBatches + holder[1]) * kBatch + 5)] =
          3;
    }
    trainer.program.upload(IL_DATA, training.index, trainer.index);
    results[which] = trainer.run(0, 9);
    failures[which] = trainer.program.failures;
    parameters[which] = trainer.parameters();
  }
  CHECK(failures[0].size() == 2 && failures[1].size() == 2);
  for (size_t i = 0; i < std::min(failures[0].size(), failures[1].size());
       i++) {
    CHECK(failures[0][i].run == failures[1][i].run);
    CHECK(failures[0][i].step == failures[1][i].step);
    CHECK(std::string(failures[0][i].label) == failures[1][i].label);
    CHECK(std::string(failures[1][i].label) == "noisy");
    CHECK(failures[1][i].step == i + 1);
  }
  // Which runs are alive after every step.
  for (size_t step = 0; step < 9; step++) {
    for (size_t run = 0; run < kRuns; run++) {
      const size_t at = step * Trainer::kRow + kTiles * kRuns + run;
      CHECK(results[0][at] == results[1][at]);
    }
  }
  check_near(parameters[1], parameters[0], 2e-4,
             "the parameters of the remaining runs");
}

// Steps after a failed one change nothing, although they were already enqueued.
void check_failed_step() {
  const Training training;
  Trainer good(training, backend_under_test());
  good.run(0, 2);
  Trainer trainer(training, backend_under_test());
  // Step 2 takes batches 6 to 8.
  trainer.index[size_t((2 * kBatches + 8) * kBatch + 7)] = kRows;
  trainer.program.upload(IL_DATA, training.index, trainer.index);
  std::vector<float> results(20 * Trainer::kRow);
  const Outcome outcome = trainer.program.run(0, 20, &results);
  CHECK(outcome.code == "index-out-of-range");
  CHECK_MESSAGE(
      outcome.message ==
          "[run] \"batch\" at step 2: row 50 was requested at column 7 "
          "of batch 8, run 2; the data set has 50 rows",
      outcome.message);
  CHECK(trainer.program.report.steps_done == 2);
  CHECK(trainer.parameters() == good.parameters());
  CHECK(trainer.program.failures.empty());
}

// A step before adamStart is an error and changes no parameters.
void check_start() {
  const Training training;
  Trainer trainer(training, backend_under_test());
  const auto before = trainer.parameters();
  trainer.program.upload(IL_CONTROLS, training.rates,
                         std::vector<float>{0.01f, 7});
  std::vector<float> results(3 * Trainer::kRow);
  const Outcome outcome = trainer.program.run(4, 3, &results);
  CHECK_MESSAGE(outcome.code == "out-of-range" &&
                    outcome.message.find("adamStart, 7") != std::string::npos,
                outcome.message);
  CHECK(trainer.parameters() == before);
}

}  // namespace
}  // namespace interlatent::testing

int main() {
  using namespace interlatent::testing;
  check_training();
  check_bits();
  check_bytes();
  check_lost_runs();
  check_failed_step();
  check_start();
  return summary("steps");
}
