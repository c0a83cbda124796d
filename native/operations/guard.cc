// guard: takes runs out of training whose tensors hold NaN or infinity.
#include <atomic>
#include <memory>

#include "operations/pieces.h"
#include "registry.h"

namespace interlatent {
namespace {

class Guard final : public Kernel {
 public:
  Guard(RecordReader& in, const Preparation& preparation)
      : all_finite_(preparation.loops.all_finite) {
    pure_ = false;
    in.expect_operands(2, SIZE_MAX);
    in.expect_reals(0);
    runs_ = in.integer("runs", in.plan().runs, in.plan().runs);
    in.end_of_integers();
    in.check_extent(0, runs_);
    alive_ = in.floats(0, RecordReader::Access::kWrites);
    for (size_t i = 1; i < in.operand_count(); i++) {
      const Operand& operand = in.operand(i);
      Tensor tensor;
      tensor.data = in.floats(i, RecordReader::Access::kReads);
      tensor.run_stride = static_cast<int64_t>(operand.run_stride);
      const int64_t runs = tensor.run_stride == 0 ? 1 : runs_;
      const int64_t strides[] = {runs - 1, tensor.run_stride};
      const int64_t count =
          static_cast<int64_t>(operand.extent) - in.product(strides);
      if (count < 1) in.refuse("a tensor is shorter than its runs");
      pieces_.add(in, runs, count);
      tensors_.push_back(tensor);
    }
    tasks_ = pieces_.tasks(in);
    bad_ = std::make_unique<std::atomic<bool>[]>(static_cast<size_t>(runs_));
  }

  void run(uint32_t task, const Place&, const Worker&, Step&) override {
    pieces_.visit(task, [&](const Pieces::Piece& piece) {
      const Tensor& tensor = tensors_[piece.tensor];
      const float* values =
          tensor.data + piece.run * tensor.run_stride + piece.start;
      if (all_finite_(values, piece.count)) return;
      if (tensor.run_stride == 0) {
        shared_bad_.store(true, std::memory_order_relaxed);
      } else {
        bad_[static_cast<size_t>(piece.run)].store(true,
                                                   std::memory_order_relaxed);
      }
      any_bad_.store(true, std::memory_order_relaxed);
    });
  }

  void finish(const Place&, Step& step) override {
    if (!any_bad_.exchange(false, std::memory_order_relaxed)) return;
    const bool all = shared_bad_.exchange(false, std::memory_order_relaxed);
    for (int64_t run = 0; run < runs_; run++) {
      auto& bad = bad_[static_cast<size_t>(run)];
      const bool lost = bad.exchange(false, std::memory_order_relaxed) || all;
      if (lost && alive_[run] != 0.0f) {
        step.lose_run(static_cast<uint32_t>(run), alive_ + run);
      }
    }
  }

 private:
  struct Tensor {
    const float* data;
    int64_t run_stride;
  };

  decltype(Loops::all_finite) all_finite_;
  int64_t runs_ = 0;
  float* alive_ = nullptr;
  std::vector<Tensor> tensors_;
  Pieces pieces_;
  std::unique_ptr<std::atomic<bool>[]> bad_;
  std::atomic<bool> shared_bad_{false};
  std::atomic<bool> any_bad_{false};
};

}  // namespace

std::unique_ptr<Kernel> make_guard(RecordReader& in,
                                   const Preparation& preparation) {
  return std::make_unique<Guard>(in, preparation);
}

}  // namespace interlatent
