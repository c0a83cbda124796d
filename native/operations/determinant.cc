// log|det A|, its gradient and the sign, of many small matrices.
#include <algorithm>
#include <cmath>

#include "operations/task_count.h"
#include "registry.h"

namespace interlatent {
namespace {

class Determinant final : public Kernel {
 public:
  Determinant(RecordReader& in, const Preparation& preparation,
              DeterminantResult result)
      : run_loop_(preparation.loops.determinant) {
    const bool gradient = result == DeterminantResult::kLogAbsGradient;
    const bool floored = result != DeterminantResult::kSign;
    in.expect_operands(gradient ? 3 : 2, gradient ? 3 : 2);
    in.expect_reals(floored ? 1 : 0);
    const int64_t groups = in.dimension("groups");
    const int64_t d = in.integer("d", 1, kLargestDeterminant);
    const int64_t batch = in.dimension("B");
    in.end_of_integers();
    const int64_t single[] = {groups, batch};
    const int64_t full[] = {groups, d, d, batch};
    loop_.count = in.product(single);
    const int64_t outputs = gradient ? in.product(full) : loop_.count;
    in.check_extent(0, outputs);
    in.check_extent(1, in.product(full));
    loop_.out = in.floats(0, RecordReader::Access::kWrites);
    loop_.matrices = in.floats(1, RecordReader::Access::kReads);
    if (gradient) {
      in.check_extent(2, loop_.count);
      loop_.upstream = in.floats(2, RecordReader::Access::kReads);
    }
    loop_.result = result;
    loop_.d = d;
    loop_.batch = batch;
    loop_.log_floor = floored ? static_cast<float>(in.real(0)) : 0.0f;
    if (!(loop_.log_floor <= 0) || std::isinf(loop_.log_floor)) {
      in.refuse("the logarithm of the floor must be finite and at most 0");
    }
    // 16 matrices of d = 16 take about two microseconds.
    loop_.per_task = kLanes * std::max<int64_t>(1, 4096 / (d * d * d + 32));
    tasks_ = task_count(in, loop_.count, loop_.per_task);
    scratch_bytes_ =
        static_cast<size_t>(d * (d | 1) + d) * size_t{kLanes} * sizeof(float);
    const double cube = static_cast<double>(d * d * d);
    flops_ = static_cast<double>(loop_.count) * cube * (gradient ? 2 : 2.0 / 3);
    written_.push_back(
        {0, loop_.out, in.operand(0).run_stride, {outputs}, {1}});
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
                                         const Preparation& preparation,
                                         DeterminantResult result) {
  return std::make_unique<Determinant>(in, preparation, result);
}

}  // namespace interlatent
