// reduce: every result has several lanes. Each lane is a thread that reduces a
// part of the terms in double precision and in a fixed order; then the lanes
// are combined as a tree. If there are few results, long reductions are cut
// among thread blocks, and the last one combines the parts in order.
#include <algorithm>

#include "cuda/kernels/program_code.h"
#include "cuda/last_block.h"

namespace interlatent::cuda {
namespace {

constexpr unsigned kThreads = 128;

template <int kOperands>
struct ReduceLaunch {
  ProgramCode code;
  Blocks blocks;
  int32_t inputs;
  int32_t result;   // slot
  int32_t maximum;  // 1: maximum; 0: sum
  // Dimensions of the result, then the reduced dimensions.
  int32_t outer_rank, rank;
  Divider dims[kDeviceRank];
  uint32_t results, terms;  // of a block of the plan
  // Lanes per result, a power of two. Neighbouring threads are lanes of one
  // result if the innermost dimension is reduced, or else lanes of neighbouring
  // results.
  uint32_t lanes;
  int32_t lanes_adjacent;
  uint32_t groups;  // thread blocks for the results of a block of the plan
  // Thread blocks that share a result; each reduces `part_terms` terms.
  uint32_t parts, part_terms;
  double* partials;                   // [blocks, results, parts]
  unsigned* counter;                  // [blocks, groups]
  ProgramOperand operand[kOperands];  // inputs, then the output
};

__device__ inline double combine(double x, double y, bool maximum) {
  if (maximum) return x > y || x != x ? x : y;
  return x + y;
}

template <int kOperands>
__global__ void reduce_kernel(IL_CONSTANT(ReduceLaunch<kOperands>) launch) {
  await_predecessors();
  IL_DYNAMIC_SHARED(float, file);
  IL_SHARED(double[kThreads], folded);
  const Registers<1> registers = {file, threadIdx.x, blockDim.x};
  const bool maximum = launch.maximum != 0;
  const uint32_t part = blockIdx.x % launch.parts;
  const uint32_t group = blockIdx.x / launch.parts % launch.groups;
  const uint32_t block = blockIdx.x / launch.parts / launch.groups;
  const Place place = launch.blocks.place(block);
  const uint32_t lanes = launch.lanes;
  const uint32_t per_block = blockDim.x / lanes;
  const bool adjacent = launch.lanes_adjacent != 0;
  const uint32_t lane =
      adjacent ? threadIdx.x % lanes : threadIdx.x / per_block;
  const uint32_t local_result =
      adjacent ? threadIdx.x / lanes : threadIdx.x % per_block;
  const uint32_t result = group * per_block + local_result;
  const bool exists = result < launch.results;
  uint32_t outer[kDeviceRank];
  uint32_t rest = exists ? result : 0;
  for (int dim = launch.outer_rank - 1; dim >= 0; dim--) {
    outer[dim] = take_position(rest, launch.dims[dim]);
  }
  double total = maximum ? -static_cast<double>(__builtin_inff()) : 0.0;
  const uint32_t first = part * launch.part_terms;
  const uint32_t limit = first + launch.part_terms;
  const uint32_t end = limit < launch.terms ? limit : launch.terms;
  for (uint32_t term = first + lane; exists && term < end; term += lanes) {
    uint32_t position[kDeviceRank];
    uint32_t index = term;
    for (int dim = launch.rank - 1; dim >= launch.outer_rank; dim--) {
      position[dim] = take_position(index, launch.dims[dim]);
    }
    for (int i = 0; i < launch.inputs; i++) {
      const ProgramOperand& operand = launch.operand[i];
      if (operand.slot < 0) continue;
      const float* source = operand.data.at(place);
      for (int dim = 0; dim < launch.outer_rank; dim++) {
        source += operand.strides[dim] * outer[dim];
      }
      for (int dim = launch.outer_rank; dim < launch.rank; dim++) {
        source += operand.strides[dim] * position[dim];
      }
      *registers.slot(operand.slot) = *source;
    }
    execute(launch.code, registers);
    const double value = static_cast<double>(*registers.slot(launch.result));
    total = combine(total, value, maximum);
  }
  const uint32_t at = local_result * lanes + lane;
  folded[at] = total;
  __syncthreads();
  for (uint32_t half = lanes / 2; half > 0; half /= 2) {
    if (lane < half) {
      folded[at] = combine(folded[at], folded[at + half], maximum);
    }
    __syncthreads();
  }
  if (launch.parts > 1) {
    double* partials =
        launch.partials +
        (static_cast<uint64_t>(block) * launch.results + result) * launch.parts;
    if (exists && lane == 0) partials[part] = folded[at];
    if (!is_last_block(launch.counter + block * launch.groups + group,
                       launch.parts)) {
      return;
    }
    if (exists && lane == 0) {
      double sum = __ldcg(partials);
      for (uint32_t i = 1; i < launch.parts; i++) {
        sum = combine(sum, __ldcg(partials + i), maximum);
      }
      folded[at] = sum;
    }
  }
  if (!exists || lane != 0) return;
  const ProgramOperand& output = launch.operand[launch.inputs];
  float* target = output.data.at(place);
  for (int dim = 0; dim < launch.outer_rank; dim++) {
    target += output.strides[dim] * outer[dim];
  }
  *target = static_cast<float>(folded[at]);
}

uint32_t power_of_two_from(int64_t x) {
  uint32_t power = 1;
  while (power < x) power *= 2;
  return power;
}

template <int kOperands>
class Reduce final : public Kernel {
 public:
  Reduce(RecordReader& in, const ReduceRecord& record,
         const Preparation& preparation)
      : Kernel(in, record, preparation) {
    const ElementwiseProgram& program = record.program;
    const CompactCode code = compact(program, {record.result});
    instructions_ = DeviceArray<Instruction>(preparation.memory, "a program",
                                             code.instructions);
    launch_.code = {instructions_.data(),
                    static_cast<int32_t>(code.instructions.size())};
    launch_.blocks = blocks_;
    launch_.inputs = program.inputs;
    launch_.result = code.output_slots[0];
    launch_.maximum = record.takes_maximum ? 1 : 0;
    arrange(in, record, code, preparation);
    threads_ = threads_for(code.slots, 1, kThreads);
    if (threads_ == 0) in.refuse("it needs too many registers");
    shared_bytes_ = register_bytes(code.slots, 1, threads_);
    const bool innermost =
        !record.reduced.empty() && record.reduced.back() == 1;
    launch_.lanes_adjacent = innermost ? 1 : 0;
    cut(in, preparation, innermost);
  }

  void enqueue(cudaStream_t stream, StepState*) const override {
    const auto kernel = reduce_kernel<kOperands>;
    IL_LAUNCH(kernel, grid_, threads_, shared_bytes_, stream, launch_);
  }

 private:
  void arrange(const RecordReader& in, const ReduceRecord& record,
               const CompactCode& code, const Preparation& preparation) {
    const ElementwiseProgram& program = record.program;
    std::vector<size_t> order;
    for (const int reduced : {0, 1}) {
      for (size_t dim = 0; dim < program.dims.size(); dim++) {
        if (record.reduced[dim] == reduced) order.push_back(dim);
      }
      if (reduced == 0) {
        launch_.outer_rank = static_cast<int32_t>(order.size());
      }
    }
    if (order.size() > size_t{kDeviceRank}) {
      in.refuse("it has too many separate dimensions");
    }
    if (in.product(program.dims) > INT32_MAX) {
      in.refuse("it has more than 2^31 elements");
    }
    launch_.rank = static_cast<int32_t>(order.size());
    launch_.results = launch_.terms = 1;
    for (size_t k = 0; k < order.size(); k++) {
      const auto size = static_cast<uint32_t>(program.dims[order[k]]);
      launch_.dims[k] = Divider(size);
      const bool outer = k < static_cast<size_t>(launch_.outer_rank);
      (outer ? launch_.results : launch_.terms) *= size;
    }
    for (size_t i = 0; i < program.views.size(); i++) {
      const auto& view = program.views[i];
      ProgramOperand& operand = launch_.operand[i];
      operand.data = locate(in, preparation, view.operand, view.data);
      operand.slot =
          i < code.input_slots.size() ? code.input_slots[i] : launch_.result;
      for (size_t k = 0; k < order.size(); k++) {
        operand.strides[k] = view.strides[order[k]];
      }
    }
  }

  // Adds lanes until the device is occupied or there are no more terms, then
  // parts.
  void cut(const RecordReader& in, const Preparation& preparation,
           bool innermost) {
    const int64_t all_results =
        int64_t{launch_.results} * preparation.cut_blocks;
    const int64_t busy = int64_t{preparation.multiprocessors} * 1024;
    const uint32_t max =
        std::min<uint32_t>(threads_, power_of_two_from(launch_.terms));
    const uint32_t wanted = power_of_two_from(busy / all_results);
    // At least a warp per result, so that its lanes read contiguous memory.
    const uint32_t min = innermost ? std::min(max, 32u) : 1u;
    launch_.lanes = std::clamp(wanted, min, max);
    const uint32_t per_block = threads_ / launch_.lanes;
    launch_.groups = (launch_.results - 1) / per_block + 1;
    // A part must have at least 16 terms per lane to be worth a thread block.
    const int64_t shortest = int64_t{launch_.lanes} * 16;
    const int64_t groups = int64_t{launch_.groups} * preparation.cut_blocks;
    const int64_t parts =
        std::min(launch_.terms / shortest, 2 * busy / 1024 / groups);
    launch_.parts = static_cast<uint32_t>(std::clamp<int64_t>(parts, 1, 256));
    launch_.part_terms = (launch_.terms - 1) / launch_.parts + 1;
    launch_.parts = (launch_.terms - 1) / launch_.part_terms + 1;
    grid_ = grid_size(in, int64_t{launch_.groups} * launch_.parts,
                      preparation.blocks);
    if (launch_.parts == 1) return;
    partials_ =
        scratch<double>(in, preparation, "partial sums",
                        {preparation.blocks, launch_.results, launch_.parts});
    counters_ = scratch<unsigned>(in, preparation, "counters",
                                  {preparation.blocks, launch_.groups});
    launch_.partials = partials_.data();
    launch_.counter = counters_.data();
  }

  DeviceArray<Instruction> instructions_;
  DeviceArray<double> partials_;
  DeviceArray<unsigned> counters_;
  unsigned grid_ = 1, threads_ = 1;
  size_t shared_bytes_ = 0;
  ReduceLaunch<kOperands> launch_{};
};

std::unique_ptr<Kernel> make(RecordReader& in, const Preparation& preparation) {
  const ReduceRecord record(in);
  if (record.program.views.size() <= 12) {
    return std::make_unique<Reduce<12>>(in, record, preparation);
  }
  return std::make_unique<Reduce<kMaxOperands>>(in, record, preparation);
}

}  // namespace

extern const KernelFactory make_reduce = make;

}  // namespace interlatent::cuda
