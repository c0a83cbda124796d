// gather: copies the mini-batch of a step from rows of a data set to columns.
#include <algorithm>

#include "kernels/task_count.h"
#include "registry.h"

namespace interlatent {
namespace {

class Gather final : public Kernel {
  static constexpr int64_t kTaskElements = 8192;

 public:
  Gather(RecordReader& in, const Preparation& preparation)
      : gather_(preparation.loops.gather),
        record_(in, preparation.tiles),
        blocks_(in.operand(2).run_stride != 0 ? preparation.runs : 1) {
    const int64_t columns =
        std::max<int64_t>(16, kTaskElements / record_.features);
    columns_per_task_ = std::min(record_.batch, columns / 16 * 16);
    tasks_per_run_ = task_count(in, record_.batch, columns_per_task_);
    const int64_t tasks[] = {record_.runs, tasks_per_run_};
    tasks_ = task_count(in, in.product(tasks), 1);
    written_ = record_.written;
    moved_ = record_.moved;
  }

  void run(uint32_t task, const Place& place, const Worker&,
           Step& step) override {
    const int64_t run = task / tasks_per_run_;
    const int64_t first = task % tasks_per_run_ * columns_per_task_;
    const int64_t batch = record_.batch_at(step.number(), place.tile);
    GatherTile tile;
    tile.out = record_.out + shift(0, place) +
               run * record_.features * record_.batch + first;
    tile.data = record_.data + shift(1, place);
    tile.type = record_.data_type;
    tile.channels = static_cast<int64_t>(record_.means.size());
    tile.means = record_.means.data();
    tile.inverse_sds = record_.inverse_sds.data();
    tile.index = record_.index + shift(2, place) +
                 (run * record_.batches + batch) * record_.batch + first;
    tile.features = record_.features;
    tile.batch = record_.batch;
    tile.columns = std::min(record_.batch - first, columns_per_task_);
    for (int64_t i = 0; i < tile.columns; i++) {
      if (tile.index[i] >= 0 && tile.index[i] < record_.rows) continue;
      step.fail(
          task, "index-out-of-range",
          record_.wrong_row(tile.index[i], first + i, batch, place.run + run));
      return;
    }
    gather_(tile);
  }

  void reads_rows(
      uint64_t step, TileRange tiles,
      const std::function<void(const void*, size_t)>& report) const override {
    const size_t bytes = sizeof(float) * record_.features /
                         values_of(static_cast<uint32_t>(record_.data_type));
    for (int64_t run = 0; run < blocks_; run++) {
      for (int64_t k = 0; k < tiles.count; k++) {
        const int64_t tile = tiles.first + k;
        const int64_t batch = record_.batch_at(step, tile);
        for (int64_t i = 0; i < record_.runs * record_.batch; i++) {
          const int64_t at =
              (i / record_.batch * record_.batches + batch) * record_.batch +
              i % record_.batch;
          const int64_t row = record_.index[shift(2, {run, tile, 0}) + at];
          if (row < 0 || row >= record_.rows) continue;
          report(reinterpret_cast<const std::byte*>(record_.data) + row * bytes,
                 bytes);
        }
      }
    }
  }

 private:
  decltype(Loops::gather) gather_;
  GatherRecord record_;
  int64_t blocks_;  // runs with a separate index
  int64_t columns_per_task_ = 0, tasks_per_run_ = 0;
};

}  // namespace

std::unique_ptr<Kernel> make_gather(RecordReader& in,
                                    const Preparation& preparation) {
  return std::make_unique<Gather>(in, preparation);
}

}  // namespace interlatent
