// run_plan PLANFILE…: loads each plan file (planfile.h), runs it on the CPU
// backend and compares. Exit code 0: all agree; 1: a difference or an error; 2:
// wrong use.
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "error.h"
#include "interlatent/backend.h"
#include "planfile.h"

namespace {

using interlatent::Error;
using interlatent::PlanFile;

void expect(int status, const il_error& error) {
  if (status != 0) throw Error(error.code, error.message);
}

struct Comparison {
  uint64_t values = 0;
  uint64_t wrong = 0;
  double largest = 0;  // absolute error

  void add(const PlanFile& file, const std::vector<float>& actual,
           const std::vector<float>& expected) {
    for (size_t i = 0; i < expected.size(); i++) {
      const double want = double{expected[i]};
      const double got = double{actual[i]};
      values++;
      if (got == want || (std::isnan(got) && std::isnan(want))) continue;
      const double error = std::abs(got - want);
      // A NaN on one side fails too.
      if (!(error <= file.atol + file.rtol * std::abs(want))) wrong++;
      if (!(error <= largest)) largest = error;
    }
  }
};

Comparison run(const PlanFile& file) {
  const il_backend* backend = il_cpu_backend();
  il_error error{};
  il_program* program = nullptr;
  const il_load_options options{0, 0};
  expect(backend->load(file.plan.data(), file.plan.size(), &options, &program,
                       &error),
         error);
  struct Destroy {
    const il_backend* backend;
    il_program* program;
    ~Destroy() { backend->destroy(program); }
  } destroy{backend, program};
  for (const auto& contents : file.initial) {
    expect(
        backend->upload(program, contents.slab, contents.offset,
                        contents.values.data(), contents.values.size(), &error),
        error);
  }
  std::vector<float> results(file.results.size());
  il_run_request request{};
  request.entry = file.entry;
  request.first_step = file.first_step;
  request.steps = file.steps;
  request.results = results.data();
  request.results_count = results.size();
  il_run_report report{};
  expect(backend->run(program, &request, &report, &error), error);
  Comparison comparison;
  comparison.add(file, results, file.results);
  for (const auto& contents : file.expected) {
    std::vector<float> actual(contents.values.size());
    expect(backend->download(program, contents.slab, contents.offset,
                             actual.data(), actual.size(), &error),
           error);
    comparison.add(file, actual, contents.values);
  }
  return comparison;
}

bool check(const char* path) {
  try {
    std::ifstream in(path, std::ios::binary);
    const std::vector<char> bytes{std::istreambuf_iterator<char>(in), {}};
    if (!in) throw Error("unreadable", "it cannot be read");
    const Comparison comparison = run(interlatent::decode_plan_file(
        reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()));
    std::printf("%s: %llu values, %llu wrong, largest error %.3g\n", path,
                static_cast<unsigned long long>(comparison.values),
                static_cast<unsigned long long>(comparison.wrong),
                comparison.largest);
    return comparison.wrong == 0;
  } catch (const Error& error) {
    std::printf("%s: %s: %s\n", path, error.code().c_str(), error.what());
    return false;
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 2) {
    std::fprintf(stderr, "usage: run_plan PLANFILE...\n");
    return 2;
  }
  bool passed = true;
  for (int i = 1; i < count; i++) passed &= check(arguments[i]);
  return passed ? 0 : 1;
}
