// moveImages: a thread computes one element of the result.
#include "cuda/kernel.h"
#include "cuda/leading.h"
#include "math/moves.h"

namespace interlatent::cuda {
namespace {

constexpr unsigned kThreads = 128;

struct MovesLaunch {
  Blocks blocks;
  Located<float> out;
  Located<const float> x, moves;
  Leading leading;
  int64_t count;  // of results
  int64_t channels, rows, columns, batch;
  bool wraps;
  uint32_t groups;  // thread blocks per block of the plan
};

__global__ void moves_kernel(MovesLaunch launch) {
  await_predecessors();
  int64_t index =
      int64_t{blockIdx.x % launch.groups} * blockDim.x + threadIdx.x;
  if (index >= launch.count) return;
  const Place place = launch.blocks.place(blockIdx.x / launch.groups);
  const int64_t batch = launch.batch;
  const int64_t images = launch.channels * launch.rows * launch.columns * batch;
  float* out = launch.out.at(place);
  const float* x = launch.x.at(place);
  const float* moves = launch.moves.at(place);
  launch.leading.move(index / images, &out, &x, &moves);
  index %= images;
  out += index;
  const int64_t subject = index % batch;
  index /= batch;
  const int64_t to_column = index % launch.columns;
  index /= launch.columns;
  const int64_t to_row = index % launch.rows;
  const float mirror = moves[subject];
  const float down = moves[batch + subject];
  const float right = moves[2 * batch + subject];
  if (!is_move(mirror) || !is_move(down) || !is_move(right)) {
    *out = NAN;
    return;
  }
  const int64_t row = moved_from(to_row, down, launch.rows, launch.wraps);
  int64_t column = moved_from(to_column, right, launch.columns, launch.wraps);
  if (row < 0 || column < 0) {
    *out = 0;
    return;
  }
  if (mirror > 0) column = launch.columns - 1 - column;
  x += index / launch.rows * launch.rows * launch.columns * batch;
  *out = x[(row * launch.columns + column) * batch + subject];
}

class Moves final : public Kernel {
 public:
  Moves(RecordReader& in, const MovesRecord& record,
        const Preparation& preparation)
      : Kernel(in, record, preparation) {
    launch_.blocks = blocks_;
    launch_.out = locate(in, preparation, 0, record.out);
    launch_.x = locate(in, preparation, 1, record.first);
    launch_.moves = locate(in, preparation, 2, record.second);
    launch_.leading = Leading::of(record);
    launch_.channels = record.channels;
    launch_.rows = record.rows;
    launch_.columns = record.columns;
    launch_.batch = record.batch;
    launch_.wraps = record.wraps;
    launch_.count = in.product({record.count, record.channels, record.rows,
                                record.columns, record.batch});
    const int64_t groups = (launch_.count - 1) / kThreads + 1;
    grid_ = grid_size(in, groups, preparation.blocks);
    launch_.groups = static_cast<uint32_t>(groups);
  }

  void enqueue(cudaStream_t stream, StepState*) const override {
    IL_LAUNCH(moves_kernel, grid_, kThreads, 0, stream, launch_);
  }

 private:
  unsigned grid_ = 1;
  MovesLaunch launch_{};
};

}  // namespace

extern const KernelFactory make_moves = make_kernel<Moves, MovesRecord>;

}  // namespace interlatent::cuda
