// Checks the calls of a program: upload, download, run, describe. Also checks
// cancelling from another thread, progress, state that another program
// continues from, two programs at the same time, the thread pool, and plan
// files.
#include <atomic>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>

#include "check.h"
#include "error.h"
#include "plan_builder.h"
#include "planfile.h"
#include "thread_pool.h"

namespace interlatent::testing {
namespace {

void check_calls() {
  const il_backend* backend = backend_under_test();
  CHECK(backend->abi == IL_BACKEND_ABI);
  PlanBuilder plan = valid_plan();
  Loaded program(plan.bytes(), 2);
  CHECK(program.runs() == 2);
  uint64_t slabs = 0;
  for (const uint64_t slab : plan.slab_sizes()) slabs += 4 * slab;
  CHECK(program.bytes() >= slabs && program.bytes() < slabs + (1 << 20));
  il_error error{};
  float values[4] = {1, 2, 3, 4};
  const uint64_t size = plan.slab_sizes()[IL_DATA];
  CHECK(backend->upload(program.program(), IL_DATA, size - 4, values, 4,
                        &error) == 0);
  CHECK(backend->upload(program.program(), IL_DATA, size - 3, values, 4,
                        &error) != 0);
  CHECK(std::string(error.code) == "out-of-range");
  CHECK(backend->upload(program.program(), IL_DATA, UINT64_MAX, values, 4,
                        &error) != 0);
  CHECK(backend->download(program.program(), 6, 0, values, 1, &error) != 0);
  CHECK(backend->download(program.program(), IL_DATA, size - 4, values, 4,
                          &error) == 0);
  CHECK(error.code[0] == '\0' && values[3] == 4);

  std::vector<float> results(24);
  CHECK(program.run(0, 2, &results).code.empty());
  CHECK(program.run(0, 3, &results).code == "out-of-range");
  CHECK(program.run(0, 1, &results, 1).code == "out-of-range");
  CHECK(program.run(UINT64_MAX, 2, &results).code == "out-of-range");
  CHECK(program.run(0, 0, &results).code.empty());

  const std::string text = backend->describe(program.program());
  CHECK_MESSAGE(text.find("\"controls\":" +
                          std::to_string(4 * plan.slab_sizes()[IL_CONTROLS])) !=
                    std::string::npos,
                text);
  CHECK(text.find("\"profile\"") == std::string::npos);
  // A device that does not exist.
  const std::vector<uint8_t> bytes = plan.bytes();
  il_loaded loaded{};
  const il_load_options options{1, 99, IL_MATMUL_FLOAT32, 0, 0, 0, nullptr};
  CHECK(backend->load(bytes.data(), bytes.size(), &options, &loaded, &error) !=
        0);
  CHECK(std::string(error.code) == "out-of-range" && loaded.program == nullptr);
}

void check_profile() {
  const PlanBuilder plan = valid_plan();
  Loaded timed(plan.bytes(), {1, 0, IL_MATMUL_FLOAT32, 1, 0, 0, nullptr});
  const auto described = [&] {
    return std::string(backend_under_test()->describe(timed.program()));
  };
  CHECK(described().find("\"profile\":{\"step\":[]}") != std::string::npos);
  std::vector<float> results(24);
  CHECK(timed.run(0, 2, &results).code.empty());
  const std::string text = described();
  CHECK_MESSAGE(text.find("{\"kernel\":\"matmul\",\"label\":\"layer\","
                          "\"calls\":2,\"seconds\":") != std::string::npos,
                text);
}

// A plan for parameters += noise, with one output: the first parameter.
struct Walk {
  static constexpr int64_t n = 3000;
  PlanBuilder plan;
  uint64_t parameters, noise, seeds;

  Walk() {
    parameters = plan.place(IL_PARAMETERS, n);
    noise = plan.place(IL_ACTIVATIONS, n);
    seeds = plan.place(IL_DATA, 2);
    plan.entry("step");
    plan.kernel("random", "noise")
        .writes(IL_ACTIVATIONS, noise, n)
        .reads_int32(IL_DATA, seeds, 2)
        .integers({1, 0, 1, n, 1});
    plan.kernel("map", "walk")
        .writes(IL_PARAMETERS, parameters, n)
        .reads(IL_PARAMETERS, parameters, n)
        .reads(IL_ACTIVATIONS, noise, n)
        .integers({1, n, 1, 2, 1, 1, 1, 3, 1, 22, 2, 0, 1, -1, -1, 2});
    plan.output("first", IL_PARAMETERS, parameters, 1);
  }
};

struct Progress {
  il_program* program = nullptr;
  std::atomic<uint64_t> steps{0};
  std::atomic<bool> hold{true};
};

void check_cancel() {
  const Walk walk;
  Loaded loaded(walk.plan.bytes(), 2);
  const il_backend* backend = backend_under_test();
  constexpr uint64_t steps = 1000000;
  std::vector<float> results(steps);
  Progress progress;
  il_run_request request{};
  request.steps = steps;
  request.results = results.data();
  request.results_count = steps;
  request.user = &progress;
  // The tenth step waits until the other thread has cancelled.
  request.on_step = [](void* user, uint64_t done) {
    auto* state = static_cast<Progress*>(user);
    state->steps.store(done);
    state->steps.notify_one();
    if (done == 10) state->hold.wait(true);
  };
  std::thread other([&] {
    uint64_t seen = progress.steps.load();
    while (seen < 10) {
      progress.steps.wait(seen);
      seen = progress.steps.load();
    }
    backend->cancel(loaded.program());
    progress.hold.store(false);
    progress.hold.notify_one();
  });
  il_run_report report{};
  il_error error{};
  CHECK(backend->run(loaded.program(), &request, &report, &error) == 0);
  other.join();
  // A device finishes the steps that it has begun, up to seven steps ahead.
  const uint64_t ahead = backend == il_cpu_backend() ? 0 : 7;
  CHECK(report.cancelled == 1 && report.steps_done >= 10);
  CHECK(report.steps_done <= 10 + ahead);
  CHECK(progress.steps.load() == report.steps_done);
  // The run has cleared the request to cancel.
  CHECK(loaded.run(10, 3, &results).code.empty());
  CHECK(loaded.report.steps_done == 3 && loaded.report.cancelled == 0);
  // Cancels before the first step.
  backend->cancel(loaded.program());
  CHECK(loaded.run(13, 3, &results).code.empty());
  CHECK(loaded.report.steps_done == 0 && loaded.report.cancelled == 1);
}

// Five steps, then five more in a program that received the parameters, give
// the same bits as ten steps.
void check_continuation() {
  const Walk walk;
  std::vector<float> ten(10);
  std::vector<float> five(5);
  std::vector<float> more(5);
  Loaded whole(walk.plan.bytes(), 2);
  Loaded first(walk.plan.bytes(), 1);
  Loaded second(walk.plan.bytes(), 1);
  for (const Loaded* program : {&whole, &first, &second}) {
    const_cast<Loaded*>(program)->upload(IL_DATA, walk.seeds,
                                         std::vector<int32_t>{7, 8});
  }
  whole.run(0, 10, &ten);
  first.run(0, 5, &five);
  second.upload(IL_PARAMETERS, walk.parameters,
                first.download(IL_PARAMETERS, walk.parameters, Walk::n));
  second.run(5, 5, &more);
  for (size_t i = 0; i < 5; i++) {
    CHECK(ten[i] == five[i] && ten[5 + i] == more[i]);
  }
  CHECK(whole.download(IL_PARAMETERS, walk.parameters, Walk::n) ==
        second.download(IL_PARAMETERS, walk.parameters, Walk::n));
  CHECK(ten[9] != 0);
}

void check_two_concurrent_programs() {
  const Walk walk;
  std::vector<std::vector<float>> results(4, std::vector<float>(200));
  std::vector<std::thread> threads;
  for (auto& outputs : results) {
    threads.emplace_back([&walk, &outputs] {
      Loaded program(walk.plan.bytes(), 2);
      program.upload(IL_DATA, walk.seeds, std::vector<int32_t>{7, 8});
      program.run(0, 200, &outputs);
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& outputs : results) CHECK(outputs == results[0]);
}

// Every task runs exactly once, whatever the number of threads.
void check_thread_pool() {
  struct Tally {
    std::vector<std::atomic<uint32_t>> counts;
    std::atomic<uint32_t> unknown_workers{0};
  };
  for (const uint32_t size : {1u, 2u, 5u}) {
    ThreadPool pool(size);
    CHECK(pool.size() == size);
    for (int round = 0; round < 3000; round++) {
      const auto tasks = uint32_t(round % 37);
      Tally tally{std::vector<std::atomic<uint32_t>>(tasks)};
      pool.run(
          tasks,
          [](void* context, uint32_t task, uint32_t worker) {
            auto* counters = static_cast<Tally*>(context);
            counters->counts[task]++;
            if (worker >= 5) counters->unknown_workers++;
          },
          &tally);
      bool once = tally.unknown_workers == 0;
      for (const auto& count : tally.counts) once &= count == 1;
      if (!once) CHECK(once);
    }
  }
}

void check_threads() {
  const il_backend* backend = il_cpu_backend();
  CHECK(std::string(backend->name) == "cpu");
  PlanBuilder plan = valid_plan();
  Loaded program(plan.bytes(), 2);
  const std::string text = backend->describe(program.program());
  CHECK_MESSAGE(text.find("\"threads\":2") != std::string::npos, text);
  CHECK(text.find("\"isa\":\"") != std::string::npos);

  const std::vector<uint8_t> bytes = plan.bytes();
  il_loaded loaded{};
  il_error error{};
  il_load_options options{5000, 0, IL_MATMUL_FLOAT32, 0, 0, 0, nullptr};
  CHECK(backend->load(bytes.data(), bytes.size(), &options, &loaded, &error) !=
        0);
  CHECK(std::string(error.code) == "out-of-range");
  setenv("INTERLATENT_ISA", "sparc", 1);
  options = {1, 0, IL_MATMUL_FLOAT32, 0, 0, 0, nullptr};
  CHECK(backend->load(bytes.data(), bytes.size(), &options, &loaded, &error) !=
        0);
  CHECK(std::string(error.code) == "device");
  CHECK_MESSAGE(
      std::string(error.message).find("\"sparc\"") != std::string::npos,
      error.message);
  unsetenv("INTERLATENT_ISA");
  CHECK(loaded.program == nullptr);
}

void check_plan_file() {
  const Walk walk;
  PlanFile file;
  file.plan = walk.plan.bytes();
  file.initial.push_back({IL_PARAMETERS, walk.parameters, {1, 2, 3}});
  file.initial.push_back({IL_DATA, walk.seeds, {0, 0}});
  file.entry = 0;
  file.first_step = 3;
  file.steps = 2;
  file.results = {0, 0};
  file.result_tolerances = {1e-6f, 1e-6f};
  ExpectedContents& expected = file.expected.emplace_back();
  expected.contents.slab = IL_PARAMETERS;
  expected.contents.offset = walk.parameters;
  expected.tolerances.assign(3, 1e-6f);
  Loaded program(file.plan);
  program.upload(IL_PARAMETERS, walk.parameters, file.initial[0].values);
  program.run(file.first_step, file.steps, &file.results);
  expected.contents.values =
      program.download(IL_PARAMETERS, walk.parameters, 3);
  const std::vector<uint8_t> bytes = encode_plan_file(file);
  const PlanFile again = decode_plan_file(bytes.data(), bytes.size());
  CHECK(again.plan == file.plan && again.results == file.results);
  CHECK(again.result_tolerances == file.result_tolerances);
  CHECK(again.expected[0].contents.values == expected.contents.values);
  CHECK(again.expected[0].tolerances == expected.tolerances);
  CHECK(again.first_step == 3 && again.steps == 2);
  for (size_t length = 0; length < bytes.size(); length++) {
    bool refused = false;
    try {
      decode_plan_file(bytes.data(), length);
    } catch (const Error& error) {
      refused = error.code() == "invalid-plan";
    }
    CHECK(refused);
  }
  // For the tests that run run_plan on this file and on a wrong one.
  const auto write = [](const char* path, const std::vector<uint8_t>& content) {
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(content.data()),
               std::streamsize(content.size()));
  };
  write("walk.ilplan", bytes);
  expected.contents.values[1] += 1e-3f;
  write("wrong.ilplan", encode_plan_file(file));
}

}  // namespace
}  // namespace interlatent::testing

int main() {
  using namespace interlatent::testing;
  check_calls();
  check_profile();
  check_cancel();
  check_continuation();
  check_two_concurrent_programs();
  check_thread_pool();
  if (backend_under_test() == il_cpu_backend()) check_threads();
  check_plan_file();
  return summary("program");
}
