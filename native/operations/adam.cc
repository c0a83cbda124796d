// adam: one optimizer step for every parameter of every living run.
#include <cmath>

#include "operations/pieces.h"
#include "registry.h"

namespace interlatent {
namespace {

class Adam final : public Kernel {
 public:
  Adam(RecordReader& in, const Preparation& preparation)
      : adam_(preparation.loops.adam) {
    pure_ = false;
    in.expect_operands(6, 6);
    in.expect_reals(3);
    using Access = RecordReader::Access;
    parameters_ = in.floats(0, Access::kWrites);
    first_ = in.floats(1, Access::kWrites);
    second_ = in.floats(2, Access::kWrites);
    gradients_ = in.floats(3, Access::kReads);
    alive_ = in.floats(4, Access::kReads);
    rates_ = in.floats(5, Access::kReads);
    rate_count_ = static_cast<int64_t>(in.operand(5).extent) - 1;
    runs_ = in.integer("runs", 1, in.plan().runs);
    in.check_extent(4, runs_);
    const int64_t segments = in.integer("segments", 1, 1 << 20);
    for (int64_t i = 0; i < segments; i++) {
      Segment segment;
      segment.offset = in.stride("a segment's offset");
      segment.per_run = in.dimension("a segment's size");
      segment.rate = in.integer("a segment's rate", 0, rate_count_ - 1);
      const int64_t sizes[] = {runs_, segment.per_run};
      const int64_t end = in.product(sizes) + segment.offset;
      for (size_t operand = 0; operand < 4; operand++) {
        in.check_extent(operand, end);
      }
      pieces_.add(in, runs_, segment.per_run);
      segments_.push_back(segment);
    }
    in.end_of_integers();
    beta1_ = decay(in, 0);
    beta2_ = decay(in, 1);
    epsilon_ = in.real(2);
    tasks_ = pieces_.tasks(in);
  }

  void run(uint32_t task, const Place&, const Worker&, Step& step) override {
    const double start = double{rates_[rate_count_]};
    const double t = static_cast<double>(step.number()) + 1 - start;
    // Also refuses NaN.
    if (!(t >= 1)) {
      step.fail(task, "out-of-range",
                "the step lies before adamStart, " + std::to_string(start));
      return;
    }
    AdamStep constants;
    constants.beta1 = static_cast<float>(beta1_);
    constants.beta2 = static_cast<float>(beta2_);
    constants.epsilon = static_cast<float>(epsilon_);
    const double first_correction = 1 - std::pow(beta1_, t);
    constants.second_correction =
        static_cast<float>(1 / std::sqrt(1 - std::pow(beta2_, t)));
    pieces_.visit(task, [&](const Pieces::Piece& piece) {
      if (alive_[piece.run] == 0.0f) return;
      const Segment& segment = segments_[piece.tensor];
      constants.rate =
          static_cast<float>(double{rates_[segment.rate]} / first_correction);
      const int64_t at =
          segment.offset + piece.run * segment.per_run + piece.start;
      adam_(constants, gradients_ + at, parameters_ + at, first_ + at,
            second_ + at, piece.count);
    });
  }

 private:
  struct Segment {
    int64_t offset, per_run, rate;
  };

  static double decay(const RecordReader& in, size_t index) {
    const double value = in.real(index);
    if (!(value >= 0 && value < 1)) {
      in.refuse("a decay is " + std::to_string(value) +
                ", accepted are numbers from 0 to below 1");
    }
    return value;
  }

  decltype(Loops::adam) adam_;
  float* parameters_ = nullptr;
  float* first_ = nullptr;
  float* second_ = nullptr;
  const float* gradients_ = nullptr;
  const float* alive_ = nullptr;
  const float* rates_ = nullptr;
  int64_t rate_count_ = 0;
  int64_t runs_ = 0;
  std::vector<Segment> segments_;
  Pieces pieces_;
  double beta1_ = 0, beta2_ = 0, epsilon_ = 0;
};

}  // namespace

std::unique_ptr<Kernel> make_adam(RecordReader& in,
                                  const Preparation& preparation) {
  return std::make_unique<Adam>(in, preparation);
}

}  // namespace interlatent
