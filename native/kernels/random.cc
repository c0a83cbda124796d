// random: uniform or normal numbers that depend only on seed, stream, step and
// position.
#include "kernels/task_count.h"
#include "registry.h"

namespace interlatent {
namespace {

class Random final : public Kernel {
 public:
  Random(RecordReader& in, const Preparation& preparation)
      : run_loop_(preparation.loops.random) {
    const RandomRecord record(in, preparation.tiles);
    loop_.out = record.out;
    loop_.seeds = record.seeds;
    loop_.normal = record.normal ? 1 : 0;
    loop_.stream = static_cast<uint32_t>(record.stream);
    loop_.per_run = record.per_run;
    blocks_per_tile_ = record.blocks_per_tile;
    loop_.parts = record.parts;
    loop_.per_part = record.per_part();
    loop_.blocks_per_part = static_cast<uint32_t>(record.blocks_per_part());
    loop_.width = record.width;
    loop_.columns = record.columns;
    loop_.chunk = 1024;
    loop_.chunks = (loop_.per_part + loop_.chunk - 1) / loop_.chunk;
    const int64_t tasks[] = {record.runs, loop_.parts, loop_.chunks};
    tasks_ = task_count(in, in.product(tasks), 1);
    written_ = record.written;
  }

  void run(uint32_t task, const Place& place, const Worker&,
           Step& step) override {
    RandomLoop loop = loop_;
    loop.out += shift(0, place);
    loop.seeds += shift(1, place);
    loop.first_block = static_cast<uint32_t>(place.tile) * blocks_per_tile_;
    run_loop_(loop, step.number(), task);
  }

 private:
  decltype(Loops::random) run_loop_;
  RandomLoop loop_{};
  uint32_t blocks_per_tile_ = 0;
};

}  // namespace

std::unique_ptr<Kernel> make_random(RecordReader& in,
                                    const Preparation& preparation) {
  return std::make_unique<Random>(in, preparation);
}

}  // namespace interlatent
