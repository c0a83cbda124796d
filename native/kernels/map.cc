// map: an element-wise program over an iteration space.
#include "kernels/blocking.h"
#include "kernels/task_count.h"
#include "registry.h"

namespace interlatent {
namespace {

class Map final : public Kernel {
 public:
  Map(RecordReader& in, const Preparation& preparation)
      : run_loop_(preparation.loops.map) {
    MapRecord record(in);
    program_ = std::move(record.program);
    written_ = std::move(record.written);
    const bool streams = bytes() >= kStreamedBytes;
    for (size_t i = 0; streams && i < static_cast<size_t>(program_.outputs);
         i++) {
      program_.views[static_cast<size_t>(program_.inputs) + i].in_place = false;
    }
    std::vector<size_t> dims(program_.dims.size());
    for (size_t i = 0; i < dims.size(); i++) dims[i] = i;
    loop_.program = block_loop(in, program_, dims);
    loop_.program.streams = streams ? 1 : 0;
    loop_.blocks = count_blocks(loop_.program);
    loop_.blocks_per_task = even_share(
        loop_.blocks, blocks_per_task(loop_.program, program_cost(program_)));
    tasks_ = task_count(in, loop_.blocks, loop_.blocks_per_task);
    scratch_bytes_ = elementwise_scratch(loop_.program);
  }

  void run(uint32_t task, const Place& place, const Worker& worker,
           Step&) override {
    const Shifts shifts(*this, program_, place);
    run_loop_(loop_, shifts.values, task, worker.scratch);
  }

 private:
  // A write to memory that no cache holds first reads that memory, unless the
  // write is streamed.
  static constexpr uint64_t kStreamedBytes = uint64_t{64} << 20;

  uint64_t bytes() const {
    uint64_t bytes = 0;
    for (const auto& view : program_.views)
      bytes += view.extent * sizeof(float);
    return bytes;
  }

  decltype(Loops::map) run_loop_;
  ElementwiseProgram program_;
  MapLoop loop_{};
};

}  // namespace

std::unique_ptr<Kernel> make_map(RecordReader& in,
                                 const Preparation& preparation) {
  return std::make_unique<Map>(in, preparation);
}

}  // namespace interlatent
