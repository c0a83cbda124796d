// Reads one kernel record field by field when a kernel is prepared, and refuses
// values that do not fit. All elements that a kernel accesses are checked here
// against the extents of the operands, so that loops need no checks.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <vector>

#include "finite.h"
#include "kinds.h"
#include "plan.h"

namespace interlatent {

class RecordReader {
 public:
  // `slabs`: the first element of each slab, in memory of the backend.
  RecordReader(const Plan& plan, const KernelRecord& record,
               std::span<float* const> slabs);

  // Throws Error "invalid-plan" that names the kernel and its label.
  [[noreturn]] void refuse(const std::string& what) const;

  // Refuses a value that is not from low to high.
  void accept(const char* what, int64_t value, int64_t low, int64_t high) const;
  // These functions read the integers in order.
  int64_t integer(const char* what, int64_t low, int64_t high);
  std::vector<int64_t> integers(int64_t count, const char* what, int64_t low,
                                int64_t high);
  std::vector<int64_t> remaining_integers(const char* what, int64_t low,
                                          int64_t high);
  // True if integers remain.
  bool has_integers() const;
  // Refuses integers that were not read.
  void end_of_integers() const;

  // Returns the floats in order.
  double next_real();
  int64_t remaining_reals() const;
  void expect_reals(size_t count) const;
  void end_of_reals() const;

  size_t operand_count() const { return record_.operands.size(); }
  void expect_operands(size_t low, size_t high) const;
  const Operand& operand(size_t index) const { return record_.operands[index]; }
  enum class Access { kReads, kWrites };
  float* floats(size_t index, Access access) const;
  const int32_t* int32s(size_t index) const;
  // Returns the type of the data set in operand `index`, and its memory in
  // `data`. Refuses int32, and fewer elements than `count` values need.
  DataType data_set(size_t index, int64_t count, const float** data) const;

  // These functions return a float32 operand whose shape and strides were
  // checked; without strides it is contiguous.
  using Dims = std::vector<int64_t>;
  const float* take(size_t index, const Dims& dims) const;
  const float* take(size_t index, const Dims& dims, const Dims& strides) const;
  // They also add the tensor to `written`.
  float* take_written(size_t index, const Dims& dims,
                      std::vector<WrittenTensor>& written) const;
  float* take_written(size_t index, const Dims& dims, const Dims& strides,
                      std::vector<WrittenTensor>& written) const;
  const int32_t* take_words(size_t index, const Dims& dims) const;

  // Refuses operand `index` unless every element that dims and strides reach
  // lies inside its extent.
  void check_view(size_t index, std::span<const int64_t> dims,
                  std::span<const int64_t> strides) const;
  // Refuses operand `index` unless its extent is at least `count` elements.
  void check_extent(size_t index, int64_t count) const;
  // Returns the product of dimensions; refuses products beyond 2^62.
  int64_t product(std::span<const int64_t> dims) const;
  int64_t product(std::initializer_list<int64_t> dims) const {
    return product(std::span(dims.begin(), dims.size()));
  }

  const Plan& plan() const { return plan_; }
  const std::string& kernel() const { return plan_.strings[record_.kernel]; }
  const std::string& label() const { return plan_.strings[record_.label]; }

 private:
  float* data(size_t index) const;

  const Plan& plan_;
  const KernelRecord& record_;
  std::span<float* const> slabs_;
  size_t next_ = 0;
  size_t next_real_ = 0;
};

}  // namespace interlatent
