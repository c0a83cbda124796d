#include "plan_builder.h"

#include <dlfcn.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "check.h"

namespace interlatent::testing {
namespace {

class Writer {
 public:
  template <class Value>
  void put(Value value) {
    const size_t at = bytes_.size();
    bytes_.resize(at + sizeof value);
    std::memcpy(bytes_.data() + at, &value, sizeof value);
  }
  void text(const std::string& value) {
    put(static_cast<uint32_t>(value.size()));
    bytes_.insert(bytes_.end(), value.begin(), value.end());
  }
  void raw(const char* text) {
    bytes_.insert(bytes_.end(), text, text + std::strlen(text));
  }
  std::vector<uint8_t> take() { return std::move(bytes_); }

 private:
  std::vector<uint8_t> bytes_;
};

uint32_t size32(size_t size) { return static_cast<uint32_t>(size); }

}  // namespace

const il_backend* backend_under_test() {
  static const il_backend* const backend = [] {
    const char* path = std::getenv("INTERLATENT_TEST_LIBRARY");
    if (path == nullptr) return il_cpu_backend();
    void* library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    void* symbol =
        library == nullptr ? nullptr : dlsym(library, "il_cuda_backend");
    if (symbol == nullptr) {
      std::fprintf(stderr, "%s\n", dlerror());
      std::exit(1);
    }
    return reinterpret_cast<const il_backend* (*)()>(symbol)();
  }();
  return backend;
}

std::vector<uint32_t> thread_counts() {
  if (backend_under_test() == il_cpu_backend()) return {1, 2};
  return {1};
}

uint32_t PlanBuilder::string(const std::string& text) {
  const auto match = std::find(strings_.begin(), strings_.end(), text);
  if (match != strings_.end()) return size32(size_t(match - strings_.begin()));
  strings_.push_back(text);
  return size32(strings_.size() - 1);
}

PlanBuilder::PlanBuilder(uint32_t runs) : runs_(runs) {}

PlanBuilder::~PlanBuilder() = default;

uint64_t PlanBuilder::place(uint32_t slab, uint64_t count) {
  const uint64_t offset = slab_sizes_[slab];
  slab_sizes_[slab] += (count + 15) / 16 * 16 + 16;
  return offset;
}

PlanBuilder& PlanBuilder::entry(const std::string& name) {
  entries_.push_back({string(name), 1, 0, {}, {}});
  return *this;
}

PlanBuilder& PlanBuilder::kernel(const std::string& name,
                                 const std::string& label) {
  if (entries_.empty()) entry("main");
  KernelRecord record{};
  record.kernel = string(name);
  record.label = string(label);
  entries_.back().kernels.push_back(record);
  return *this;
}

PlanBuilder& PlanBuilder::operand(uint32_t slab, uint32_t flags,
                                  uint64_t offset, uint64_t extent,
                                  uint64_t run_stride) {
  entries_.back().kernels.back().operands.push_back(
      {slab, flags, offset, extent, run_stride, 0});
  return *this;
}

PlanBuilder& PlanBuilder::writes(uint32_t slab, uint64_t offset,
                                 uint64_t extent, uint64_t run_stride) {
  return operand(slab, kWritten, offset, extent, run_stride);
}

PlanBuilder& PlanBuilder::reads(uint32_t slab, uint64_t offset, uint64_t extent,
                                uint64_t run_stride) {
  return operand(slab, 0, offset, extent, run_stride);
}

PlanBuilder& PlanBuilder::reads_int32(uint32_t slab, uint64_t offset,
                                      uint64_t extent, uint64_t run_stride) {
  return operand(slab, kInt32, offset, extent, run_stride);
}

PlanBuilder& PlanBuilder::flags(uint32_t flags) {
  entries_.back().kernels.back().operands.back().flags = flags;
  return *this;
}

PlanBuilder& PlanBuilder::integers(const std::vector<int64_t>& values) {
  auto& target = entries_.back().kernels.back().integers;
  target.insert(target.end(), values.begin(), values.end());
  return *this;
}

PlanBuilder& PlanBuilder::floats(const std::vector<double>& values) {
  auto& target = entries_.back().kernels.back().floats;
  target.insert(target.end(), values.begin(), values.end());
  return *this;
}

PlanBuilder& PlanBuilder::output(const std::string& name, uint32_t slab,
                                 uint64_t offset, uint64_t count) {
  entries_.back().outputs.push_back({string(name), slab, offset, count});
  return *this;
}

std::vector<uint8_t> PlanBuilder::bytes() const {
  Writer out;
  out.raw("ILPLAN02");
  out.put(runs_);
  for (const uint64_t size : slab_sizes_) out.put(size);
  out.put(size32(strings_.size()));
  for (const std::string& text : strings_) out.text(text);
  out.put(size32(entries_.size()));
  for (const Entry& entry : entries_) {
    out.put(entry.name);
    out.put(entry.tiles);
    out.put(entry.block_kernels);
    out.put(size32(entry.kernels.size()));
    for (const KernelRecord& kernel : entry.kernels) {
      out.put(kernel.kernel);
      out.put(kernel.label);
      out.put(size32(kernel.operands.size()));
      for (const Operand& operand : kernel.operands) {
        out.put(operand.slab);
        out.put(operand.flags);
        out.put(operand.offset);
        out.put(operand.extent);
        out.put(operand.run_stride);
        out.put(operand.tile_stride);
      }
      out.put(size32(kernel.integers.size()));
      for (const int64_t value : kernel.integers) out.put(value);
      out.put(size32(kernel.floats.size()));
      for (const double value : kernel.floats) out.put(value);
    }
    out.put(size32(entry.outputs.size()));
    for (const Output& output : entry.outputs) {
      out.put(output.name);
      out.put(output.slab);
      out.put(output.offset);
      out.put(output.count);
    }
  }
  return out.take();
}

Loaded::Loaded(const std::vector<uint8_t>& plan, uint32_t threads,
               const il_backend* backend, il_matmul_precision precision)
    : Loaded(plan,
             {.threads = threads,
              .device = 0,
              .matmul_precision = precision,
              .profile = 0,
              .data_on_device = 0,
              .all_runs = 0,
              .ranks = nullptr},
             backend) {}

Loaded::Loaded(const std::vector<uint8_t>& plan, const il_load_options& options,
               const il_backend* backend)
    : backend_(backend) {
  il_error error{};
  backend_->load(plan.data(), plan.size(), &options, &loaded_, &error);
  outcome_ = {error.code, error.message};
  // CTest then counts the program as skipped.
  if (outcome_.message.find("this machine can run:") != std::string::npos) {
    std::printf("%s\n", error.message);
    std::exit(1);
  }
}

Loaded::~Loaded() {
  if (program() != nullptr) backend_->destroy(program());
}

void Loaded::upload(uint32_t slab, uint64_t offset,
                    const std::vector<float>& values) {
  il_error error{};
  backend_->upload(program(), slab, offset, values.data(), values.size(),
                   &error);
  CHECK_MESSAGE(error.code[0] == '\0', error.message);
}

void Loaded::upload(uint32_t slab, uint64_t offset,
                    const std::vector<int32_t>& values) {
  il_error error{};
  backend_->upload(program(), slab, offset, values.data(), values.size(),
                   &error);
  CHECK_MESSAGE(error.code[0] == '\0', error.message);
}

std::vector<float> Loaded::download(uint32_t slab, uint64_t offset,
                                    uint64_t count) {
  std::vector<float> values(count);
  il_error error{};
  backend_->download(program(), slab, offset, values.data(), count, &error);
  CHECK_MESSAGE(error.code[0] == '\0', error.message);
  return values;
}

void Loaded::fill(uint32_t slab, uint64_t count, float value) {
  upload(slab, 0, std::vector<float>(count, value));
}

Outcome Loaded::run(uint64_t first_step, uint64_t steps,
                    std::vector<float>* results, uint32_t entry) {
  failures.assign(runs(), {});
  il_run_request request{};
  request.entry = entry;
  request.first_step = first_step;
  request.steps = steps;
  request.results = results == nullptr ? nullptr : results->data();
  request.results_count = results == nullptr ? 0 : results->size();
  request.failures = failures.data();
  il_error error{};
  backend_->run(program(), &request, &report, &error);
  failures.resize(report.failure_count);
  return {error.code, error.message};
}

PlanBuilder valid_plan() {
  PlanBuilder plan(2);
  const uint64_t x = plan.place(IL_DATA, 2 * 8 * 32);
  const uint64_t seeds = plan.place(IL_DATA, 4);
  const uint64_t index = plan.place(IL_DATA, 64);
  const uint64_t w = plan.place(IL_PARAMETERS, 2 * 6 * 8);
  const uint64_t y = plan.place(IL_ACTIVATIONS, 2 * 6 * 32);
  const uint64_t z = plan.place(IL_ACTIVATIONS, 2 * 8 * 32);
  const uint64_t sum = plan.place(IL_ACTIVATIONS, 2 * 6);
  const uint64_t theta = plan.place(IL_ACTIVATIONS, 2 * 6 * 32);
  const uint64_t alive = plan.place(IL_CONTROLS, 2);
  const uint64_t rate = plan.place(IL_CONTROLS, 2);
  const uint64_t gradients = plan.place(IL_GRADIENTS, 2 * 6 * 8);
  const uint64_t moments = plan.place(IL_MOMENTS, 4 * 6 * 8);
  plan.entry("step");
  plan.kernel("random", "noise")
      .writes(IL_ACTIVATIONS, z, 2 * 8 * 32, 8 * 32)
      .reads_int32(IL_DATA, seeds, 4, 2)
      .integers({1, 3, 2, 8 * 32, 1});
  plan.kernel("matmul", "layer")
      .writes(IL_ACTIVATIONS, y, 2 * 6 * 32, 6 * 32)
      .reads(IL_PARAMETERS, w, 2 * 6 * 8, 6 * 8)
      .reads(IL_DATA, x, 2 * 8 * 32, 8 * 32)
      .integers({6, 32, 8, 0, 0,      32,    8,      32, 1, 0,
                 0, 0,  1, 2, 6 * 32, 6 * 8, 8 * 32, 0,  0, 0})
      .floats({0.2});
  plan.kernel("map", "activation")
      .writes(IL_ACTIVATIONS, y, 2 * 6 * 32, 6 * 32)
      .reads(IL_ACTIVATIONS, y, 2 * 6 * 32, 6 * 32)
      .integers({3, 2, 6, 32, 1,  1,  192, 32, 1, 192, 32, 1, 2, 2,
                 8, 1, 0, -1, -1, -1, 20,  1,  1, -1,  -1, 0, 1})
      .floats({-0.5, 0.5});
  plan.kernel("reduce", "sum")
      .writes(IL_ACTIVATIONS, sum, 12, 6)
      .reads(IL_ACTIVATIONS, y, 2 * 6 * 32, 6 * 32)
      .integers({2, 12, 32, 1, 1, 1, 0, 32, 1, 1, 0, 0, 0, 0, 1});
  plan.kernel("gather", "batch")
      .writes(IL_ACTIVATIONS, z, 8 * 32)
      .reads(IL_DATA, x, 64 * 8)
      .reads_int32(IL_DATA, index, 64)
      .integers({8, 32, 2, 64, 1, 1});
  plan.kernel("mixtureEpsilon", "flow")
      .writes(IL_ACTIVATIONS, sum, 8)
      .reads(IL_ACTIVATIONS, z, 8)
      .reads(IL_ACTIVATIONS, theta, 48)
      .integers({1, 2, 8})
      .floats({-5, 3});
  plan.kernel("guard", "finite?")
      .writes(IL_CONTROLS, alive, 2, 1)
      .reads(IL_ACTIVATIONS, sum, 12, 6)
      .integers({2});
  plan.kernel("adam", "update")
      .writes(IL_PARAMETERS, w, 96)
      .writes(IL_MOMENTS, moments, 96)
      .writes(IL_MOMENTS, moments + 96, 96)
      .reads(IL_GRADIENTS, gradients, 96)
      .reads(IL_CONTROLS, alive, 2, 1)
      .reads(IL_CONTROLS, rate, 2)
      .integers({2, 1, 0, 48, 0})
      .floats({0.9, 0.99, 1e-8});
  plan.output("sum", IL_ACTIVATIONS, sum, 12);
  return plan;
}

// splitmix64 (Steele, Lea & Flood 2014).
uint64_t Numbers::bits() {
  state_ += 0x9e3779b97f4a7c15u;
  uint64_t z = state_;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

double Numbers::uniform(double low, double high) {
  return low + (high - low) * static_cast<double>(bits() >> 11) * 0x1p-53;
}

int64_t Numbers::integer(int64_t low, int64_t high) {
  return low + static_cast<int64_t>(bits() % uint64_t(high - low + 1));
}

std::vector<float> Numbers::floats(size_t count, double low, double high) {
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(uniform(low, high));
  return values;
}

}  // namespace interlatent::testing
