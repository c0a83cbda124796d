// Tests that every failing call of the CUDA runtime gives an error with a code
// and leaks nothing, and that the next program is not affected.
#include <dlfcn.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "check.h"
#include "small_training.h"

namespace interlatent::testing {
namespace {

// One eager step, a graph of four steps, and a graph of one step.
constexpr uint64_t kSteps = 6;

int64_t counter(const char* function) {
  void* library =
      dlopen(std::getenv("INTERLATENT_TEST_LIBRARY"), RTLD_NOW | RTLD_LOCAL);
  return reinterpret_cast<int64_t (*)()>(dlsym(library, function))();
}

// Returns the number of existing allocations, streams, events and graphs of the
// emulation.
int64_t living() { return counter("il_emulation_living"); }

struct Attempt {
  Outcome outcome;  // of the last call
  std::vector<float> results;

  bool failed() const { return !outcome.code.empty(); }
};

// Loads, uploads, trains in two calls, and downloads. Stops after the first
// call that fails.
Attempt attempt(const Training& training, const Trainer& filled) {
  Attempt result;
  const il_backend* backend = backend_under_test();
  const auto add = [&](int status, const il_error& error) {
    result.outcome =
        status == 0 ? Outcome{} : Outcome{error.code, error.message};
    return status == 0;
  };
  const std::vector<uint8_t> plan = training.plan.bytes();
  const il_load_options options{1, 0, IL_MATMUL_FLOAT32, 0, 0, 0, nullptr};
  il_loaded loaded{};
  il_error error{};
  if (!add(backend->load(plan.data(), plan.size(), &options, &loaded, &error),
           error)) {
    return result;
  }
  const auto upload = [&](uint32_t slab, uint64_t offset, const auto& values) {
    return add(backend->upload(loaded.program, slab, offset, values.data(),
                               values.size(), &error),
               error);
  };
  result.results.resize(kSteps * Trainer::kRow + training.parameters);
  std::vector<il_run_failure> failures(kRuns);
  const auto run = [&](uint64_t first, uint64_t steps) {
    il_run_request request{};
    request.first_step = first;
    request.steps = steps;
    request.results = result.results.data() + first * Trainer::kRow;
    request.results_count = steps * Trainer::kRow;
    request.failures = failures.data();
    il_run_report report{};
    return add(backend->run(loaded.program, &request, &report, &error), error);
  };
  const bool done =
      upload(IL_PARAMETERS, 0, filled.started) &&
      upload(IL_DATA, training.data, filled.data) &&
      upload(IL_DATA, training.index, filled.index) &&
      upload(IL_DATA, training.seeds, std::vector<int32_t>{1, 2, 3, 4, 5, 6}) &&
      upload(IL_CONTROLS, training.alive, std::vector<float>(kRuns, 1)) &&
      upload(IL_CONTROLS, training.rates, std::vector<float>{0.01f, 0}) &&
      run(0, 1) && run(1, kSteps - 1);
  if (done) {
    add(backend->download(loaded.program, IL_PARAMETERS, 0,
                          result.results.data() + kSteps * Trainer::kRow,
                          training.parameters, &error),
        error);
  }
  backend->destroy(loaded.program);
  return result;
}

void check_every_call() {
  const Training training;
  const Trainer filled(training, backend_under_test());
  const int64_t before = living();
  Attempt expected;
  int64_t calls = 0;
  {
    const Setting none("INTERLATENT_EMULATION_FAIL", "0");
    expected = attempt(training, filled);
    calls = counter("il_emulation_calls");
  }
  CHECK(!expected.failed() && living() == before);
  int refused = 0;
  // Tests every call with sanitizers (`npm run test:long`), and otherwise every
  // third one.
  for (int64_t call = 1; call <= calls; call += kSanitized ? 1 : 3) {
    const int64_t living_before = living();
    const Setting one("INTERLATENT_EMULATION_FAIL", std::to_string(call));
    const Attempt tried = attempt(training, filled);
    const std::string which = "call " + std::to_string(call);
    CHECK_MESSAGE(living() == living_before, which + " leaks");
    if (!tried.failed()) {
      // The call only released an object.
      CHECK_MESSAGE(tried.results == expected.results, which);
      continue;
    }
    refused++;
    const Outcome& last = tried.outcome;
    CHECK_MESSAGE(
        last.code == "device" &&
            last.message.find("(cudaErrorUnknown)") != std::string::npos,
        which + ": " + last.code + ": " + last.message);
  }
  CHECK_MESSAGE(refused > 50, std::to_string(refused) + " calls");
  const Attempt again = attempt(training, filled);
  CHECK(!again.failed() && again.results == expected.results);
}

// A program trains to the same bits after a call of it has failed.
void check_next_call() {
  const Training training;
  Trainer whole(training, backend_under_test());
  const auto expected = whole.run(0, kSteps);
  for (const char* call : {"1", "3", "7", "20", "40", "70"}) {
    Trainer trainer(training, backend_under_test());
    std::vector<float> results(kSteps * Trainer::kRow);
    {
      const Setting one("INTERLATENT_EMULATION_FAIL", call);
      const Outcome outcome = trainer.program.run(0, kSteps, &results);
      CHECK_MESSAGE(outcome.code == "device", std::string("call ") + call);
    }
    trainer.start();
    CHECK_MESSAGE(trainer.run(0, kSteps) == expected,
                  std::string("after call ") + call);
    CHECK(trainer.parameters() == whole.parameters());
  }
}

// Only the CPU computes some tiles of a mini-batch and gets the others.
void check_ranks() {
  const il_ranks ranks{1, 2, nullptr, nullptr};
  const il_load_options options{1, 0, IL_MATMUL_FLOAT32, 0, 0, 0, &ranks};
  const Loaded program(Training().plan.bytes(), options);
  CHECK(program.outcome().code == "device");
}

}  // namespace
}  // namespace interlatent::testing

int main() {
  using namespace interlatent::testing;
  check_every_call();
  check_next_call();
  check_ranks();
  return summary("failures");
}
