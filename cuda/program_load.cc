// Loads a program: allocates slabs, prepares kernels, and handles a device with
// too little memory.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <optional>
#include <utility>

#include "cuda/capacity.h"
#include "cuda/dependencies.h"
#include "cuda/device.h"
#include "cuda/program.h"
#include "error.h"

namespace interlatent::cuda {
namespace {

bool is_set(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && value[0] != '\0';
}

Precisions checked_precisions(uint32_t number) {
  if (number == IL_MATMUL_TF32_CONVOLUTIONS) {
    return {MatmulPrecision::kFloat32, MatmulPrecision::kTf32};
  }
  if (number > IL_MATMUL_TF32_CONVOLUTIONS) {
    throw Error(
        "unsupported-precision",
        "[load] there is no matmul precision " + std::to_string(number));
  }
  const auto precision = static_cast<MatmulPrecision>(number);
  return {precision, precision};
}

// Programmatic dependent launch needs machine code for compute capability 9.x.
// Other devices run the code of 8.0, in which await_predecessors does nothing.
Overlap overlap_for(const cudaDeviceProp& properties) {
  return is_set("INTERLATENT_CUDA_DEPENDENT_LAUNCH") && edges_have_data() &&
                 (kEmulated || properties.major == 9)
             ? Overlap::kProgrammatic
             : Overlap::kNone;
}

// True if a step is short. A step of about 0.3 ms or more gets a separate
// graph, so that a run can be stopped earlier.
bool has_short_steps(const EntryProfile& profile) {
  double bytes = 0;
  double flops = 0;
  for (const KernelProfile& kernel : profile.kernels) {
    bytes += kernel.bytes;
    flops += kernel.flops;
  }
  return bytes < 0.5e9 && flops < 10e9;
}

// Returns the guard of an entry if no other kernel reads gradients before it,
// or null.
const KernelRecord* adding_guard(const Plan& plan, const Entry& entry) {
  const KernelRecord* guard = nullptr;
  for (const KernelRecord& record : entry.kernels) {
    const std::string& name = plan.strings[record.kernel];
    if (name == "guard") guard = &record;
    if (name == "guard" || name == "adam") continue;
    for (const Operand& operand : record.operands) {
      const bool reads = (operand.flags & kWritten) == 0;
      if (reads && operand.slab == IL_GRADIENTS) return nullptr;
    }
  }
  return entry.tiles == 1 ? guard : nullptr;
}

uint32_t selected(uint32_t device) {
  use_device(device);
  return device;
}

}  // namespace

Program::Program(const uint8_t* bytes, size_t size,
                 const il_load_options& options)
    : device_(selected(options.device)),
      properties_(device_properties(device_)),
      precisions_(checked_precisions(options.matmul_precision)),
      profiling_(options.profile != 0),
      eager_(is_set("INTERLATENT_CUDA_EAGER")),
      poisons_(is_set("INTERLATENT_CUDA_POISON")),
      overlap_(overlap_for(properties_)),
      stream_(make_stream()),
      memory_(stream_.get()) {
  if (options.ranks != nullptr) {
    throw Error("device", "[load] only the CPU computes with other ranks");
  }
  const Plan plan = decode_plan(bytes, size);
  runs_ = plan.runs;
  all_runs_ = std::max(runs_, options.all_runs);
  slab_sizes_ = plan.slab_sizes;
  reports_ = PinnedArray<StepReport>(kStepsAhead);
  // The host sleeps while it waits, because it is several steps ahead.
  constexpr unsigned kSleeping = cudaEventBlockingSync | cudaEventDisableTiming;
  for (Event& event : done_) event = make_event(kSleeping);
  if (profiling_) {
    before_ = make_event(cudaEventDefault);
    after_ = make_event(cudaEventDefault);
  }
  const uint64_t available = Memory::free().bytes;
  std::optional<Error> failure;
  if (!is_set("INTERLATENT_CUDA_HOST_DATA")) {
    failure = try_to_place(plan, 0);
    if (!failure) return;
    if (options.data_on_device != 0) refuse(plan, *failure, available);
  }
  DataOnHost moved = keep_data_on_host(plan);
  if (failure && moved.host_size == 0) refuse(plan, *failure, available);
  data_ranges_ = std::move(moved.ranges);
  failure = try_to_place(moved.plan, moved.host_size);
  if (failure) refuse(moved.plan, *failure, available);
}

// Allocates all memory and prepares all kernels. If memory is insufficient it
// releases everything and returns the error.
std::optional<Error> Program::try_to_place(const Plan& plan,
                                           uint64_t host_size) {
  try {
    memory_ = Memory(stream_.get());
    place(plan, host_size);
    return std::nullopt;
  } catch (const Error& error) {
    if (error.code() != "out-of-memory") throw;
    release();
    return error;
  }
}

void Program::place(const Plan& plan, uint64_t host_size) {
  const uint64_t copies = block_copies(plan);
  block_slab_ = block_size(plan);
  for (uint32_t i = 0; i < kPlanSlabs; i++) {
    uint64_t count = i == kBlockSlab ? block_slab_ : plan.slab_sizes[i];
    if (i == kBlockSlab && __builtin_mul_overflow(count, copies, &count)) {
      throw Error("out-of-memory",
                  "[load] the copies of the block slab overflow");
    }
    slabs_.emplace_back(memory_, std::string("the slab ") + slab_name(i),
                        count);
  }
  host_size_ = host_size;
  if (!memory_.pretends()) {
    host_data_ = PinnedArray<float>(
        host_size, "page-locked memory of the host for the data set");
    std::memset(host_data_.data(), 0, host_size * sizeof(float));
  }
  state_ = DeviceArray<StepState>(memory_, "the step's state", 1);
  lost_ = DeviceArray<LostRun>(memory_, "lost runs", runs_);
  prepare(plan);
  finish();
}

void Program::release() {
  entries_.clear();
  cublaslt_ = {};
  slabs_.clear();
  host_data_ = {};
  state_ = {};
  lost_ = {};
}

// Throws the error with a text about what would fit. It loads the plan again in
// mode kPretends to count the bytes that are needed. If the device has that
// many, the host was short of memory, and the error is thrown unchanged.
void Program::refuse(const Plan& plan, const Error& failure,
                     uint64_t available) {
  memory_ = Memory(stream_.get(), Memory::Mode::kPretends);
  place(plan, 0);
  const uint64_t needed = memory_.bytes();
  uint64_t growing = 0;
  for (const PreparedEntry& entry : entries_) {
    for (const auto& kernel : entry.kernels) growing += kernel->growing_bytes();
  }
  release();
  if (needed <= available) throw Error(failure);
  throw Error(failure.code(),
              std::string(failure.what()) + ". " +
                  what_would_fit(plan, needed, growing, available));
}

void Program::prepare_kernel(PreparedEntry& entry, const Plan& plan,
                             const KernelRecord& record,
                             const KernelRecord* adding_guard,
                             std::vector<PartialSums>& partial_sums) {
  const bool is_of_block = entry.kernels.size() < entry.block_kernels;
  std::vector<float*> slabs;
  for (const auto& slab : slabs_) slabs.push_back(slab.data());
  slabs.push_back(host_data_.data());
  const KernelFactory make = find_kernel(plan.strings[record.kernel]);
  RecordReader reader(plan, record, slabs);
  const bool is_per_run = is_of_block && !record.once;
  const Preparation preparation{
      .memory = memory_,
      .runs = runs_,
      .tiles = is_of_block ? entry.tiles : 1,
      .blocks = is_per_run ? runs_ * entry.tiles : 1,
      .cut_blocks = is_per_run ? all_runs_ * entry.tiles : 1,
      .block_slab = block_slab_,
      .multiprocessors = static_cast<uint32_t>(properties_.multiProcessorCount),
      .shared_bytes = static_cast<uint32_t>(properties_.sharedMemPerBlockOptin),
      .matmul_precision = precisions_.products,
      .convolution_precision = precisions_.convolutions,
      .cublaslt = cublaslt_,
      .lost = lost_.data(),
      .index = static_cast<uint32_t>(entry.kernels.size()),
      .adding_guard = adding_guard,
      .partial_sums = partial_sums,
  };
  entry.kernels.push_back(make(reader, preparation));
  const Kernel& kernel = *entry.kernels.back();
  if (is_of_block && !kernel.pure())
    reader.refuse("it cannot be run per block");
  entry.labels.push_back(plan.strings[record.label]);
  entry.profile.kernels.push_back(
      profile_of(plan, record,
                 {is_per_run ? runs_ : 1, preparation.tiles, kernel.flops(),
                  kernel.moved()}));
}

void Program::prepare(const Plan& plan) {
  for (const Entry& entry : plan.entries) {
    PreparedEntry prepared;
    prepared.tiles = entry.tiles;
    prepared.block_kernels = entry.block_kernels;
    prepared.profile.name = plan.strings[entry.name];
    std::vector<PartialSums> sums;
    for (const KernelRecord& record : entry.kernels) {
      prepare_kernel(prepared, plan, record, adding_guard(plan, entry), sums);
    }
    for (size_t i = 0; i < prepared.kernels.size(); i++) {
      if (prepared.kernels[i]->prepares()) prepared.preparing.push_back(i);
      if (!prepared.kernels[i]->fetches()) continue;
      prepared.fetching.push_back(i);
      KernelProfile profile{"fetch", prepared.labels[i]};
      profile.bytes = prepared.kernels[i]->fetched_bytes();
      prepared.profile.kernels.push_back(std::move(profile));
    }
    prepared.is_short = has_short_steps(prepared.profile);
    prepared.profile.times.emplace_back(prepared.profile.kernels.size());
    std::vector<bool> barriers;
    for (const auto& kernel : prepared.kernels) {
      barriers.push_back(!kernel->pure());
    }
    prepared.dependencies = find_dependencies(entry, runs_, barriers);
    prepared.output_count = count_outputs(entry);
    std::vector<OutputRange> ranges;
    uint64_t first = 0;
    for (const Output& output : entry.outputs) {
      ranges.push_back(
          {slabs_[output.slab].data() + output.offset, first, output.count});
      first += output.count;
    }
    if (prepared.output_count >
        std::numeric_limits<uint64_t>::max() / (kStepsAhead * sizeof(float))) {
      throw Error("invalid-plan", "[load] the outputs of one step overflow");
    }
    prepared.range_count = static_cast<uint32_t>(ranges.size());
    prepared.ranges = DeviceArray<OutputRange>(memory_, "outputs", ranges);
    prepared.results = PinnedArray<float>(kStepsAhead * prepared.output_count);
    // The last kernel may write parameters and moments, and waits for all
    // kernels but not for fetches.
    const bool can_end =
        prepared.fetching.empty() &&
        std::none_of(entry.outputs.begin(), entry.outputs.end(),
                     [](const Output& output) {
                       return output.slab == IL_PARAMETERS ||
                              output.slab == IL_MOMENTS;
                     });
    prepared.ends_itself =
        can_end && !prepared.kernels.empty() &&
        prepared.kernels.back()->ends_step(outputs_of(prepared));
    entries_.push_back(std::move(prepared));
  }
}

}  // namespace interlatent::cuda
