#include "planfile.h"

#include <cstring>

#include "byte_reader.h"

namespace interlatent {
namespace {

constexpr char kMagic[] = "ILPFILE2";
constexpr size_t kContentsBytes = 4 + 8 + 8;

// The 4-byte elements are copied bit by bit; they may be integers.
std::vector<float> read_values(ByteReader& in, uint64_t count,
                               const char* what) {
  std::vector<float> values(count);
  const uint8_t* bytes = in.take(count * 4, what);
  if (count > 0) std::memcpy(values.data(), bytes, count * 4);
  return values;
}

SlabContents read_contents(ByteReader& in, const char* what) {
  SlabContents contents;
  contents.slab = in.u32(what);
  contents.offset = in.u64(what);
  contents.values = read_values(in, in.count64(4, what), what);
  return contents;
}

class ByteWriter {
 public:
  template <class Value>
  void put(Value value) {
    append(&value, sizeof value);
  }
  void append(const void* source, size_t count) {
    const auto* start = static_cast<const uint8_t*>(source);
    bytes_.insert(bytes_.end(), start, start + count);
  }
  void put_values(const std::vector<float>& values) {
    append(values.data(), values.size() * 4);
  }
  void put_contents(const SlabContents& contents) {
    put(contents.slab);
    put(contents.offset);
    put(static_cast<uint64_t>(contents.values.size()));
    put_values(contents.values);
  }
  std::vector<uint8_t> take() { return std::move(bytes_); }

 private:
  std::vector<uint8_t> bytes_;
};

}  // namespace

PlanFile decode_plan_file(const uint8_t* bytes, size_t size) {
  ByteReader in("plan file", bytes, size);
  if (std::memcmp(in.take(8, "the magic"), kMagic, 8) != 0) {
    in.refuse(std::string("it does not begin with ") + kMagic);
  }
  PlanFile file;
  const uint64_t plan_bytes = in.count64(1, "the plan's length");
  const uint8_t* plan = in.take(plan_bytes, "the plan");
  file.plan.assign(plan, plan + plan_bytes);
  constexpr const char* kInitial = "the initial contents";
  const uint32_t initial = in.count32(kContentsBytes, kInitial);
  for (uint32_t i = 0; i < initial; i++) {
    file.initial.push_back(read_contents(in, kInitial));
  }
  file.entry = in.u32("the entry");
  file.first_step = in.u64("the first step");
  file.steps = in.u64("the number of steps");
  const uint64_t results = in.count64(8, "the results");
  file.results = read_values(in, results, "the results");
  file.result_tolerances = read_values(in, results, "the tolerances");
  constexpr const char* kExpected = "the expected contents";
  const uint32_t expected = in.count32(kContentsBytes, kExpected);
  for (uint32_t i = 0; i < expected; i++) {
    ExpectedContents item;
    item.contents = read_contents(in, kExpected);
    const uint64_t count = item.contents.values.size();
    item.tolerances = read_values(in, count, "the tolerances");
    file.expected.push_back(std::move(item));
  }
  in.end();
  return file;
}

std::vector<uint8_t> encode_plan_file(const PlanFile& file) {
  ByteWriter out;
  out.append(kMagic, 8);
  out.put(static_cast<uint64_t>(file.plan.size()));
  out.append(file.plan.data(), file.plan.size());
  out.put(static_cast<uint32_t>(file.initial.size()));
  for (const SlabContents& contents : file.initial) out.put_contents(contents);
  out.put(file.entry);
  out.put(file.first_step);
  out.put(file.steps);
  out.put(static_cast<uint64_t>(file.results.size()));
  out.put_values(file.results);
  out.put_values(file.result_tolerances);
  out.put(static_cast<uint32_t>(file.expected.size()));
  for (const ExpectedContents& expected : file.expected) {
    out.put_contents(expected.contents);
    out.put_values(expected.tolerances);
  }
  return out.take();
}

}  // namespace interlatent
