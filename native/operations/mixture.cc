// The five kernels of the conditional Gaussian-mixture flow.
#include <algorithm>

#include "operations/task_count.h"
#include "registry.h"

namespace interlatent {
namespace {

bool takes_upstream(MixtureResult result) {
  return result == MixtureResult::kLogDensityGradient ||
         result == MixtureResult::kSensitivityGradient;
}

class Mixture final : public Kernel {
 public:
  Mixture(RecordReader& in, const Preparation& preparation,
          MixtureResult result)
      : run_loop_(preparation.loops.mixture) {
    const size_t operands = takes_upstream(result) ? 4 : 3;
    in.expect_operands(operands, operands);
    in.expect_reals(2);
    const int64_t groups = in.dimension("groups");
    const int64_t components = in.integer("K", 1, 256);
    const int64_t batch = in.dimension("B");
    in.end_of_integers();
    const bool rows = result != MixtureResult::kLogDensity &&
                      result != MixtureResult::kEpsilon;
    const int64_t single[] = {groups, batch};
    const int64_t theta[] = {groups, 3 * components, batch};
    const int64_t full[] = {groups, 1 + 3 * components, batch};
    const int64_t outputs = rows ? in.product(full) : in.product(single);
    in.check_extent(0, outputs);
    in.check_extent(1, in.product(single));
    in.check_extent(2, in.product(theta));
    loop_.out = in.floats(0, RecordReader::Access::kWrites);
    loop_.z = in.floats(1, RecordReader::Access::kReads);
    loop_.theta = in.floats(2, RecordReader::Access::kReads);
    if (operands == 4) {
      const bool one = result == MixtureResult::kLogDensityGradient;
      in.check_extent(3, one ? in.product(single) : in.product(full));
      loop_.upstream = in.floats(3, RecordReader::Access::kReads);
    }
    loop_.result = result;
    loop_.components = components;
    loop_.batch = batch;
    loop_.log_scale_min = static_cast<float>(in.real(0));
    loop_.log_scale_max = static_cast<float>(in.real(1));
    if (!(loop_.log_scale_min < loop_.log_scale_max)) {
      in.refuse("logScaleMin must be below logScaleMax");
    }
    loop_.blocks_per_group = (batch - 1) / kMixtureBlock + 1;
    const int64_t blocks[] = {groups, loop_.blocks_per_group};
    loop_.blocks = in.product(blocks);
    // A block of five components takes a microsecond or two.
    loop_.blocks_per_task = std::max<int64_t>(1, 5 / components);
    tasks_ = task_count(in, loop_.blocks, loop_.blocks_per_task);
    scratch_bytes_ = static_cast<size_t>(3 + 11 * components) *
                     static_cast<size_t>(kMixtureBlock) * sizeof(float);
    written_.push_back(
        {0, loop_.out, in.operand(0).run_stride, {outputs}, {1}});
  }

  void run(uint32_t task, const Place& place, const Worker& worker,
           Step&) override {
    MixtureLoop loop = loop_;
    loop.out += shift(0, place);
    loop.z += shift(1, place);
    loop.theta += shift(2, place);
    if (loop.upstream != nullptr) loop.upstream += shift(3, place);
    run_loop_(loop, task, worker.scratch);
  }

 private:
  decltype(Loops::mixture) run_loop_;
  MixtureLoop loop_{};
};

}  // namespace

std::unique_ptr<Kernel> make_mixture(RecordReader& in,
                                     const Preparation& preparation,
                                     MixtureResult result) {
  return std::make_unique<Mixture>(in, preparation, result);
}

}  // namespace interlatent
