// random: uniform or normal numbers that depend on seed, stream, step and
// position alone.
#include "operations/task_count.h"
#include "registry.h"

namespace interlatent {
namespace {

class Random final : public Kernel {
 public:
  Random(RecordReader& in, const Preparation& preparation)
      : run_loop_(preparation.loops.random) {
    in.expect_operands(2, 2);
    in.expect_reals(0);
    loop_.normal = static_cast<int32_t>(in.integer("the kind", 0, 1));
    loop_.stream = static_cast<uint32_t>(in.integer("stream", 0, UINT32_MAX));
    const int64_t runs = in.integer("runs", 1, in.plan().runs);
    // The counter has 32 bits for blocks of four.
    loop_.per_run = in.integer("perRun", 1, int64_t{1} << 34);
    const bool per_tile = in.integer("perTile", 0, 1) == 1;
    const int64_t blocks[] = {preparation.tiles, (loop_.per_run + 3) / 4};
    if (per_tile && in.product(blocks) > int64_t{1} << 32) {
      in.refuse("its tiles draw more than 2^34 numbers together");
    }
    blocks_per_tile_ = per_tile ? static_cast<uint32_t>(blocks[1]) : 0;
    in.end_of_integers();
    const int64_t sizes[] = {runs, loop_.per_run};
    in.check_extent(0, in.product(sizes));
    in.check_extent(1, 2 * runs);
    loop_.out = in.floats(0, RecordReader::Access::kWrites);
    loop_.seeds = in.int32s(1);
    loop_.chunk = 1024;
    loop_.chunks = (loop_.per_run + loop_.chunk - 1) / loop_.chunk;
    const int64_t tasks[] = {runs, loop_.chunks};
    tasks_ = task_count(in, in.product(tasks), 1);
    written_.push_back({0,
                        loop_.out,
                        in.operand(0).run_stride,
                        {runs, loop_.per_run},
                        {loop_.per_run, 1}});
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
