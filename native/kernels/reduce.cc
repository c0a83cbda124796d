// reduce: an element-wise program followed by a sum or maximum over some of its
// dimensions.
#include <algorithm>

#include "kernels/blocking.h"
#include "kernels/task_count.h"
#include "registry.h"

namespace interlatent {
namespace {

class Reduce final : public Kernel {
 public:
  Reduce(RecordReader& in, const Preparation& preparation)
      : loops_(preparation.loops), copies_(preparation.copies) {
    ReduceRecord record(in);
    program_ = std::move(record.program);
    written_ = std::move(record.written);
    loop_.takes_maximum = record.takes_maximum ? 1 : 0;
    loop_.result = record.result;
    arrange(in, record.reduced);
  }

  void run(uint32_t task, const Place& place, const Worker& worker,
           Step&) override {
    const Shifts shifts(*this, program_, place);
    loops_.reduce(loop_, shifts.values, partials(place), task, worker.scratch);
  }

  void finish(const Place& place, Step&) override {
    if (loop_.chunks == 1) return;
    const Shifts shifts(*this, program_, place);
    loops_.combine_partials(loop_, shifts.values, partials(place));
  }

 private:
  void arrange(const RecordReader& in, const std::vector<int>& reduced) {
    const bool innermost = !reduced.empty() && reduced.back() == 1;
    loop_.innermost_reduced = innermost ? 1 : 0;
    std::vector<size_t> walked;
    std::vector<size_t> other;
    for (size_t dim = 0; dim < reduced.size(); dim++) {
      ((reduced[dim] == 1) == innermost ? walked : other).push_back(dim);
    }
    if (other.size() > kMaxRank) {
      in.refuse("it has too many separate dimensions");
    }
    loop_.program = block_loop(in, program_, walked);
    loop_.other_rank = static_cast<int32_t>(other.size());
    int64_t other_size = 1;
    for (size_t k = 0; k < other.size(); k++) {
      loop_.other_dims[k] = program_.dims[other[k]];
      other_size *= loop_.other_dims[k];
      for (size_t i = 0; i < program_.views.size(); i++) {
        loop_.other_strides[i][k] = program_.views[i].strides[other[k]];
      }
    }
    const int64_t blocks = count_blocks(loop_.program);
    loop_.items = innermost ? other_size : blocks;
    loop_.units = innermost ? blocks : other_size;
    loop_.item_elements = innermost ? 1 : loop_.program.block_elements;
    cut(in);
    const auto elements = static_cast<size_t>(loop_.program.block_elements);
    scratch_bytes_ = elementwise_scratch(loop_.program) +
                     elements * (sizeof(float) + sizeof(double));
  }

  // Cuts long reductions into chunks if there are few, so that threads can
  // share them.
  void cut(const RecordReader& in) {
    constexpr int64_t few_items = 8;
    constexpr int64_t chunk_cost = 400'000;
    constexpr int64_t max_chunks = 64;
    const int64_t unit = block_cost(loop_.program, program_cost(program_));
    const int64_t units_per_chunk = std::max<int64_t>(1, chunk_cost / unit);
    loop_.chunks = 1;
    if (loop_.items < few_items) {
      loop_.chunks =
          std::clamp<int64_t>(loop_.units / units_per_chunk, 1, max_chunks);
    }
    loop_.chunk_units = (loop_.units + loop_.chunks - 1) / loop_.chunks;
    loop_.chunks = (loop_.units + loop_.chunk_units - 1) / loop_.chunk_units;
    loop_.items_per_task = 1;
    if (loop_.chunks > 1) {
      partials_per_copy_ = loop_.items * loop_.chunks * loop_.item_elements;
      partials_.resize(static_cast<size_t>(partials_per_copy_) * copies_);
    } else {
      const int64_t units =
          blocks_per_task(loop_.program, program_cost(program_));
      loop_.items_per_task =
          even_share(loop_.items, std::max<int64_t>(1, units / loop_.units));
    }
    tasks_ = task_count(in, loop_.items, loop_.items_per_task);
    if (loop_.chunks > 1) {
      tasks_ = static_cast<uint32_t>(loop_.items * loop_.chunks);
    }
  }

  double* partials(const Place& place) {
    return partials_.data() + place.copy * partials_per_copy_;
  }

  const Loops& loops_;
  uint32_t copies_;
  ElementwiseProgram program_;
  ReduceLoop loop_{};
  int64_t partials_per_copy_ = 0;
  std::vector<double> partials_;
};

}  // namespace

std::unique_ptr<Kernel> make_reduce(RecordReader& in,
                                    const Preparation& preparation) {
  return std::make_unique<Reduce>(in, preparation);
}

}  // namespace interlatent
