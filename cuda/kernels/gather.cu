// gather: copies rows of a data set to columns of the result. Tiles are
// transposed in shared memory, so that reads and writes both follow a
// contiguous axis. If the data set lies on the host, its rows are fetched one
// step ahead, each by one warp.
#include <algorithm>

#include "cuda/data_on_host.h"
#include "cuda/kernel.h"

namespace interlatent::cuda {
namespace {

constexpr int kTile = 32;
constexpr int kRows = 8;  // rows of threads
constexpr unsigned kWarp = 32;
constexpr unsigned kFetchThreads = 256;
// Enough thread blocks to saturate the bus, and few enough to leave the device
// to the kernels.
constexpr uint64_t kFetchBlocks = 32;

// Mean and scale of every channel. Each channel has an equal part of the
// features.
struct Scales {
  const float* means;  // null: values are not standardised
  const float* inverse_sds;
  int64_t share;  // features per channel

  __device__ float apply(float value, int64_t feature) const {
    if (means == nullptr) return value;
    const int64_t channel = feature / share;
    return (value - means[channel]) * inverse_sds[channel];
  }
};

// Standardised rows that were fetched for two steps, [2, copies, runs, batch,
// features]. There is a copy per block, or one per tile if all runs share the
// rows.
struct Staging {
  float* rows;  // null: the data set lies on the device
  uint32_t copies;
  bool shared;  // by all runs

  __device__ uint32_t copy_of(const Place& place, uint32_t tiles) const {
    return shared ? place.tile : place.run * tiles + place.tile;
  }
  __device__ Place place_of(uint32_t copy, uint32_t tiles) const {
    return {shared ? 0 : copy / tiles, copy % tiles};
  }
};

struct GatherLaunch {
  Blocks blocks;
  Located<float> out;
  Located<const float> data;
  DataType type;
  Scales scales;
  Located<const int32_t> index;
  int64_t features, batch, batches, rows, runs;
  uint32_t batches_per_step, column_tiles, feature_tiles;
  Staging staging;

  __device__ const int32_t* index_at(uint64_t step, const Place& place,
                                     int64_t run) const {
    const auto steps = static_cast<uint64_t>(batches) / batches_per_step;
    const auto number =
        static_cast<int64_t>(step % steps) * batches_per_step + place.tile;
    return index.at(place) + (run * batches + number) * batch;
  }
  // Returns a value of the data set.
  __device__ float value(const float* set, int64_t row, int64_t feature) const {
    const int64_t at = row * features + feature;
    float raw = 0;
    switch (type) {
      case DataType::kFloat32:
        raw = set[at];
        break;
      case DataType::kUint8:
        raw = reinterpret_cast<const uint8_t*>(set)[at];
        break;
      case DataType::kInt16:
        raw = reinterpret_cast<const int16_t*>(set)[at];
        break;
    }
    return scales.apply(raw, feature);
  }
  // Returns the rows that were fetched for a step.
  __device__ float* staged(uint64_t step, uint32_t copy, int64_t run) const {
    const uint64_t number = step % 2 * staging.copies + copy;
    return staging.rows +
           (static_cast<int64_t>(number) * runs + run) * batch * features;
  }
};

// Invalid rows are skipped here; gather_kernel reports them.
__global__ void fetch_kernel(GatherLaunch launch, StepState* state,
                             uint32_t ahead) {
  await_predecessors();
  const uint64_t step = state->step + ahead;
  const int64_t rows = launch.runs * launch.batch;
  const int64_t warps = int64_t{gridDim.x} * blockDim.x / kWarp;
  const int64_t first =
      (int64_t{blockIdx.x} * blockDim.x + threadIdx.x) / kWarp;
  for (int64_t i = first; i < launch.staging.copies * rows; i += warps) {
    const auto copy = static_cast<uint32_t>(i / rows);
    const int64_t run = i % rows / launch.batch;
    const int64_t column = i % launch.batch;
    const Place place = launch.staging.place_of(copy, launch.blocks.tiles);
    const int64_t row = launch.index_at(step, place, run)[column];
    if (row < 0 || row >= launch.rows) continue;
    float* to = launch.staged(step, copy, run) + column * launch.features;
    for (int64_t feature = threadIdx.x % kWarp; feature < launch.features;
         feature += kWarp) {
      to[feature] = launch.value(launch.data.first, row, feature);
    }
  }
}

__global__ void gather_kernel(GatherLaunch launch, StepState* state) {
  await_predecessors();
  IL_SHARED(float[kTile][kTile + 1], tile);
  uint32_t rest = blockIdx.x;
  const int64_t first_column = int64_t{rest % launch.column_tiles} * kTile;
  rest /= launch.column_tiles;
  const int64_t first_feature = int64_t{rest % launch.feature_tiles} * kTile;
  rest /= launch.feature_tiles;
  const auto run = rest % static_cast<uint32_t>(launch.runs);
  rest /= static_cast<uint32_t>(launch.runs);
  const Place place = launch.blocks.place(rest);
  const int32_t* index = launch.index_at(state->step, place, run);
  const bool fetched = launch.staging.rows != nullptr;
  const float* data =
      fetched ? launch.staged(
                    state->step,
                    launch.staging.copy_of(place, launch.blocks.tiles), run)
              : launch.data.at(place);
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
    tile[y][x] = fetched ? data[column * launch.features + feature]
                         : launch.value(data, row, feature);
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
    launch_.type = record_.data_type;
    if (!record_.means.empty()) {
      means_ = DeviceArray<float>(preparation.memory, "gather's means",
                                  record_.means);
      inverse_sds_ = DeviceArray<float>(
          preparation.memory, "gather's deviations", record_.inverse_sds);
      const auto channels = static_cast<int64_t>(record_.means.size());
      launch_.scales = {means_.data(), inverse_sds_.data(),
                        record_.features / channels};
    }
    launch_.features = record_.features;
    launch_.batch = record_.batch;
    launch_.batches = record_.batches;
    launch_.rows = record_.rows;
    launch_.runs = record_.runs;
    launch_.batches_per_step = static_cast<uint32_t>(record_.tiles);
    const int64_t columns = (record_.batch - 1) / kTile + 1;
    const int64_t features = (record_.features - 1) / kTile + 1;
    grid_ = grid_size(in, in.product({columns, features, record_.runs}),
                      preparation.blocks);
    launch_.column_tiles = static_cast<uint32_t>(columns);
    launch_.feature_tiles = static_cast<uint32_t>(features);
    if (in.operand(1).slab == kHostSlab) stage(in, preparation);
  }

  void enqueue(cudaStream_t stream, StepState* state) const override {
    IL_LAUNCH(gather_kernel, grid_, dim3(kTile, kRows), 0, stream, launch_,
              state);
  }

  bool fetches() const override { return launch_.staging.rows != nullptr; }

  void enqueue_fetch(cudaStream_t stream, StepState* state,
                     uint32_t ahead) const override {
    IL_LAUNCH(fetch_kernel, fetch_grid_, kFetchThreads, 0, stream, launch_,
              state, ahead);
  }

  double fetched_bytes() const override {
    return static_cast<double>(staging_.bytes()) / 2;
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
  void stage(const RecordReader& in, const Preparation& preparation) {
    Staging& staging = launch_.staging;
    staging.shared = launch_.index.run_stride == 0;
    staging.copies = staging.shared ? preparation.tiles : preparation.blocks;
    const int64_t rows =
        in.product({staging.copies, record_.runs, record_.batch});
    staging_ = scratch<float>(in, preparation, "fetched rows",
                              {2, rows, record_.features});
    staging.rows = staging_.data();
    const uint64_t wanted =
        (static_cast<uint64_t>(rows) * kWarp - 1) / kFetchThreads + 1;
    fetch_grid_ = static_cast<unsigned>(std::min(wanted, kFetchBlocks));
  }

  GatherRecord record_;
  DeviceArray<float> staging_, means_, inverse_sds_;
  unsigned grid_ = 1;
  unsigned fetch_grid_ = 1;
  GatherLaunch launch_{};
};

}  // namespace

extern const KernelFactory make_gather = make_kernel<Gather, GatherRecord>;

}  // namespace interlatent::cuda
