// Builds plans and runs them through the C ABI, as TypeScript does.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "interlatent/backend.h"
#include "plan.h"

namespace interlatent::testing {

// Returns the CPU backend, or that of the shared library
// INTERLATENT_TEST_LIBRARY.
const il_backend* backend_under_test();

// Returns numbers of threads that must give the same bits. A device manages its
// threads itself.
std::vector<uint32_t> thread_counts();

class PlanBuilder {
 public:
  explicit PlanBuilder(uint32_t runs = 1);
  ~PlanBuilder();

  // Reserves `count` elements of a slab, with 16 unused elements before and
  // after. Returns their offset.
  uint64_t place(uint32_t slab, uint64_t count);

  PlanBuilder& entry(const std::string& name);
  // The following calls describe the latest kernel.
  PlanBuilder& kernel(const std::string& name, const std::string& label);
  PlanBuilder& writes(uint32_t slab, uint64_t offset, uint64_t extent,
                      uint64_t run_stride = 0);
  PlanBuilder& reads(uint32_t slab, uint64_t offset, uint64_t extent,
                     uint64_t run_stride = 0);
  PlanBuilder& reads_int32(uint32_t slab, uint64_t offset, uint64_t extent,
                           uint64_t run_stride = 0);
  // Sets the flags of the latest operand, which holds values of another type.
  PlanBuilder& flags(uint32_t flags);
  PlanBuilder& integers(const std::vector<int64_t>& values);
  PlanBuilder& floats(const std::vector<double>& values);
  PlanBuilder& output(const std::string& name, uint32_t slab, uint64_t offset,
                      uint64_t count);

  const std::vector<uint64_t>& slab_sizes() const { return slab_sizes_; }
  // For tests that damage a plan on purpose.
  std::vector<Entry>& entries() { return entries_; }
  std::vector<uint8_t> bytes() const;

 private:
  uint32_t string(const std::string& text);
  PlanBuilder& operand(uint32_t slab, uint32_t flags, uint64_t offset,
                       uint64_t extent, uint64_t run_stride);

  uint32_t runs_;
  std::vector<uint64_t> slab_sizes_ = std::vector<uint64_t>(kPlanSlabs, 16);
  std::vector<std::string> strings_;
  std::vector<Entry> entries_;
};

// Returns a plan for two runs with all kinds of kernel records that are easy to
// make valid.
PlanBuilder valid_plan();

// The result of a call: an empty code means success.
struct Outcome {
  std::string code;
  std::string message;
};

// A loaded program. Methods that do not return an Outcome fail the test on an
// error.
class Loaded {
 public:
  explicit Loaded(const std::vector<uint8_t>& plan, uint32_t threads = 1,
                  const il_backend* backend = backend_under_test(),
                  il_matmul_precision precision = IL_MATMUL_FLOAT32);
  Loaded(const std::vector<uint8_t>& plan, const il_load_options& options,
         const il_backend* backend = backend_under_test());
  ~Loaded();
  Loaded(const Loaded&) = delete;
  Loaded& operator=(const Loaded&) = delete;

  const Outcome& outcome() const { return outcome_; }
  il_program* program() const { return loaded_.program; }
  uint32_t runs() const { return loaded_.runs; }
  uint64_t bytes() const { return loaded_.bytes; }

  void upload(uint32_t slab, uint64_t offset, const std::vector<float>& values);
  void upload(uint32_t slab, uint64_t offset,
              const std::vector<int32_t>& values);
  std::vector<float> download(uint32_t slab, uint64_t offset, uint64_t count);
  // Fills the whole slab with one value.
  void fill(uint32_t slab, uint64_t count, float value);

  Outcome run(uint64_t first_step, uint64_t steps,
              std::vector<float>* results = nullptr, uint32_t entry = 0);
  il_run_report report{};
  std::vector<il_run_failure> failures;

 private:
  const il_backend* backend_;
  Outcome outcome_;
  il_loaded loaded_{};
};

// Random numbers that are the same on every machine.
class Numbers {
 public:
  explicit Numbers(uint64_t seed) : state_(seed) {}
  uint64_t bits();
  double uniform(double low, double high);
  int64_t integer(int64_t low, int64_t high);  // inclusive
  std::vector<float> floats(size_t count, double low, double high);

 private:
  uint64_t state_;
};

}  // namespace interlatent::testing
