// log|det A|, its gradient and the sign, for many small matrices.
#include <algorithm>
#include <cmath>

#include "kernels/task_count.h"
#include "registry.h"

namespace interlatent {
namespace {

class Determinant final : public Kernel {
 public:
  Determinant(RecordReader& in, const Preparation& preparation)
      : run_loop_(preparation.loops.determinant) {
    const DeterminantRecord record(in);
    const int64_t d = record.d;
    loop_.result = record.result;
    loop_.out = record.out;
    loop_.matrices = record.matrices;
    loop_.upstream = record.upstream;
    loop_.d = d;
    loop_.batch = record.batch;
    loop_.count = record.groups * record.batch;
    loop_.log_floor = record.log_floor;
    // 16 matrices of d = 16 take about two microseconds.
    loop_.per_task = kLanes * std::max<int64_t>(1, 4096 / (d * d * d + 32));
    tasks_ = task_count(in, loop_.count, loop_.per_task);
    scratch_bytes_ =
        static_cast<size_t>(d * (d | 1) + d) * size_t{kLanes} * sizeof(float);
    flops_ = record.flops;
    written_ = record.written;
  }

  void run(uint32_t task, const Place& place, const Worker& worker,
           Step&) override {
    DeterminantLoop loop = loop_;
    loop.out += shift(0, place);
    loop.matrices += shift(1, place);
    if (loop.upstream != nullptr) loop.upstream += shift(2, place);
    run_loop_(loop, task, worker.scratch);
  }

 private:
  decltype(Loops::determinant) run_loop_;
  DeterminantLoop loop_{};
};

}  // namespace

std::unique_ptr<Kernel> make_determinant(RecordReader& in,
                                         const Preparation& preparation) {
  return std::make_unique<Determinant>(in, preparation);
}

}  // namespace interlatent
