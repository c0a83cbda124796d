// Loading: allocates slabs and scratch, prepares kernels, and moves data in and
// out.
#include "program.h"

#include <dnnl.h>

#include <algorithm>
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

uint32_t thread_count(const il_load_options& options) {
  if (options.device != 0) {
    throw Error("out-of-range", "[load] the CPU is device 0, but device " +
                                    std::to_string(options.device) +
                                    " was requested");
  }
  if (options.matmul_precision != IL_MATMUL_FLOAT32) {
    throw Error("unsupported-precision",
                "[load] the CPU multiplies matrices in float32 only");
  }
  if (options.threads > kMaxThreads) {
    throw Error(
        "out-of-range",
        "[load] " + std::to_string(options.threads) +
            " threads were requested, accepted are 0 (one per core) to " +
            std::to_string(kMaxThreads));
  }
  if (options.threads > 0) return options.threads;
  return std::clamp(std::thread::hardware_concurrency(), 1u, kMaxThreads);
}

// Adds the results of tiles that ranks exchange for a kernel that needs all
// tiles.
void add_pieces(std::vector<il_piece>& pieces, const Kernel& kernel,
                const il_ranks& ranks) {
  const auto copies = kernel.tile_copies();
  if (!copies) return;
  for (uint32_t tile = 0; tile < copies->tiles; tile++) {
    pieces.push_back({copies->first + tile * copies->stride,
                      copies->elements * sizeof(float),
                      rank_of_tile(copies->tiles, tile, ranks.count)});
  }
}

}  // namespace

Program::Program(const uint8_t* bytes, size_t size,
                 const il_load_options& options)
    : loops_(select_loops()),
      ranks_(options.ranks == nullptr ? single_rank() : *options.ranks),
      pool_(thread_count(options)),
      products_(pool_.size()),
      profiling_(options.profile != 0) {
  const Plan plan = decode_plan(bytes, size);
  runs_ = plan.runs;
  for (const Entry& entry : plan.entries) {
    if (uint64_t{runs_} * entry.tiles > kMaxBlocks) {
      throw Error("invalid-plan", "[load] more than 2^31 blocks");
    }
    const uint64_t blocks = uint64_t{runs_} * local_tiles(entry).count;
    if (shares_blocks(static_cast<uint32_t>(blocks))) copies_ = pool_.size();
  }
  for (uint32_t i = 0; i < kPlanSlabs; i++) {
    const uint64_t copies = i == kBlockSlab ? copies_ : 1;
    uint64_t count = 0;
    if (__builtin_mul_overflow(plan.slab_sizes[i], copies, &count)) {
      throw Error("out-of-memory",
                  "[load] the copies of the block slab overflow");
    }
    const bool reserved = i == IL_DATA;
    slabs_.emplace_back(
        slab_name(i), count,
        reserved ? Slab::Pages::kReserved : Slab::Pages::kAllocated);
  }
  prepare(plan);
  allocate_scratch();
}

// Every rank computes all of a mini-batch that has one tile.
TileRange Program::local_tiles(const Entry& entry) const {
  if (entry.tiles == 1) return {0, 1};
  return tiles_of_rank(entry.tiles, ranks_.index, ranks_.count);
}

void Program::prepare(const Plan& plan) {
  const SerialOpenMp serial;
  std::vector<float*> slabs;
  for (const Slab& slab : slabs_) slabs.push_back(slab.data());
  for (const Entry& entry : plan.entries) {
    PreparedEntry prepared;
    prepared.tiles = entry.tiles;
    prepared.local_tiles = local_tiles(entry);
    prepared.block_kernels = entry.block_kernels;
    prepared.profile.name = plan.strings[entry.name];
    for (const KernelRecord& record : entry.kernels) {
      const bool is_block_kernel =
          prepared.kernels.size() < entry.block_kernels;
      const uint32_t tiles = is_block_kernel ? entry.tiles : 1;
      const uint32_t local_count =
          is_block_kernel ? prepared.local_tiles.count : 1;
      const KernelFactory make = find_kernel(plan.strings[record.kernel]);
      RecordReader reader(plan, record, slabs);
      const Preparation preparation{loops_, runs_, copies_, tiles, products_};
      prepared.kernels.push_back(make(reader, preparation));
      Kernel& kernel = *prepared.kernels.back();
      if (is_block_kernel && !kernel.pure()) {
        reader.refuse("it cannot run per block");
      }
      if (record.once)
        reader.refuse("this backend cannot run it once for all runs");
      kernel.locate(record.operands, plan.slab_sizes[kBlockSlab]);
      if (ranks_.count > 1) add_pieces(prepared.pieces, kernel, ranks_);
      prepared.labels.push_back(plan.strings[record.label]);
      KernelProfile profile =
          profile_of(plan, record,
                     {is_block_kernel ? runs_ : 1, local_count, kernel.flops(),
                      kernel.moved()});
      if (is_block_kernel && shares_blocks(runs_ * local_count))
        profile.workers = pool_.size();
      prepared.profile.kernels.push_back(std::move(profile));
    }
    for (const Output& output : entry.outputs) {
      prepared.outputs.push_back(
          {slabs_[output.slab].data() + output.offset, output.count});
    }
    prepared.output_count = count_outputs(entry);
    prepared.profile.times.assign(
        pool_.size(), std::vector<KernelTime>(prepared.kernels.size()));
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
  // Scratch of different threads lies whole pages apart, so that they never
  // share a cache line.
  const uint64_t stride = (bytes + 4095) / 4096 * 4096;
  scratch_ = Slab("scratch", stride / 4 * pool_.size());
  auto* start = reinterpret_cast<std::byte*>(scratch_.data());
  for (uint32_t i = 0; i < pool_.size(); i++) {
    workers_.push_back({i, start + stride * i});
  }
}

uint64_t Program::bytes() const {
  uint64_t sum = scratch_.bytes();
  for (const Slab& slab : slabs_) sum += slab.bytes();
  return sum - mapped_bytes();
}

uint64_t Program::mapped_bytes() const {
  uint64_t sum = 0;
  for (const Mapped& range : mapped_) sum += range.end - range.begin;
  return sum;
}

const std::string& Program::describe() {
  const dnnl_version_t* version = dnnl_version();
  description_ =
      R"({"backend":"cpu","device":"cpu","isa":")" + std::string(loops_.isa) +
      R"(","oneDNN":")" + std::to_string(version->major) + "." +
      std::to_string(version->minor) + "." + std::to_string(version->patch) +
      R"(","threads":)" + std::to_string(pool_.size()) + R"(,"runs":)" +
      std::to_string(runs_) + R"(,"bytes":{)";
  for (uint32_t i = 0; i < kPlanSlabs; i++) {
    const uint64_t mapped = i == IL_DATA ? mapped_bytes() : 0;
    description_ += std::string("\"") + slab_name(i) +
                    "\":" + std::to_string(slabs_[i].bytes() - mapped) + ",";
  }
  description_ += "\"scratch\":" + std::to_string(scratch_.bytes()) +
                  ",\"mapped\":" + std::to_string(mapped_bytes()) + "}";
  if (profiling_) description_ += ",\"profile\":" + profiles_json(entries_);
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

bool Program::map(uint32_t slab, uint64_t offset, int descriptor,
                  uint64_t bytes) {
  if (slab != IL_DATA) {
    throw Error("out-of-range", "[map] only the data slab can map files");
  }
  auto* target = reinterpret_cast<std::byte*>(
      range(slab, offset, bytes / sizeof(float) + (bytes % sizeof(float) != 0),
            "map"));
  if (bytes == 0 || !slabs_[slab].is_reserved()) return false;
  if (!map_file(target, bytes, descriptor)) return false;
  std::erase_if(mapped_,
                [&](const Mapped& range) { return range.begin == target; });
  mapped_.push_back({target, target + bytes});
  if (read_ahead_ == nullptr) read_ahead_ = std::make_unique<ReadAhead>();
  return true;
}

void Program::download(uint32_t slab, uint64_t offset, void* target,
                       uint64_t count) const {
  const float* source = range(slab, offset, count, "download");
  if (count > 0) std::memcpy(target, source, count * sizeof(float));
}

}  // namespace interlatent
