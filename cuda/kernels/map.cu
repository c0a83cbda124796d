// map: a thread executes the program for one element, or for four neighbours if
// all operands can be accessed as vectors.
#include "cuda/kernels/program_code.h"

namespace interlatent::cuda {
namespace {

// `kOperands` is the maximum number of operands: all are parameters of the
// launch.
template <int kOperands>
struct MapLaunch {
  ProgramCode code;
  Blocks blocks;
  int32_t inputs, operands, rank;
  uint32_t vectors;  // of a block of the plan
  Divider vectors_of_block;
  Divider dims[kDeviceRank];  // the last one counts vectors
  ProgramOperand operand[kOperands];
};

template <int kWidth>
__device__ void load(const float* source, int64_t stride,
                     float (&values)[kWidth]) {
  if constexpr (kWidth == 1) {
    values[0] = *source;
  } else if (stride == 0) {
    for (int i = 0; i < kWidth; i++) values[i] = *source;
  } else {
    load_four(values, source);
  }
}

template <int kWidth, int kOperands>
__global__ void map_kernel(IL_CONSTANT(MapLaunch<kOperands>) launch) {
  await_predecessors();
  IL_DYNAMIC_SHARED(float, file);
  const Registers<kWidth> registers = {file, threadIdx.x, blockDim.x};
  const uint32_t index = blockIdx.x * blockDim.x + threadIdx.x;
  if (index >= launch.vectors * launch.blocks.count) return;
  const uint32_t block = launch.vectors_of_block.quotient(index);
  const Place place = launch.blocks.place(block);
  uint32_t position[kDeviceRank];
  uint32_t rest = index - block * launch.vectors;
  for (int dim = launch.rank - 1; dim >= 0; dim--) {
    position[dim] = take_position(rest, launch.dims[dim]);
  }
  if (launch.rank > 0) position[launch.rank - 1] *= kWidth;
  const auto address = [&](const ProgramOperand& operand) {
    float* result = operand.data.at(place);
    for (int dim = 0; dim < launch.rank; dim++) {
      result += operand.strides[dim] * position[dim];
    }
    return result;
  };
  const int last = launch.rank == 0 ? 0 : launch.rank - 1;
  for (int i = 0; i < launch.inputs; i++) {
    const ProgramOperand& operand = launch.operand[i];
    if (operand.slot < 0) continue;
    float values[kWidth];
    load(address(operand), operand.strides[last], values);
    registers.set(operand.slot, values);
  }
  execute(launch.code, registers);
  for (int i = launch.inputs; i < launch.operands; i++) {
    const ProgramOperand& operand = launch.operand[i];
    float values[kWidth];
    registers.get(operand.slot, values);
    float* target = address(operand);
    if constexpr (kWidth == 1) {
      *target = values[0];
    } else {
      store_vector<4>(target, values);
    }
  }
}

bool is_whole(int64_t elements) { return elements % 4 == 0; }

// True if four neighbours of every operand form an aligned vector.
bool takes_vectors(const ElementwiseProgram& program,
                   const std::vector<Located<float>>& located) {
  if (program.dims.empty() || !is_whole(program.dims.back())) return false;
  for (size_t i = 0; i < program.views.size(); i++) {
    const auto& strides = program.views[i].strides;
    const bool output = i >= static_cast<size_t>(program.inputs);
    if (strides.back() == 0 && !output) continue;
    if (strides.back() != 1) return false;
    if (reinterpret_cast<uintptr_t>(located[i].first) % sizeof(float4) != 0 ||
        !is_whole(located[i].run_stride) || !is_whole(located[i].tile_stride)) {
      return false;
    }
    for (size_t dim = 0; dim + 1 < strides.size(); dim++) {
      if (!is_whole(strides[dim])) return false;
    }
  }
  return true;
}

template <int kOperands>
class Map final : public Kernel {
 public:
  Map(RecordReader& in, const MapRecord& record, const Preparation& preparation)
      : Kernel(in, record, preparation) {
    const ElementwiseProgram& program = record.program;
    std::vector<int32_t> results;
    for (int32_t i = 0; i < program.outputs; i++) {
      results.push_back(program.inputs + i);
    }
    const CompactCode code = compact(program, results);
    instructions_ = DeviceArray<Instruction>(preparation.memory, "a program",
                                             code.instructions);
    std::vector<Located<float>> located;
    for (const auto& view : program.views) {
      located.push_back(locate(in, preparation, view.operand, view.data));
    }
    const int64_t elements = in.product(program.dims);
    // Use vectors only if there are enough of them to occupy the device.
    const int64_t busy = int64_t{preparation.multiprocessors} * 512;
    vectors_ = in.product({elements, preparation.blocks}) >= 4 * busy &&
               takes_vectors(program, located) &&
               threads_for(code.slots, 4, 128) >= 64;
    const int width = vectors_ ? 4 : 1;
    threads_ = threads_for(code.slots, width, 128);
    if (threads_ == 0) in.refuse("it needs too many registers");
    shared_bytes_ = register_bytes(code.slots, width, threads_);
    if (program.dims.size() > size_t{kDeviceRank}) {
      in.refuse("it has too many separate dimensions");
    }
    const int64_t vectors = elements / width;
    const int64_t total = in.product({vectors, preparation.blocks});
    if (total > INT32_MAX) in.refuse("it has more than 2^31 elements");
    grid_ = static_cast<unsigned>((total - 1) / threads_ + 1);
    launch_.code = {instructions_.data(),
                    static_cast<int32_t>(code.instructions.size())};
    launch_.blocks = blocks_;
    launch_.inputs = program.inputs;
    launch_.operands = program.inputs + program.outputs;
    launch_.rank = static_cast<int32_t>(program.dims.size());
    launch_.vectors = static_cast<uint32_t>(vectors);
    launch_.vectors_of_block = Divider(launch_.vectors);
    for (size_t dim = 0; dim < program.dims.size(); dim++) {
      const bool last = dim + 1 == program.dims.size();
      const int64_t size = program.dims[dim] / (last ? width : 1);
      launch_.dims[dim] = Divider(static_cast<uint32_t>(size));
    }
    for (size_t i = 0; i < located.size(); i++) {
      ProgramOperand& operand = launch_.operand[i];
      operand.data = located[i];
      const auto inputs = static_cast<size_t>(program.inputs);
      operand.slot =
          i < inputs ? code.input_slots[i] : code.output_slots[i - inputs];
      const auto& strides = program.views[i].strides;
      for (size_t dim = 0; dim < strides.size(); dim++) {
        operand.strides[dim] = strides[dim];
      }
    }
  }

  void enqueue(cudaStream_t stream, StepState*) const override {
    if (vectors_) {
      const auto kernel = map_kernel<4, kOperands>;
      IL_LAUNCH(kernel, grid_, threads_, shared_bytes_, stream, launch_);
    } else {
      const auto kernel = map_kernel<1, kOperands>;
      IL_LAUNCH(kernel, grid_, threads_, shared_bytes_, stream, launch_);
    }
  }

 private:
  DeviceArray<Instruction> instructions_;
  bool vectors_ = false;
  unsigned grid_ = 1, threads_ = 1;
  size_t shared_bytes_ = 0;
  MapLaunch<kOperands> launch_{};
};

std::unique_ptr<Kernel> make(RecordReader& in, const Preparation& preparation) {
  const MapRecord record(in);
  if (record.program.views.size() <= 12) {
    return std::make_unique<Map<12>>(in, record, preparation);
  }
  return std::make_unique<Map<kMaxOperands>>(in, record, preparation);
}

}  // namespace

extern const KernelFactory make_map = make;

}  // namespace interlatent::cuda
