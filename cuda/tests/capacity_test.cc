// Tests plans that do not fit the device: data sets stay on the host and give
// the same bits, and errors name the missing memory and what would fit.
#include <cstdlib>
#include <string>

#include "check.h"
#include "small_training.h"

namespace interlatent::testing {
namespace {

uint64_t number_after(const std::string& text, const std::string& what) {
  const size_t at = text.find(what);
  return at == std::string::npos
             ? 0
             : std::strtoull(text.c_str() + at + what.size(), nullptr, 10);
}

std::string describe(const Loaded& program) {
  return backend_under_test()->describe(program.program());
}

// A data set on the host gives the same bits, even after a call was cancelled
// with steps in progress. Downloads return what was uploaded.
void check_host_data() {
  const Training training;
  Trainer resident(training, backend_under_test());
  const auto expected = resident.run(0, 11);
  CHECK(number_after(describe(resident.program), "\"host\":") == 0);

  const Setting host("INTERLATENT_CUDA_HOST_DATA", "1");
  Trainer fetched(training, backend_under_test());
  CHECK(number_after(describe(fetched.program), "\"host\":") >=
        kRows * kFeatures * sizeof(float));
  CHECK(fetched.program.download(IL_DATA, training.data, kRows * kFeatures) ==
        fetched.data);
  CHECK(fetched.program.download(IL_DATA, 0,
                                 training.plan.slab_sizes()[IL_DATA]) ==
        resident.program.download(IL_DATA, 0,
                                  training.plan.slab_sizes()[IL_DATA]));
  struct Call {
    il_program* program;
    std::vector<float> results;
    il_run_report report{};
  } call{fetched.program.program(), {}};
  call.results.resize(11 * Trainer::kRow);
  std::vector<il_run_failure> failures(kRuns);
  il_run_request request{};
  request.steps = 11;
  request.results = call.results.data();
  request.results_count = call.results.size();
  request.failures = failures.data();
  request.user = &call;
  request.on_step = [](void* user, uint64_t done) {
    if (done == 2) {
      backend_under_test()->cancel(static_cast<Call*>(user)->program);
    }
  };
  il_error error{};
  CHECK(backend_under_test()->run(call.program, &request, &call.report,
                                  &error) == 0);
  const uint64_t done = call.report.steps_done;
  CHECK(call.report.cancelled == 1 && done >= 2 && done < 11);
  std::vector<float> results(
      call.results.begin(),
      call.results.begin() + std::ptrdiff_t(done * Trainer::kRow));
  const auto more = fetched.run(done, 11 - done);
  results.insert(results.end(), more.begin(), more.end());
  CHECK(results == expected);
  CHECK(fetched.parameters() == resident.parameters());
}

// A data set moves to the host only if no other kernel than a gather reads it.
void check_moved_data_sets() {
  PlanBuilder plan(2);
  const uint64_t first = plan.place(IL_DATA, 5 * 3);
  const uint64_t index = plan.place(IL_DATA, 2 * 4);
  const uint64_t second = plan.place(IL_DATA, 6 * 3);
  const uint64_t out = plan.place(IL_ACTIVATIONS, 2 * 2 * 3 * 4);
  const uint64_t copy = plan.place(IL_ACTIVATIONS, 18);
  plan.entry("rows");
  plan.kernel("gather", "first")
      .writes(IL_ACTIVATIONS, out, 24)
      .reads(IL_DATA, first, 15)
      .reads_int32(IL_DATA, index, 8)
      .integers({3, 4, 1, 5, 2, 1});
  plan.kernel("gather", "second")
      .writes(IL_ACTIVATIONS, out + 24, 24)
      .reads(IL_DATA, second, 18)
      .reads_int32(IL_DATA, index, 8)
      .integers({3, 4, 1, 6, 2, 1});
  plan.kernel("map", "copy")
      .writes(IL_ACTIVATIONS, copy, 18)
      .reads(IL_DATA, second, 18)
      .integers({1, 18, 1, 1, 1, 1, 2, 1, 1, 1, 0, -1, -1, -1, 1});
  plan.output("out", IL_ACTIVATIONS, out, 48);
  plan.output("first", IL_DATA, index, 8);
  const Setting host("INTERLATENT_CUDA_HOST_DATA", "1");
  Loaded program(plan.bytes());
  CHECK_MESSAGE(program.outcome().code.empty(), program.outcome().message);
  CHECK(number_after(describe(program), "\"host\":") == 16 * sizeof(float));
  Numbers numbers(4);
  const auto rows = numbers.floats(15, -1, 1);
  const auto other_rows = numbers.floats(18, -1, 1);
  program.upload(IL_DATA, first, rows);
  program.upload(IL_DATA, second, other_rows);
  const std::vector<int32_t> indices{4, 0, 2, 2, 3, 1, 0, 4};
  program.upload(IL_DATA, index, indices);
  std::vector<float> results(56);
  const Outcome outcome = program.run(0, 1, &results);
  CHECK_MESSAGE(outcome.code.empty(), outcome.message);
  for (size_t i = 0; i < 24; i++) {
    const auto row = size_t(indices[i / 12 * 4 + i % 4]);
    const size_t feature = i % 12 / 4;
    CHECK(results[i] == rows[row * 3 + feature]);
    CHECK(results[24 + i] == other_rows[row * 3 + feature]);
  }
  CHECK(program.download(IL_ACTIVATIONS, copy, 18) == other_rows);
}

// A data set that is too large for the device stays on the host automatically.
void check_too_large() {
  PlanBuilder plan;
  constexpr int64_t rows = 100000;
  const uint64_t data = plan.place(IL_DATA, rows * 3);
  const uint64_t index = plan.place(IL_DATA, 2 * 4);
  const uint64_t out = plan.place(IL_ACTIVATIONS, 3 * 4);
  plan.entry("rows");
  plan.kernel("gather", "rows")
      .writes(IL_ACTIVATIONS, out, 12)
      .reads(IL_DATA, data, rows * 3)
      .reads_int32(IL_DATA, index, 8)
      .integers({3, 4, 2, rows, 1, 1});
  plan.output("out", IL_ACTIVATIONS, out, 12);
  if (describe(Loaded(plan.bytes())).find("\"emulated\":true") ==
      std::string::npos) {
    return;
  }
  const Setting memory("INTERLATENT_EMULATION_MEMORY", "1000000");
  Loaded program(plan.bytes());
  CHECK_MESSAGE(program.outcome().code.empty(), program.outcome().message);
  CHECK(number_after(describe(program), "\"host\":") >= rows * 12);
  std::vector<float> values(rows * 3);
  for (size_t i = 0; i < values.size(); i++) values[i] = float(i);
  program.upload(IL_DATA, data, values);
  program.upload(IL_DATA, index,
                 std::vector<int32_t>{99999, 0, 7, 50000, 1, 2, 3, 99998});
  std::vector<float> results(24);
  CHECK(program.run(0, 2, &results).code.empty());
  CHECK(results[0] == 299997 && results[7] == 150001 && results[23] == 299996);
}

void check_memory() {
  PlanBuilder plan;
  plan.place(IL_DATA, uint64_t{1} << 40);
  const Loaded program(plan.bytes());
  CHECK(program.outcome().code == "out-of-memory");
  const std::string& message = program.outcome().message;
  CHECK_MESSAGE(
      message.find("the slab data") != std::string::npos &&
          message.find("4398046511") != std::string::npos &&
          message.find("are free. The program needs 4398") != std::string::npos,
      message);
}

}  // namespace
}  // namespace interlatent::testing

int main() {
  using namespace interlatent::testing;
  check_host_data();
  check_moved_data_sets();
  check_too_large();
  check_memory();
  return summary("capacity");
}
