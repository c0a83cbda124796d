// Loading: slabs and kernels; moving data in and out.
#include "cuda/program.h"

#include <algorithm>
#include <cstdlib>
#include <limits>

#include "cuda/dependencies.h"
#include "cuda/device.h"
#include "error.h"
#include "requests.h"

namespace interlatent {
namespace {

constexpr uint64_t kMaxBlocks = uint64_t{1} << 31;

bool is_set(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && value[0] != '\0';
}

MatmulPrecision checked_precision(uint32_t number) {
  if (number > IL_MATMUL_BFLOAT16) {
    throw Error(
        "unsupported-precision",
        "[load] there is no matmul precision " + std::to_string(number));
  }
  return static_cast<MatmulPrecision>(number);
}

const char* precision_name(MatmulPrecision precision) {
  switch (precision) {
    case MatmulPrecision::kTf32:
      return "tf32";
    case MatmulPrecision::kBfloat16:
      return "bfloat16";
    case MatmulPrecision::kFloat32:
      break;
  }
  return "float32";
}

uint32_t chosen(uint32_t device) {
  use_device(device);
  return device;
}

}  // namespace

Program::Program(const uint8_t* bytes, size_t size,
                 const il_load_options& options)
    : device_(chosen(options.device)),
      properties_(device_properties(device_)),
      matmul_precision_(checked_precision(options.matmul_precision)),
      profiling_(is_set("INTERLATENT_PROFILE")),
      eager_(is_set("INTERLATENT_CUDA_EAGER")),
      stream_(make_stream()),
      memory_(stream_.get()) {
  const Plan plan = decode_plan(bytes, size);
  runs_ = plan.runs;
  uint64_t copies = 1;
  for (const Entry& entry : plan.entries) {
    const uint64_t blocks = uint64_t{runs_} * entry.tiles;
    if (blocks >= kMaxBlocks) {
      throw Error("invalid-plan", "[load] more than 2^31 blocks");
    }
    if (entry.block_kernels > 0) copies = std::max(copies, blocks);
  }
  // Copies begin where vectors and cache lines do.
  block_slab_ = (plan.slab_sizes[kBlockSlab] + 31) / 32 * 32;
  for (uint32_t i = 0; i < kPlanSlabs; i++) {
    uint64_t count = i == kBlockSlab ? block_slab_ : plan.slab_sizes[i];
    if (i == kBlockSlab && __builtin_mul_overflow(count, copies, &count)) {
      throw Error("out-of-memory",
                  "[load] the copies of the block slab overflow");
    }
    slabs_.emplace_back(memory_, std::string("the slab ") + slab_name(i),
                        count);
  }
  state_ = DeviceArray<StepState>(memory_, "the step's state", 1);
  lost_ = DeviceArray<LostRun>(memory_, "lost runs", runs_);
  reports_ = PinnedArray<StepReport>(kStepsAhead);
  for (Event& event : done_) event = make_event(cudaEventDisableTiming);
  if (profiling_) {
    before_ = make_event(cudaEventDefault);
    after_ = make_event(cudaEventDefault);
  }
  prepare(plan);
  finish();
}

void Program::prepare_kernel(PreparedEntry& entry, const Plan& plan,
                             const KernelRecord& record, bool of_block) {
  const std::string& name = plan.strings[record.kernel];
  const KernelFactory factory = find_kernel(name);
  if (factory == nullptr) {
    throw Error("unknown-kernel",
                "[load] the CUDA backend has no kernel \"" + name + "\"");
  }
  std::vector<float*> slabs;
  for (const auto& slab : slabs_) slabs.push_back(slab.data());
  RecordReader reader(plan, record, slabs);
  Preparation preparation{
      .memory = memory_,
      .runs = runs_,
      .tiles = of_block ? entry.tiles : 1,
      .blocks = of_block ? runs_ * entry.tiles : 1,
      .block_slab = block_slab_,
      .multiprocessors = static_cast<uint32_t>(properties_.multiProcessorCount),
      .matmul_precision = matmul_precision_,
      .cublaslt = cublaslt_,
      .lost = lost_.data(),
      .index = static_cast<uint32_t>(entry.kernels.size()),
  };
  entry.kernels.push_back(factory(reader, preparation));
  const Kernel& kernel = *entry.kernels.back();
  if (of_block && !kernel.pure()) reader.refuse("it cannot be run per block");
  entry.labels.push_back(plan.strings[record.label]);
  KernelProfile profile{name, plan.strings[record.label]};
  const auto blocks = static_cast<double>(preparation.blocks);
  profile.flops = blocks * kernel.flops();
  for (const Operand& operand : record.operands) {
    profile.bytes += blocks * 4.0 * static_cast<double>(operand.extent);
  }
  entry.profiles.push_back(std::move(profile));
}

void Program::prepare(const Plan& plan) {
  for (const Entry& entry : plan.entries) {
    PreparedEntry prepared;
    prepared.name = plan.strings[entry.name];
    prepared.tiles = entry.tiles;
    prepared.block_kernels = entry.block_kernels;
    for (const KernelRecord& record : entry.kernels) {
      prepare_kernel(prepared, plan, record,
                     prepared.kernels.size() < entry.block_kernels);
    }
    prepared.times.resize(prepared.kernels.size());
    std::vector<bool> barriers;
    for (const auto& kernel : prepared.kernels) {
      barriers.push_back(!kernel->pure());
    }
    prepared.dependencies = find_dependencies(entry, runs_, barriers);
    std::vector<OutputRange> ranges;
    for (const Output& output : entry.outputs) {
      ranges.push_back({slabs_[output.slab].data() + output.offset,
                        prepared.output_count, output.count});
      if (__builtin_add_overflow(prepared.output_count, output.count,
                                 &prepared.output_count)) {
        throw Error("invalid-plan", "[load] the outputs of one step overflow");
      }
    }
    if (prepared.output_count >
        std::numeric_limits<uint64_t>::max() / (kStepsAhead * sizeof(float))) {
      throw Error("invalid-plan", "[load] the outputs of one step overflow");
    }
    prepared.range_count = static_cast<uint32_t>(ranges.size());
    prepared.ranges = DeviceArray<OutputRange>(memory_, "outputs", ranges);
    prepared.results = PinnedArray<float>(kStepsAhead * prepared.output_count);
    entries_.push_back(std::move(prepared));
  }
}

// So that members are given back to the right device.
Program::~Program() { cudaSetDevice(static_cast<int>(device_)); }

void Program::enter() const {
  check_cuda(cudaSetDevice(static_cast<int>(device_)), "the device");
}

void Program::copy_out(void* target, const void* source, uint64_t bytes) const {
  check_cuda(cudaMemcpyAsync(target, source, bytes, cudaMemcpyDeviceToHost,
                             stream_.get()),
             "copy from the device");
  finish();
}

void Program::finish() const {
  check_cuda(cudaStreamSynchronize(stream_.get()), "the device");
}

const std::string& Program::describe() {
  uint64_t slab_bytes = 0;
  for (const auto& slab : slabs_) slab_bytes += slab.bytes();
  description_ = R"({"backend":"cuda","device":)" +
                 json_text(properties_.name) + R"(,"index":)" +
                 std::to_string(device_) + R"(,"computeCapability":")" +
                 compute_capability(properties_) + R"(","emulated":)" +
                 (kEmulated ? "true" : "false") + R"(,"graphs":)" +
                 (eager_ || profiling_ ? "false" : "true") +
                 R"(,"matmulPrecision":")" + precision_name(matmul_precision_) +
                 R"(","cublasLt":)" + cublaslt_.describe() + R"(,"runs":)" +
                 std::to_string(runs_) + R"(,"bytes":{)";
  for (uint32_t i = 0; i < kPlanSlabs; i++) {
    description_ += std::string("\"") + slab_name(i) +
                    "\":" + std::to_string(slabs_[i].bytes()) + ",";
  }
  description_ +=
      "\"scratch\":" + std::to_string(memory_.bytes() - slab_bytes) + "}";
  if (profiling_) {
    description_ += ",\"profile\":{";
    const char* separator = "";
    for (const PreparedEntry& entry : entries_) {
      description_ += separator + json_text(entry.name) + ":" +
                      profile_json(entry.profiles, {entry.times}, entry.steps);
      separator = ",";
    }
    description_ += "}";
  }
  description_ += "}";
  return description_;
}

float* Program::range(uint32_t slab, uint64_t offset, uint64_t count,
                      const char* operation) const {
  check_slab(operation, slab);
  check_range(operation, slab, slabs_[slab].count(), offset, count);
  return slabs_[slab].data() + offset;
}

void Program::upload(uint32_t slab, uint64_t offset, const void* source,
                     uint64_t count) {
  float* target = range(slab, offset, count, "upload");
  if (count == 0) return;
  enter();
  check_cuda(cudaMemcpyAsync(target, source, count * sizeof(float),
                             cudaMemcpyHostToDevice, stream_.get()),
             "upload");
  finish();
}

void Program::download(uint32_t slab, uint64_t offset, void* target,
                       uint64_t count) const {
  const float* source = range(slab, offset, count, "download");
  if (count == 0) return;
  enter();
  copy_out(target, source, count * sizeof(float));
}

}  // namespace interlatent
