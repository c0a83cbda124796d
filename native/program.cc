// Loading: slabs, kernels, scratch; moving data in and out.
#include "program.h"

#include <dnnl.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "error.h"
#include "isa.h"
#include "registry.h"
#include "requests.h"

namespace interlatent {
namespace {

constexpr uint32_t kMaxThreads = 1024;
constexpr uint64_t kMaxBlocks = uint64_t{1} << 31;

uint32_t team_size(const il_load_options& options) {
  if (options.device != 0) {
    throw Error("out-of-range", "[load] the CPU is device 0, device " +
                                    std::to_string(options.device) +
                                    " was asked for");
  }
  if (options.matmul_precision != IL_MATMUL_FLOAT32) {
    throw Error("unsupported-precision",
                "[load] the CPU multiplies matrices in float32 only");
  }
  if (options.threads > kMaxThreads) {
    throw Error("out-of-range",
                "[load] " + std::to_string(options.threads) +
                    " threads asked for, accepted are 0 (one per core) to " +
                    std::to_string(kMaxThreads));
  }
  if (options.threads > 0) return options.threads;
  return std::clamp(std::thread::hardware_concurrency(), 1u, kMaxThreads);
}

}  // namespace

Program::Program(const uint8_t* bytes, size_t size,
                 const il_load_options& options)
    : loops_(select_loops()),
      team_(team_size(options)),
      products_(team_.size()),
      profiling_(std::getenv("INTERLATENT_PROFILE") != nullptr) {
  const Plan plan = decode_plan(bytes, size);
  runs_ = plan.runs;
  for (const Entry& entry : plan.entries) {
    const uint64_t blocks = uint64_t{runs_} * entry.tiles;
    if (blocks > kMaxBlocks) {
      throw Error("invalid-plan", "[load] more than 2^31 blocks");
    }
    if (shares_blocks(static_cast<uint32_t>(blocks))) copies_ = team_.size();
  }
  for (uint32_t i = 0; i < kPlanSlabs; i++) {
    const uint64_t copies = i == kBlockSlab ? copies_ : 1;
    uint64_t count = 0;
    if (__builtin_mul_overflow(plan.slab_sizes[i], copies, &count)) {
      throw Error("out-of-memory",
                  "[load] the copies of the block slab overflow");
    }
    slabs_.emplace_back(slab_name(i), count);
  }
  prepare(plan);
  allocate_scratch();
}

void Program::prepare(const Plan& plan) {
  const SerialOpenMp serial;
  std::vector<float*> slabs;
  for (const Slab& slab : slabs_) slabs.push_back(slab.data());
  for (const Entry& entry : plan.entries) {
    PreparedEntry prepared;
    prepared.name = plan.strings[entry.name];
    prepared.tiles = entry.tiles;
    prepared.block_kernels = entry.block_kernels;
    for (const KernelRecord& record : entry.kernels) {
      const bool of_block = prepared.kernels.size() < entry.block_kernels;
      const std::string& name = plan.strings[record.kernel];
      const KernelFactory factory = find_kernel(name);
      if (factory == nullptr) {
        throw Error("unknown-kernel",
                    "[load] the CPU backend has no kernel \"" + name + "\"");
      }
      RecordReader reader(plan, record, slabs);
      const Preparation preparation{loops_, plan.runs, copies_,
                                    of_block ? entry.tiles : 1, products_};
      prepared.kernels.push_back(factory(reader, preparation));
      if (of_block && !prepared.kernels.back()->pure()) {
        reader.refuse("it cannot be run per block");
      }
      prepared.kernels.back()->locate(record.operands,
                                      plan.slab_sizes[kBlockSlab]);
      prepared.labels.push_back(plan.strings[record.label]);
      KernelProfile profile{name, plan.strings[record.label]};
      const auto blocks =
          static_cast<double>(of_block ? uint64_t{runs_} * entry.tiles : 1);
      if (of_block && shares_blocks(runs_ * entry.tiles)) {
        profile.workers = team_.size();
      }
      profile.flops = blocks * prepared.kernels.back()->flops();
      for (const Operand& operand : record.operands) {
        profile.bytes += blocks * 4.0 * static_cast<double>(operand.extent);
      }
      prepared.profiles.push_back(std::move(profile));
    }
    for (const Output& output : entry.outputs) {
      prepared.outputs.push_back(
          {slabs_[output.slab].data() + output.offset, output.count});
      if (__builtin_add_overflow(prepared.output_count, output.count,
                                 &prepared.output_count)) {
        throw Error("invalid-plan", "[load] the outputs of one step overflow");
      }
    }
    prepared.times.assign(team_.size(),
                          std::vector<KernelTime>(prepared.kernels.size()));
    entries_.push_back(std::move(prepared));
  }
}

void Program::allocate_scratch() {
  uint64_t bytes = 64;
  for (const PreparedEntry& entry : entries_) {
    for (const auto& kernel : entry.kernels) {
      bytes = std::max<uint64_t>(bytes, kernel->scratch_bytes());
    }
  }
  // A page apart, so that two threads never share a cache line.
  const uint64_t stride = (bytes + 4095) / 4096 * 4096;
  scratch_ = Slab("scratch", stride / 4 * team_.size());
  auto* start = reinterpret_cast<std::byte*>(scratch_.data());
  for (uint32_t i = 0; i < team_.size(); i++) {
    workers_.push_back({i, start + stride * i});
  }
}

const std::string& Program::describe() {
  const dnnl_version_t* version = dnnl_version();
  description_ =
      R"({"backend":"cpu","device":"cpu","isa":")" + std::string(loops_.isa) +
      R"(","oneDNN":")" + std::to_string(version->major) + "." +
      std::to_string(version->minor) + "." + std::to_string(version->patch) +
      R"(","threads":)" + std::to_string(team_.size()) + R"(,"runs":)" +
      std::to_string(runs_) + R"(,"bytes":{)";
  for (uint32_t i = 0; i < kPlanSlabs; i++) {
    description_ += std::string("\"") + slab_name(i) +
                    "\":" + std::to_string(slabs_[i].bytes()) + ",";
  }
  description_ += "\"scratch\":" + std::to_string(scratch_.bytes()) + "}";
  if (profiling_) {
    description_ += ",\"profile\":{";
    const char* separator = "";
    for (const PreparedEntry& entry : entries_) {
      description_ += separator + json_text(entry.name) + ":" +
                      profile_json(entry.profiles, entry.times, entry.steps);
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
  if (count > 0) std::memcpy(target, source, count * sizeof(float));
}

void Program::download(uint32_t slab, uint64_t offset, void* target,
                       uint64_t count) const {
  const float* source = range(slab, offset, count, "download");
  if (count > 0) std::memcpy(target, source, count * sizeof(float));
}

}  // namespace interlatent
