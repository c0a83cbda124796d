// Loads and runs a plan file on the CPU backend, with the slab contents of the
// file. Gives an error of the backend, or results.
#include <vector>

#include "error.h"
#include "fuzz.h"
#include "interlatent/backend.h"
#include "plan.h"
#include "planfile.h"

using interlatent::Entry;
using interlatent::Error;
using interlatent::Plan;
using interlatent::PlanFile;

namespace {

// Larger programs would only take longer.
constexpr uint64_t kMaxElements = 1 << 14;
constexpr uint64_t kMaxBlocks = 64;
constexpr uint64_t kMaxSteps = 2;

bool is_small(const Plan& plan) {
  uint64_t elements = 0;
  for (const uint64_t size : plan.slab_sizes) {
    if (size > kMaxElements) return false;
    elements += size;
  }
  if (elements > kMaxElements) return false;
  for (const Entry& entry : plan.entries) {
    if (uint64_t{plan.runs} * entry.tiles > kMaxBlocks) return false;
    if (interlatent::count_outputs(entry) > kMaxElements) return false;
  }
  return true;
}

// Checks that an error has a code and a message, and returns true on success.
bool succeeded(int status, const il_error& error) {
  FUZZ_EXPECT((status == 0) == (error.code[0] == '\0'));
  FUZZ_EXPECT(status == 0 || error.message[0] != '\0');
  return status == 0;
}

class Loaded {
 public:
  explicit Loaded(const std::vector<uint8_t>& plan) {
    const il_load_options options{1, 0, IL_MATMUL_FLOAT32, 0, 0, 0, nullptr};
    il_error error{};
    succeeded(
        backend_->load(plan.data(), plan.size(), &options, &loaded_, &error),
        error);
  }
  ~Loaded() {
    if (loaded_.program != nullptr) backend_->destroy(loaded_.program);
  }
  Loaded(const Loaded&) = delete;
  Loaded& operator=(const Loaded&) = delete;

  bool is_loaded() const { return loaded_.program != nullptr; }

  void upload(const interlatent::SlabContents& contents) {
    il_error error{};
    succeeded(backend_->upload(loaded_.program, contents.slab, contents.offset,
                               contents.values.data(), contents.values.size(),
                               &error),
              error);
  }

  void run(const PlanFile& file) {
    std::vector<float> results(kMaxSteps * kMaxElements);
    std::vector<il_run_failure> failures(loaded_.runs);
    il_run_request request{};
    request.entry = file.entry;
    request.first_step = file.first_step;
    request.steps = file.steps < kMaxSteps ? file.steps : kMaxSteps;
    request.results = results.data();
    request.results_count = results.size();
    request.failures = failures.data();
    il_run_report report{};
    il_error error{};
    succeeded(backend_->run(loaded_.program, &request, &report, &error), error);
    FUZZ_EXPECT(report.failure_count <= loaded_.runs);
  }

  void download(const interlatent::SlabContents& contents) {
    std::vector<float> values(contents.values.size());
    il_error error{};
    succeeded(
        backend_->download(loaded_.program, contents.slab, contents.offset,
                           values.data(), values.size(), &error),
        error);
  }

 private:
  const il_backend* const backend_ = il_cpu_backend();
  il_loaded loaded_{};
};

}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  PlanFile file;
  try {
    file = interlatent::decode_plan_file(bytes, size);
    const Plan plan =
        interlatent::decode_plan(file.plan.data(), file.plan.size());
    if (!is_small(plan)) return 0;
  } catch (const Error&) {
    return 0;
  }
  Loaded program(file.plan);
  if (!program.is_loaded()) return 0;
  for (const auto& contents : file.initial) program.upload(contents);
  program.run(file);
  for (const auto& expected : file.expected)
    program.download(expected.contents);
  return 0;
}
