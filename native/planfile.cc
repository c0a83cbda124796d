// Reading and writing of plan files.
#include "planfile.h"

#include <cstring>

#include "byte_reader.h"

namespace interlatent {
namespace {

constexpr char kMagic[] = "ILPFILE1";
constexpr size_t kContentsBytes = 4 + 8 + 8;

// 4-byte elements are kept as they are, whatever they mean.
std::vector<float> read_values(ByteReader& in, const char* what) {
  const uint64_t count = in.count64(4, what);
  std::vector<float> values(count);
  const uint8_t* bytes = in.take(count * 4, what);
  if (count > 0) std::memcpy(values.data(), bytes, count * 4);
  return values;
}

std::vector<SlabContents> read_contents(ByteReader& in, const char* what) {
  std::vector<SlabContents> all;
  const uint32_t count = in.count32(kContentsBytes, what);
  for (uint32_t i = 0; i < count; i++) {
    SlabContents contents;
    contents.slab = in.u32(what);
    contents.offset = in.u64(what);
    contents.values = read_values(in, what);
    all.push_back(std::move(contents));
  }
  return all;
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
    put(static_cast<uint64_t>(values.size()));
    append(values.data(), values.size() * 4);
  }
  void put_contents(const std::vector<SlabContents>& all) {
    put(static_cast<uint32_t>(all.size()));
    for (const SlabContents& contents : all) {
      put(contents.slab);
      put(contents.offset);
      put_values(contents.values);
    }
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
  file.initial = read_contents(in, "the initial contents");
  file.entry = in.u32("the entry");
  file.first_step = in.u64("the first step");
  file.steps = in.u64("the number of steps");
  file.results = read_values(in, "the results");
  file.expected = read_contents(in, "the expected contents");
  file.rtol = in.f64("the tolerances");
  file.atol = in.f64("the tolerances");
  in.end();
  return file;
}

std::vector<uint8_t> encode_plan_file(const PlanFile& file) {
  ByteWriter out;
  out.append(kMagic, 8);
  out.put(static_cast<uint64_t>(file.plan.size()));
  out.append(file.plan.data(), file.plan.size());
  out.put_contents(file.initial);
  out.put(file.entry);
  out.put(file.first_step);
  out.put(file.steps);
  out.put_values(file.results);
  out.put_contents(file.expected);
  out.put(file.rtol);
  out.put(file.atol);
  return out.take();
}

}  // namespace interlatent
