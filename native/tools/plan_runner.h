// Loads a plan file on a backend, for the programs in this folder.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "interlatent/backend.h"
#include "planfile.h"

namespace interlatent::tools {

// The backend and options: the CPU backend, or that of the shared library in
// --backend. --device is the ordinal of a device. --matmul-precision is
// float32, tf32 or bfloat16. With --profile the description has the time of
// every kernel.
struct Target {
  const il_backend* backend = nullptr;
  il_load_options options{};
};

struct CommandLine {
  Target target, against;
  std::vector<std::string> files;
};

// Reads [--backend LIBRARY] [--against LIBRARY] [--device N]
// [--matmul-precision P] [--profile] PLANFILE... On wrong usage it prints the
// usage and exits with 2. Throws Error "unreadable".
CommandLine read_command_line(int count, char** arguments);

// Reads a plan file. Throws Error "unreadable" or "invalid-plan".
PlanFile read_plan_file(const std::string& path);

class LoadedPlan {
 public:
  // Loads the plan and fills no slab: see `fill` and `upload`. Throws an error
  // of the backend as Error.
  LoadedPlan(const Target& target, const PlanFile& file);
  ~LoadedPlan();
  LoadedPlan(const LoadedPlan&) = delete;
  LoadedPlan& operator=(const LoadedPlan&) = delete;

  // Fills a whole slab with uniform values in +-bound, always the same.
  void fill(uint32_t slab, float bound);
  // Uploads the initial contents of the file.
  void upload();
  std::vector<float> download(uint32_t slab, uint64_t offset, size_t count);
  // Runs steps of the entry of the file. Throws Error "not-finite" if a run
  // becomes non-finite.
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
