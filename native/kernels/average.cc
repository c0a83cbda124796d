// average: the mean of the results of the tiles of a mini-batch.
#include <algorithm>

#include "kernels/task_count.h"
#include "registry.h"

namespace interlatent {
namespace {

constexpr int64_t kTaskElements = 8192;

class Average final : public Kernel {
 public:
  Average(RecordReader& in, const Preparation& preparation)
      : average_(preparation.loops.average), record_(in) {
    tasks_ = task_count(in, record_.elements, kTaskElements);
    written_ = record_.written;
  }

  void run(uint32_t task, const Place& place, const Worker&, Step&) override {
    const int64_t first = task * kTaskElements;
    average_(record_.target + shift(0, place) + first,
             record_.copies + shift(1, place) + first, record_.count,
             record_.stride, std::min(kTaskElements, record_.elements - first));
  }

  std::optional<TileCopies> tile_copies() const override {
    return TileCopies{const_cast<float*>(record_.copies),
                      static_cast<uint32_t>(record_.count), record_.stride,
                      record_.elements};
  }

 private:
  decltype(Loops::average) average_;
  AverageRecord record_;
};

}  // namespace

std::unique_ptr<Kernel> make_average(RecordReader& in,
                                     const Preparation& preparation) {
  return std::make_unique<Average>(in, preparation);
}

}  // namespace interlatent
