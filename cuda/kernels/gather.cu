// gather: rows of a data set become columns, through a tile in shared memory,
// so that both are moved along their contiguous axis.
#include "cuda/kernel.h"

namespace interlatent {
namespace {

constexpr int kTile = 32;
constexpr int kRows = 8;  // of threads

struct GatherLaunch {
  Blocks blocks;
  Located<float> out;
  Located<const float> data;
  Located<const int32_t> index;
  int64_t features, batch, batches, rows, runs;
  uint32_t batches_per_step, column_tiles, feature_tiles;
};

__global__ void gather_kernel(GatherLaunch launch, StepState* state) {
  IL_SHARED(float[kTile][kTile + 1], tile);
  uint32_t rest = blockIdx.x;
  const int64_t first_column = int64_t{rest % launch.column_tiles} * kTile;
  rest /= launch.column_tiles;
  const int64_t first_feature = int64_t{rest % launch.feature_tiles} * kTile;
  rest /= launch.feature_tiles;
  const auto run = rest % static_cast<uint32_t>(launch.runs);
  rest /= static_cast<uint32_t>(launch.runs);
  const Place place = launch.blocks.place(rest);
  const auto steps =
      static_cast<uint64_t>(launch.batches) / launch.batches_per_step;
  const auto batch =
      static_cast<int64_t>(state->step % steps) * launch.batches_per_step +
      place.tile;
  const int32_t* index =
      launch.index.at(place) + (run * launch.batches + batch) * launch.batch;
  const float* data = launch.data.at(place);
  float* out = launch.out.at(place) + run * launch.features * launch.batch;
  const int64_t x = threadIdx.x;
  for (int64_t y = threadIdx.y; y < kTile; y += kRows) {
    const int64_t column = first_column + y;
    const int64_t feature = first_feature + x;
    if (column >= launch.batch || feature >= launch.features) continue;
    const int64_t row = index[column];
    if (row < 0 || row >= launch.rows) {
      atomicMin(&state->failed_step, state->step);
      tile[y][x] = 0;
      continue;
    }
    tile[y][x] = data[row * launch.features + feature];
  }
  __syncthreads();
  for (int64_t y = threadIdx.y; y < kTile; y += kRows) {
    const int64_t column = first_column + x;
    const int64_t feature = first_feature + y;
    if (column >= launch.batch || feature >= launch.features) continue;
    out[feature * launch.batch + column] = tile[x][y];
  }
}

class Gather final : public Kernel {
 public:
  Gather(RecordReader& in, GatherRecord record, const Preparation& preparation)
      : Kernel(in, record, preparation), record_(std::move(record)) {
    launch_.blocks = blocks_;
    launch_.out = locate(in, preparation, 0, record_.out);
    launch_.data = locate(in, preparation, 1, record_.data);
    launch_.index = locate(in, preparation, 2, record_.index);
    launch_.features = record_.features;
    launch_.batch = record_.batch;
    launch_.batches = record_.batches;
    launch_.rows = record_.rows;
    launch_.runs = record_.runs;
    launch_.batches_per_step = static_cast<uint32_t>(record_.tiles);
    const int64_t columns = (record_.batch - 1) / kTile + 1;
    const int64_t features = (record_.features - 1) / kTile + 1;
    const int64_t tiles[] = {columns, features, record_.runs};
    grid_ = grid_size(in, in.product(tiles), preparation.blocks);
    launch_.column_tiles = static_cast<uint32_t>(columns);
    launch_.feature_tiles = static_cast<uint32_t>(features);
  }

  void enqueue(cudaStream_t stream, StepState* state) const override {
    IL_LAUNCH(gather_kernel, grid_, dim3(kTile, kRows), 0, stream, launch_,
              state);
  }

  std::optional<Failure> failure(uint64_t step, const Place& place,
                                 const Download& download) const override {
    const int64_t batch = record_.batch_at(step, place.tile);
    std::vector<int32_t> index(static_cast<size_t>(record_.batch));
    for (int64_t run = 0; run < record_.runs; run++) {
      download(index.data(),
               launch_.index.at(place) +
                   (run * record_.batches + batch) * record_.batch,
               index.size() * sizeof(int32_t));
      for (size_t i = 0; i < index.size(); i++) {
        if (index[i] >= 0 && index[i] < record_.rows) continue;
        return Failure{"index-out-of-range",
                       record_.wrong_row(index[i], static_cast<int64_t>(i),
                                         batch, place.run + run)};
      }
    }
    return std::nullopt;
  }

 private:
  GatherRecord record_;
  unsigned grid_ = 1;
  GatherLaunch launch_{};
};

}  // namespace

std::unique_ptr<Kernel> make_gather(RecordReader& in,
                                    const Preparation& preparation) {
  return std::make_unique<Gather>(in, read_gather(in, preparation.tiles),
                                  preparation);
}

}  // namespace interlatent
