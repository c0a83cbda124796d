// The checks that every kernel record passes.
#include "record_reader.h"

#include "error.h"

namespace interlatent {

RecordReader::RecordReader(const Plan& plan, const KernelRecord& record,
                           std::span<float* const> slabs)
    : plan_(plan), record_(record), slabs_(slabs) {}

void RecordReader::refuse(const std::string& what) const {
  throw Error("invalid-plan",
              "[" + kernel() + "] of \"" + label() + "\": " + what);
}

int64_t RecordReader::integer(const char* what, int64_t low, int64_t high) {
  if (next_ == record_.integers.size()) {
    refuse(std::string("the integers end before ") + what);
  }
  const int64_t value = record_.integers[next_++];
  accept(what, value, low, high);
  return value;
}

void RecordReader::accept(const char* what, int64_t value, int64_t low,
                          int64_t high) const {
  if (value >= low && value <= high) return;
  refuse(std::string(what) + " is " + std::to_string(value) +
         ", accepted are " + std::to_string(low) + " to " +
         std::to_string(high));
}

std::vector<int64_t> RecordReader::integers(int64_t count, const char* what,
                                            int64_t low, int64_t high) {
  std::vector<int64_t> result;
  for (int64_t i = 0; i < count; i++) {
    result.push_back(integer(what, low, high));
  }
  return result;
}

std::vector<int64_t> RecordReader::remaining_integers(const char* what,
                                                      int64_t low,
                                                      int64_t high) {
  const size_t count = record_.integers.size() - next_;
  return integers(static_cast<int64_t>(count), what, low, high);
}

bool RecordReader::has_integers() const {
  return next_ < record_.integers.size();
}

void RecordReader::end_of_integers() const {
  if (next_ != record_.integers.size()) {
    refuse(std::to_string(record_.integers.size() - next_) +
           " integers are left unread");
  }
}

double RecordReader::next_real() {
  if (next_real_ >= record_.floats.size()) {
    refuse("float " + std::to_string(next_real_) + " is missing");
  }
  return record_.floats[next_real_++];
}

int64_t RecordReader::remaining_reals() const {
  return static_cast<int64_t>(record_.floats.size() - next_real_);
}

void RecordReader::end_of_reals() const { expect_reals(next_real_); }

void RecordReader::expect_reals(size_t count) const {
  if (record_.floats.size() != count) {
    refuse(std::to_string(record_.floats.size()) + " floats instead of " +
           std::to_string(count));
  }
}

void RecordReader::expect_operands(size_t low, size_t high) const {
  if (operand_count() < low || operand_count() > high) {
    refuse(std::to_string(operand_count()) + " operands, accepted are " +
           std::to_string(low) + " to " + std::to_string(high));
  }
}

float* RecordReader::data(size_t index) const {
  const Operand& operand = record_.operands[index];
  return slabs_[operand.slab] + operand.offset;
}

float* RecordReader::floats(size_t index, Access access) const {
  const uint32_t expected = access == Access::kWrites ? kWritten : 0;
  if (record_.operands[index].flags != expected) {
    refuse("operand " + std::to_string(index) + " has flags " +
           std::to_string(record_.operands[index].flags) + " instead of " +
           std::to_string(expected));
  }
  return data(index);
}

const int32_t* RecordReader::int32s(size_t index) const {
  if (record_.operands[index].flags != kInt32) {
    refuse("operand " + std::to_string(index) + " must be int32 and read-only");
  }
  return reinterpret_cast<const int32_t*>(data(index));
}

DataType RecordReader::data_set(size_t index, int64_t count,
                                const float** data) const {
  const uint32_t flags = record_.operands[index].flags;
  const int64_t values = values_of(flags);
  if (values == 0) {
    refuse("operand " + std::to_string(index) +
           " must be float32, uint8 or int16 and read-only");
  }
  check_extent(index, (count - 1) / values + 1);
  *data = this->data(index);
  return static_cast<DataType>(flags);
}

const float* RecordReader::take(size_t index, const Dims& dims) const {
  check_extent(index, product(dims));
  return floats(index, Access::kReads);
}

const float* RecordReader::take(size_t index, const Dims& dims,
                                const Dims& strides) const {
  check_view(index, dims, strides);
  return floats(index, Access::kReads);
}

float* RecordReader::take_written(size_t index, const Dims& dims,
                                  std::vector<WrittenTensor>& written) const {
  const int64_t count = product(dims);
  check_extent(index, count);
  float* const data = floats(index, Access::kWrites);
  written.push_back({index, data, operand(index).run_stride, {count}, {1}});
  return data;
}

float* RecordReader::take_written(size_t index, const Dims& dims,
                                  const Dims& strides,
                                  std::vector<WrittenTensor>& written) const {
  for (size_t dim = 0; dim < dims.size(); dim++) {
    if (dims[dim] > 1 && strides[dim] == 0) {
      refuse("a result has stride 0 in a leading dimension");
    }
  }
  check_view(index, dims, strides);
  float* const data = floats(index, Access::kWrites);
  written.push_back({index, data, operand(index).run_stride, dims, strides});
  return data;
}

const int32_t* RecordReader::take_words(size_t index, const Dims& dims) const {
  check_extent(index, product(dims));
  return int32s(index);
}

void RecordReader::check_view(size_t index, std::span<const int64_t> dims,
                              std::span<const int64_t> strides) const {
  int64_t last = 0;
  for (size_t i = 0; i < dims.size(); i++) {
    int64_t reach = 0;
    if (__builtin_mul_overflow(dims[i] - 1, strides[i], &reach) ||
        __builtin_add_overflow(last, reach, &last)) {
      refuse("the strides of operand " + std::to_string(index) + " overflow");
    }
  }
  if (static_cast<uint64_t>(last) >= record_.operands[index].extent) {
    refuse("operand " + std::to_string(index) + " has " +
           std::to_string(record_.operands[index].extent) +
           " elements, but its strides reach element " + std::to_string(last));
  }
}

void RecordReader::check_extent(size_t index, int64_t count) const {
  if (record_.operands[index].extent < static_cast<uint64_t>(count)) {
    refuse("operand " + std::to_string(index) + " has " +
           std::to_string(record_.operands[index].extent) + " elements, but " +
           std::to_string(count) + " are needed");
  }
}

int64_t RecordReader::product(std::span<const int64_t> dims) const {
  int64_t result = 1;
  for (const int64_t dim : dims) {
    if (__builtin_mul_overflow(result, dim, &result) || result > int64_t{1}
                                                                     << 62) {
      refuse("the product of its dimensions is too large");
    }
  }
  return result;
}

}  // namespace interlatent
