// adam: one optimizer step for every parameter of every live run.
#include <cmath>

#include "kernels/pieces.h"
#include "registry.h"

namespace interlatent {
namespace {

class Adam final : public Kernel {
 public:
  Adam(RecordReader& in, const Preparation& preparation)
      : adam_(preparation.loops.adam), record_(in) {
    pure_ = false;
    moved_ = record_.moved;
    for (const auto& segment : record_.segments) {
      pieces_.add(in, record_.runs, segment.per_run);
    }
    tasks_ = pieces_.tasks(in);
  }

  void run(uint32_t task, const Place&, const Worker&, Step& step) override {
    const double start = double{record_.rates[record_.rate_count]};
    const double t = static_cast<double>(step.number()) + 1 - start;
    // The negated comparison also refuses NaN.
    if (!(t >= 1)) {
      step.fail(task, "out-of-range",
                "the step precedes adamStart, " + std::to_string(start));
      return;
    }
    AdamStep constants;
    constants.beta1 = static_cast<float>(record_.beta1);
    constants.beta2 = static_cast<float>(record_.beta2);
    constants.epsilon = static_cast<float>(record_.epsilon);
    const double first_correction = 1 - std::pow(record_.beta1, t);
    constants.second_correction =
        static_cast<float>(1 / std::sqrt(1 - std::pow(record_.beta2, t)));
    pieces_.visit(task, [&](const Pieces::Piece& piece) {
      if (record_.alive[piece.run] == 0.0f) return;
      const auto& segment = record_.segments[piece.tensor];
      constants.rate = static_cast<float>(double{record_.rates[segment.rate]} /
                                          first_correction);
      const int64_t at =
          segment.offset + piece.run * segment.per_run + piece.start;
      adam_(constants, record_.gradients + at, record_.parameters + at,
            record_.first + at, record_.second + at, piece.count);
    });
  }

 private:
  decltype(Loops::adam) adam_;
  AdamRecord record_;
  Pieces pieces_;
};

}  // namespace

std::unique_ptr<Kernel> make_adam(RecordReader& in,
                                  const Preparation& preparation) {
  return std::make_unique<Adam>(in, preparation);
}

}  // namespace interlatent
