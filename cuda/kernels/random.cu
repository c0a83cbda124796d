// random: a thread generates the four numbers of one Philox block.
#include "cuda/divider.h"
#include "cuda/kernel.h"
#include "math/philox.h"

namespace interlatent::cuda {
namespace {

constexpr unsigned kThreads = 128;

struct RandomLaunch {
  Blocks blocks;
  Located<float> out;
  Located<const int32_t> seeds;
  uint32_t stream;
  uint32_t blocks_per_tile;
  int64_t per_run;
  // Numbers in one part of the columns, and Philox blocks that generate them.
  int64_t per_part, quads;
  int64_t parts, width, columns;
  int64_t runs;
  int64_t all;  // Philox blocks of all runs and blocks
};

template <bool kNormal>
__global__ void random_kernel(RandomLaunch launch, const StepState* state) {
  await_predecessors();
  const int64_t index = int64_t{blockIdx.x} * blockDim.x + threadIdx.x;
  if (index >= launch.all) return;
  const int64_t of_run = launch.quads * launch.parts;
  const int64_t block = index % of_run;
  const int64_t run = index / of_run % launch.runs;
  const Place place =
      launch.blocks.place(static_cast<uint32_t>(index / of_run / launch.runs));
  const uint64_t step = state->step;
  const int32_t* seeds = launch.seeds.at(place) + 2 * run;
  const PhiloxBlock words =
      philox(place.tile * launch.blocks_per_tile + static_cast<uint32_t>(block),
             static_cast<uint32_t>(step), static_cast<uint32_t>(step >> 32),
             launch.stream, static_cast<uint32_t>(seeds[0]),
             static_cast<uint32_t>(seeds[1]));
  const bool whole = launch.parts == 1;
  const int64_t part = whole ? 0 : block / launch.quads;
  const int64_t quad = block - part * launch.quads;
  float* out =
      launch.out.at(place) + run * launch.per_run + part * launch.width;
  for (int i = 0; i < 4; i++) {
    const int64_t number = quad * 4 + i;
    if (number >= launch.per_part) return;
    const int64_t row = whole ? 0 : number / launch.width;
    out[number + row * (launch.columns - launch.width)] =
        kNormal ? normal_of_word(words.words[i])
                : uniform_of_word(words.words[i]);
  }
}

class Random final : public Kernel {
 public:
  Random(RecordReader& in, const RandomRecord& record,
         const Preparation& preparation)
      : Kernel(in, record, preparation), normal_(record.normal) {
    launch_.blocks = blocks_;
    launch_.out = locate(in, preparation, 0, record.out);
    launch_.seeds = locate(in, preparation, 1, record.seeds);
    launch_.stream = static_cast<uint32_t>(record.stream);
    launch_.blocks_per_tile = record.blocks_per_tile;
    launch_.per_run = record.per_run;
    launch_.per_part = record.per_part();
    launch_.quads = record.blocks_per_part();
    launch_.parts = record.parts;
    launch_.width = record.width;
    launch_.columns = record.columns;
    launch_.runs = record.runs;
    launch_.all = in.product(
        {launch_.quads, record.parts, record.runs, preparation.blocks});
    grid_ = grid_size(in, (launch_.all - 1) / kThreads + 1, 1);
  }

  void enqueue(cudaStream_t stream, StepState* state) const override {
    const auto kernel = normal_ ? random_kernel<true> : random_kernel<false>;
    IL_LAUNCH(kernel, grid_, kThreads, 0, stream, launch_, state);
  }

 private:
  bool normal_;
  unsigned grid_ = 1;
  RandomLaunch launch_{};
};

}  // namespace

extern const KernelFactory make_random = make_kernel<Random, RandomRecord>;

}  // namespace interlatent::cuda
