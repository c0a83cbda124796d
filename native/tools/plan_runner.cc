#include "plan_runner.h"

#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "error.h"
#include "plan.h"

namespace interlatent::tools {
namespace {

void expect(int status, const il_error& error) {
  if (status != 0) throw Error(error.code, error.message);
}

const il_backend* open_backend(const char* path) {
  void* library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) throw Error("unreadable", dlerror());
  auto* open = reinterpret_cast<const il_backend* (*)()>(
      dlsym(library, "il_cuda_backend"));
  const il_backend* backend = open == nullptr ? nullptr : open();
  if (backend == nullptr || backend->abi != IL_BACKEND_ABI) {
    throw Error("unreadable", std::string(path) +
                                  ": it is not a backend of this version "
                                  "of interlatent");
  }
  return backend;
}

const il_backend* default_backend() {
#ifdef IL_HAS_CPU
  return il_cpu_backend();
#else
  return nullptr;
#endif
}

[[noreturn]] void usage(const char* program) {
  std::fprintf(stderr,
               "usage: %s [--backend LIBRARY] [--against LIBRARY] [--device N] "
               "[--matmul-precision float32|tf32|bfloat16] [--profile] "
               "PLANFILE...\n",
               program);
  std::exit(2);
}

// Returns the number of a precision, or -1 for an unknown name.
int precision_of(const std::string& name) {
  if (name == "float32") return IL_MATMUL_FLOAT32;
  if (name == "tf32") return IL_MATMUL_TF32;
  if (name == "tf32-convolutions") return IL_MATMUL_TF32_CONVOLUTIONS;
  return name == "bfloat16" ? IL_MATMUL_BFLOAT16 : -1;
}

}  // namespace

CommandLine read_command_line(int count, char** arguments) {
  CommandLine line;
  line.target.backend = default_backend();
  for (int i = 1; i < count; i++) {
    const std::string argument = arguments[i];
    const bool more = i + 1 < count;
    if (argument == "--backend" && more) {
      line.target.backend = open_backend(arguments[++i]);
    } else if (argument == "--against" && more) {
      line.against.backend = open_backend(arguments[++i]);
    } else if (argument == "--device" && more) {
      line.target.options.device =
          static_cast<uint32_t>(std::atoi(arguments[++i]));
    } else if (argument == "--matmul-precision" && more) {
      const int precision = precision_of(arguments[++i]);
      if (precision < 0) usage(arguments[0]);
      line.target.options.matmul_precision = static_cast<uint32_t>(precision);
    } else if (argument == "--profile") {
      line.target.options.profile = 1;
    } else if (argument.rfind("--", 0) == 0) {
      usage(arguments[0]);
    } else {
      line.files.push_back(argument);
    }
  }
  if (line.against.backend == nullptr) line.against = line.target;
  if (line.files.empty() || line.target.backend == nullptr) usage(arguments[0]);
  return line;
}

PlanFile read_plan_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(in), {}};
  if (!in) throw Error("unreadable", "the file cannot be read");
  return decode_plan_file(reinterpret_cast<const uint8_t*>(bytes.data()),
                          bytes.size());
}

LoadedPlan::LoadedPlan(const Target& target, const PlanFile& file)
    : backend_(target.backend), file_(file) {
  il_error error{};
  expect(backend_->load(file.plan.data(), file.plan.size(), &target.options,
                        &loaded_, &error),
         error);
}

LoadedPlan::~LoadedPlan() { backend_->destroy(loaded_.program); }

void LoadedPlan::fill(uint32_t slab, float bound) {
  const Plan plan = decode_plan(file_.plan.data(), file_.plan.size());
  std::vector<float> values(plan.slab_sizes[slab]);
  // The constants of the quick generator in Numerical Recipes.
  uint32_t state = slab + 1;
  for (float& value : values) {
    state = state * 1664525u + 1013904223u;
    value = bound * (static_cast<float>(state >> 8) * 0x1p-23f - 1.0f);
  }
  il_error error{};
  expect(backend_->upload(loaded_.program, slab, 0, values.data(),
                          values.size(), &error),
         error);
}

void LoadedPlan::upload() {
  il_error error{};
  for (const SlabContents& contents : file_.initial) {
    expect(backend_->upload(loaded_.program, contents.slab, contents.offset,
                            contents.values.data(), contents.values.size(),
                            &error),
           error);
  }
}

std::vector<float> LoadedPlan::download(uint32_t slab, uint64_t offset,
                                        size_t count) {
  std::vector<float> values(count);
  il_error error{};
  expect(backend_->download(loaded_.program, slab, offset, values.data(), count,
                            &error),
         error);
  return values;
}

std::vector<float> LoadedPlan::run(uint64_t first_step, uint64_t steps,
                                   size_t results_count) {
  std::vector<float> results(results_count);
  std::vector<il_run_failure> failures(loaded_.runs);
  il_run_request request{};
  request.entry = file_.entry;
  request.first_step = first_step;
  request.steps = steps;
  request.results = results.data();
  request.results_count = results.size();
  request.failures = failures.data();
  il_run_report report{};
  il_error error{};
  expect(backend_->run(loaded_.program, &request, &report, &error), error);
  if (report.failure_count > 0) {
    throw Error("not-finite", "run " + std::to_string(failures[0].run) +
                                  " became non-finite at step " +
                                  std::to_string(failures[0].step) + " in \"" +
                                  failures[0].label + "\"");
  }
  return results;
}

}  // namespace interlatent::tools
