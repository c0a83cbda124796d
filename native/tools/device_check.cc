// device_check: checks behaviour of a device that no comparison of results
// reveals. For each plan file of training (planfile.h), it compares a backend
// with another one in three cases: a run becomes non-finite, a step fails, and
// a call is cancelled. In each case further steps are queued. Both backends
// must report the correct step and tensor, and the queued steps must have
// changed nothing.
//
// device_check --backend LIBRARY --against LIBRARY PLANFILE...
// Exit code 0: all agree; 1: a difference or an error; 2: wrong usage.
#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "error.h"
#include "plan.h"
#include "plan_runner.h"

namespace {

using interlatent::Entry;
using interlatent::Error;
using interlatent::KernelRecord;
using interlatent::Plan;
using interlatent::PlanFile;
using interlatent::tools::LoadedPlan;
using interlatent::tools::Target;

constexpr uint64_t kLostStep = 5;
constexpr uint64_t kFailedStep = 3;
constexpr uint32_t kFirstLostRun = 1;

// The locations to change so that steps go wrong: the row indices of
// mini-batches, and the first parameter of a run.
class Places {
 public:
  explicit Places(const PlanFile& file)
      : plan_(interlatent::decode_plan(file.plan.data(), file.plan.size())),
        file_(file) {}

  uint32_t runs() const { return plan_.runs; }

  // Returns the offset of the index that selects the first row of the
  // mini-batch of a step.
  uint64_t index_at(uint64_t step) const {
    const KernelRecord& gather = record("gather");
    const int64_t batch = gather.integers[1];
    const int64_t batches = gather.integers[2];
    const int64_t tiles = gather.integers[5];
    const auto steps = static_cast<uint64_t>(batches / tiles);
    return gather.operands[2].offset +
           step % steps * static_cast<uint64_t>(tiles * batch);
  }
  uint64_t rows() const {
    return static_cast<uint64_t>(record("gather").integers[3]);
  }
  // Returns the offset of the first value of the first row of the mini-batch of
  // a step.
  uint64_t value_at(uint64_t step) const {
    const KernelRecord& gather = record("gather");
    return gather.operands[1].offset +
           static_cast<uint64_t>(initial_int(index_at(step))) *
               static_cast<uint64_t>(gather.integers[0]);
  }
  uint64_t parameter_of(uint32_t run) const {
    const KernelRecord& adam = record("adam");
    return adam.operands[0].offset +
           static_cast<uint64_t>(adam.integers[2] + run * adam.integers[3]);
  }
  uint64_t parameter_count() const { return plan_.slab_sizes[IL_PARAMETERS]; }

 private:
  const KernelRecord& record(const char* kernel) const {
    for (const KernelRecord& candidate : plan_.entries[file_.entry].kernels) {
      if (plan_.strings[candidate.kernel] == kernel) return candidate;
    }
    throw Error("invalid-plan",
                std::string("the entry has no kernel ") + kernel);
  }

  // Returns the initial value at this offset of the data slab.
  int32_t initial_int(uint64_t offset) const {
    for (const auto& contents : file_.initial) {
      if (contents.slab != IL_DATA || offset < contents.offset ||
          offset >= contents.offset + contents.values.size()) {
        continue;
      }
      int32_t value = 0;
      std::memcpy(&value, &contents.values[offset - contents.offset],
                  sizeof value);
      return value;
    }
    throw Error("invalid-plan", "the file has no mini-batches");
  }

  Plan plan_;
  const PlanFile& file_;
};

// The result of a call.
struct Outcome {
  std::string code, message;
  il_run_report report{};
  std::vector<il_run_failure> failures;
  std::vector<float> results;
};

class Device {
 public:
  Device(const Target& target, const PlanFile& file)
      : file_(file), places_(file), plan_(target, file) {
    plan_.upload();
  }

  template <class Value>
  void put(uint32_t slab, uint64_t offset, Value value) {
    static_assert(sizeof value == 4);
    il_error error{};
    if (plan_.backend()->upload(plan_.program(), slab, offset, &value, 1,
                                &error) != 0) {
      throw Error(error.code, error.message);
    }
  }

  // `cancel_after`: number of steps after which to cancel; 0: never.
  Outcome run(uint64_t first, uint64_t steps, uint64_t cancel_after = 0) {
    Outcome outcome;
    outcome.results.resize(steps * file_.results.size() / file_.steps);
    outcome.failures.resize(places_.runs());
    struct Cancel {
      LoadedPlan& plan;
      uint64_t after;
    } cancel{plan_, cancel_after};
    il_run_request request{};
    request.entry = file_.entry;
    request.first_step = first;
    request.steps = steps;
    request.results = outcome.results.data();
    request.results_count = outcome.results.size();
    request.failures = outcome.failures.data();
    request.user = &cancel;
    request.on_step = [](void* user, uint64_t done) {
      const auto& context = *static_cast<Cancel*>(user);
      if (done == context.after) {
        context.plan.backend()->cancel(context.plan.program());
      }
    };
    il_error error{};
    if (plan_.backend()->run(plan_.program(), &request, &outcome.report,
                             &error) != 0) {
      outcome.code = error.code;
      outcome.message = error.message;
    }
    outcome.failures.resize(outcome.report.failure_count);
    return outcome;
  }

  std::vector<float> parameters() {
    return plan_.download(IL_PARAMETERS, 0, places_.parameter_count());
  }

 private:
  const PlanFile& file_;
  Places places_;
  LoadedPlan plan_;
};

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() &&
         std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

// True if both are non-finite at the same positions, and near each other
// elsewhere.
bool near(const std::vector<float>& a, const std::vector<float>& b) {
  for (size_t i = 0; i < a.size(); i++) {
    const double x = double{a[i]};
    const double y = double{b[i]};
    if (std::isfinite(x) != std::isfinite(y)) return false;
    if (std::isfinite(x) && std::abs(x - y) > 1e-3 * (1 + std::abs(y))) {
      return false;
    }
  }
  return a.size() == b.size();
}

class Checks {
 public:
  Checks(std::string path, const Target& target, const Target& against)
      : path_(std::move(path)),
        file_(interlatent::tools::read_plan_file(path_)),
        places_(file_),
        target_(target),
        against_(against) {
    if (file_.steps <= kLostStep + 1 || places_.runs() <= kFirstLostRun) {
      throw Error("invalid-plan", "the file has too few steps or runs");
    }
  }

  bool all() {
    check_lost_runs();
    check_failed_step();
    check_cancelled();
    return passed_;
  }

 private:
  void report(bool passed, const std::string& what) {
    std::printf("%s: %s: %s\n", path_.c_str(), what.c_str(),
                passed ? "right" : "WRONG");
    passed_ &= passed;
  }

  // One run is lost in the first step, the others in a later step.
  void check_lost_runs() {
    const auto lost_on = [&](const Target& target) {
      Device device(target, file_);
      const float nan = std::numeric_limits<float>::quiet_NaN();
      device.put(IL_PARAMETERS, places_.parameter_of(kFirstLostRun), nan);
      device.put(IL_DATA, places_.value_at(kLostStep), nan);
      Outcome outcome = device.run(file_.first_step, file_.steps);
      return std::pair(std::move(outcome), device.parameters());
    };
    const auto [outcome, parameters] = lost_on(target_);
    const auto [expected, expected_parameters] = lost_on(against_);
    report(outcome.code.empty() && outcome.report.steps_done == file_.steps &&
               outcome.failures.size() == places_.runs(),
           "every run is lost, and the call continues to its end");
    bool matches = outcome.failures.size() == expected.failures.size();
    for (size_t i = 0; matches && i < outcome.failures.size(); i++) {
      const il_run_failure& actual = outcome.failures[i];
      const il_run_failure& other = expected.failures[i];
      const uint64_t step = actual.run == kFirstLostRun ? 0 : kLostStep;
      matches = actual.run == other.run && actual.step == other.step &&
                actual.step == step &&
                std::strcmp(actual.label, other.label) == 0;
      if (matches) continue;
      std::printf(
          "run %u at step %llu in \"%s\", expected run %u at step %llu "
          "in \"%s\"\n",
          actual.run, static_cast<unsigned long long>(actual.step),
          actual.label, other.run, static_cast<unsigned long long>(other.step),
          other.label);
    }
    report(matches, "runs, steps and tensors agree with the other backend");
    report(near(parameters, expected_parameters),
           "the runs keep the parameters that they had before");
  }

  // A row index beyond the data set.
  void check_failed_step() {
    const auto failed_on = [&](const Target& target) {
      Device device(target, file_);
      device.put(IL_DATA, places_.index_at(kFailedStep),
                 static_cast<int32_t>(places_.rows()));
      Outcome outcome = device.run(file_.first_step, file_.steps);
      return std::pair(std::move(outcome), device.parameters());
    };
    const auto [outcome, parameters] = failed_on(target_);
    const Outcome expected = failed_on(against_).first;
    report(outcome.code == "index-out-of-range" &&
               outcome.report.steps_done == kFailedStep &&
               outcome.failures.empty(),
           "an invalid row ends the call at its step");
    report(outcome.code == expected.code && outcome.message == expected.message,
           "the message agrees with the other backend");
    if (outcome.message != expected.message) {
      std::printf("%s: %s\nexpected %s: %s\n", outcome.code.c_str(),
                  outcome.message.c_str(), expected.code.c_str(),
                  expected.message.c_str());
    }
    Device before(target_, file_);
    before.run(file_.first_step, kFailedStep);
    report(same_bits(parameters, before.parameters()),
           "queued steps change nothing");
  }

  // A call that is cancelled and continued gives the bits of one call.
  void check_cancelled() {
    Device whole(target_, file_);
    const Outcome expected = whole.run(file_.first_step, file_.steps);
    Device device(target_, file_);
    Outcome outcome = device.run(file_.first_step, file_.steps, 1);
    const uint64_t done = outcome.report.steps_done;
    report(outcome.code.empty() && outcome.report.cancelled == 1 && done >= 1 &&
               done < file_.steps,
           "a call is cancelled after its first step");
    const Outcome rest =
        device.run(file_.first_step + done, file_.steps - done);
    outcome.results.resize(done * file_.results.size() / file_.steps);
    outcome.results.insert(outcome.results.end(), rest.results.begin(),
                           rest.results.end());
    report(same_bits(outcome.results, expected.results) &&
               same_bits(device.parameters(), whole.parameters()),
           "the rest gives the same bits");
  }

  std::string path_;
  PlanFile file_;
  Places places_;
  const Target& target_;
  const Target& against_;
  bool passed_ = true;
};

}  // namespace

int main(int count, char** arguments) {
  try {
    const auto line = interlatent::tools::read_command_line(count, arguments);
    bool passed = true;
    for (const std::string& path : line.files) {
      passed &= Checks(path, line.target, line.against).all();
      std::fflush(stdout);
    }
    return passed ? 0 : 1;
  } catch (const Error& error) {
    std::fprintf(stderr, "device_check: %s: %s\n", error.code().c_str(),
                 error.what());
    return 2;
  }
}
