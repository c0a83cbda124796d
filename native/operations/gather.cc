// gather: the step's mini-batch, from rows of a data set to columns.
#include <algorithm>

#include "operations/task_count.h"
#include "registry.h"

namespace interlatent {
namespace {

constexpr int64_t kTaskElements = 8192;

class Gather final : public Kernel {
 public:
  Gather(RecordReader& in, const Preparation& preparation)
      : gather_(preparation.loops.gather) {
    in.expect_operands(3, 3);
    in.expect_reals(0);
    features_ = in.dimension("features");
    batch_ = in.dimension("B");
    batches_ = in.dimension("batches");
    rows_ = in.integer("rows", 1, INT32_MAX);
    const int64_t runs = in.integer("ri", 1, in.plan().runs);
    tiles_ = in.integer("tiles", preparation.tiles, preparation.tiles);
    if (batches_ % tiles_ != 0) {
      in.refuse("its batches are no whole multiple of the tiles");
    }
    in.end_of_integers();
    const int64_t outputs[] = {runs, features_, batch_};
    const int64_t data[] = {rows_, features_};
    const int64_t indices[] = {runs, batches_, batch_};
    in.check_extent(0, in.product(outputs));
    in.check_extent(1, in.product(data));
    in.check_extent(2, in.product(indices));
    out_ = in.floats(0, RecordReader::Access::kWrites);
    data_ = in.floats(1, RecordReader::Access::kReads);
    index_ = in.int32s(2);
    const int64_t columns = std::max<int64_t>(16, kTaskElements / features_);
    columns_per_task_ = std::min(batch_, columns / 16 * 16);
    tasks_per_run_ = task_count(in, batch_, columns_per_task_);
    const int64_t tasks[] = {runs, tasks_per_run_};
    tasks_ = task_count(in, in.product(tasks), 1);
    written_.push_back({0,
                        out_,
                        in.operand(0).run_stride,
                        {runs, features_, batch_},
                        {features_ * batch_, batch_, 1}});
  }

  void run(uint32_t task, const Place& place, const Worker&,
           Step& step) override {
    const int64_t run = task / tasks_per_run_;
    const int64_t first = task % tasks_per_run_ * columns_per_task_;
    const auto steps = static_cast<uint64_t>(batches_ / tiles_);
    const int64_t batch =
        static_cast<int64_t>(step.number() % steps) * tiles_ + place.tile;
    GatherTile tile;
    tile.out = out_ + shift(0, place) + run * features_ * batch_ + first;
    tile.data = data_ + shift(1, place);
    tile.index =
        index_ + shift(2, place) + (run * batches_ + batch) * batch_ + first;
    tile.features = features_;
    tile.batch = batch_;
    tile.columns = std::min(batch_ - first, columns_per_task_);
    for (int64_t i = 0; i < tile.columns; i++) {
      if (tile.index[i] >= 0 && tile.index[i] < rows_) continue;
      step.fail(task, "index-out-of-range",
                "row " + std::to_string(tile.index[i]) +
                    " asked for at column " + std::to_string(first + i) +
                    " of batch " + std::to_string(batch) + ", run " +
                    std::to_string(place.run + run) + "; the data set has " +
                    std::to_string(rows_));
      return;
    }
    gather_(tile);
  }

 private:
  decltype(Loops::gather) gather_;
  float* out_ = nullptr;
  const float* data_ = nullptr;
  const int32_t* index_ = nullptr;
  int64_t features_ = 0, batch_ = 0, batches_ = 0, rows_ = 0, tiles_ = 1;
  int64_t columns_per_task_ = 0, tasks_per_run_ = 0;
};

}  // namespace

std::unique_ptr<Kernel> make_gather(RecordReader& in,
                                    const Preparation& preparation) {
  return std::make_unique<Gather>(in, preparation);
}

}  // namespace interlatent
