// average: the mean of what the tiles of a mini-batch computed.
#include <algorithm>

#include "operations/task_count.h"
#include "registry.h"

namespace interlatent {
namespace {

constexpr int64_t kTaskElements = 8192;

class Average final : public Kernel {
 public:
  Average(RecordReader& in, const Preparation& preparation)
      : average_(preparation.loops.average) {
    in.expect_operands(2, 2);
    in.expect_reals(0);
    count_ = in.dimension("tiles");
    stride_ = in.stride("the tiles' distance");
    elements_ = in.dimension("elements");
    in.end_of_integers();
    const int64_t dims[] = {count_, elements_};
    const int64_t strides[] = {stride_, 1};
    in.check_extent(0, elements_);
    in.check_view(1, dims, strides);
    target_ = in.floats(0, RecordReader::Access::kWrites);
    rows_ = in.floats(1, RecordReader::Access::kReads);
    tasks_ = task_count(in, elements_, kTaskElements);
    written_.push_back({0, target_, 0, {elements_}, {1}});
  }

  void run(uint32_t task, const Place& place, const Worker&, Step&) override {
    const int64_t first = task * kTaskElements;
    average_(target_ + shift(0, place) + first, rows_ + shift(1, place) + first,
             count_, stride_, std::min(kTaskElements, elements_ - first));
  }

 private:
  decltype(Loops::average) average_;
  float* target_ = nullptr;
  const float* rows_ = nullptr;
  int64_t count_ = 0, stride_ = 0, elements_ = 0;
};

}  // namespace

std::unique_ptr<Kernel> make_average(RecordReader& in,
                                     const Preparation& preparation) {
  return std::make_unique<Average>(in, preparation);
}

}  // namespace interlatent
