// The six kernels of the conditional Gaussian-mixture flow.
#include <algorithm>

#include "kernels/task_count.h"
#include "registry.h"

namespace interlatent {
namespace {

class Mixture final : public Kernel {
 public:
  Mixture(RecordReader& in, const Preparation& preparation)
      : run_loop_(preparation.loops.mixture) {
    const MixtureRecord record(in);
    const int64_t components = record.components;
    loop_.result = record.result;
    loop_.out = record.out;
    loop_.value = record.value;
    loop_.z = record.z;
    loop_.theta = record.theta;
    loop_.upstream = record.upstream;
    loop_.components = components;
    loop_.batch = record.batch;
    loop_.log_scale_min = record.log_scale_min;
    loop_.log_scale_max = record.log_scale_max;
    loop_.blocks_per_group = (record.batch - 1) / kMixtureBlock + 1;
    const int64_t blocks[] = {record.groups, loop_.blocks_per_group};
    loop_.blocks = in.product(blocks);
    // A block of five components takes one or two microseconds.
    loop_.blocks_per_task = std::max<int64_t>(1, 5 / components);
    tasks_ = task_count(in, loop_.blocks, loop_.blocks_per_task);
    scratch_bytes_ =
        static_cast<size_t>(mixture_scratch(components)) * sizeof(float);
    written_ = record.written;
  }

  void run(uint32_t task, const Place& place, const Worker& worker,
           Step&) override {
    MixtureLoop loop = loop_;
    size_t next = 0;
    loop.out += shift(next++, place);
    if (loop.value != nullptr) loop.value += shift(next++, place);
    loop.z += shift(next++, place);
    loop.theta += shift(next++, place);
    if (loop.upstream != nullptr) loop.upstream += shift(next, place);
    run_loop_(loop, task, worker.scratch);
  }

 private:
  decltype(Loops::mixture) run_loop_;
  MixtureLoop loop_{};
};

}  // namespace

std::unique_ptr<Kernel> make_mixture(RecordReader& in,
                                     const Preparation& preparation) {
  return std::make_unique<Mixture>(in, preparation);
}

}  // namespace interlatent
