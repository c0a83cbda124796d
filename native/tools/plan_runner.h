// A plan file loaded on a backend, for the programs in this folder.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "interlatent/backend.h"
#include "planfile.h"

namespace interlatent::tools {

// Where to run: the CPU backend, or that of the shared library that
// --backend names; --device is the ordinal of a device; --matmul-precision is
// float32, tf32, bfloat16 or tf32x3; with --profile the description has the
// time of every kernel; --devices is how many may be used, from the first on.
struct Target {
  const il_backend* backend = nullptr;
  il_load_options options{};
};

struct CommandLine {
  Target target, against;
  uint32_t devices = 1;
  std::vector<std::string> files;
};

// Reads [--backend LIBRARY] [--against LIBRARY] [--device N] [--devices N]
// [--matmul-precision P] [--profile] PLANFILE...; with a wrong command line it
// prints the usage and exits with 2. Throws Error "unreadable".
CommandLine read_command_line(int count, char** arguments);

// Throws Error "unreadable", "invalid-plan".
PlanFile read_plan_file(const std::string& path);

class LoadedPlan {
 public:
  // Fills no slab: see `fill` and `upload`. Throws what the backend answers as
  // Error.
  LoadedPlan(const Target& target, const PlanFile& file);
  ~LoadedPlan();
  LoadedPlan(const LoadedPlan&) = delete;
  LoadedPlan& operator=(const LoadedPlan&) = delete;

  // Uniform values in +-bound, always the same, in a whole slab.
  void fill(uint32_t slab, float bound);
  // The file's initial contents.
  void upload();
  std::vector<float> download(uint32_t slab, uint64_t offset, size_t count);
  // Runs steps of the file's entry. Throws Error also when a run has left the
  // finite numbers ("not-finite").
  std::vector<float> run(uint64_t first_step, uint64_t steps,
                         size_t results_count);
  const il_backend* backend() const { return backend_; }
  il_program* program() const { return loaded_.program; }
  std::string describe() { return backend_->describe(loaded_.program); }

 private:
  const il_backend* backend_;
  const PlanFile& file_;
  il_loaded loaded_{};
};

}  // namespace interlatent::tools
