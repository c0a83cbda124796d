// guard: takes runs out of training if their tensors contain NaN or infinity.
#include <atomic>
#include <memory>

#include "kernels/pieces.h"
#include "registry.h"

namespace interlatent {
namespace {

class Guard final : public Kernel {
 public:
  Guard(RecordReader& in, const Preparation& preparation)
      : all_finite_(preparation.loops.all_finite), record_(in) {
    pure_ = false;
    for (const GuardRecord::Tensor& tensor : record_.tensors) {
      pieces_.add(in, tensor.runs, tensor.count);
    }
    tasks_ = pieces_.tasks(in);
    bad_ = std::make_unique<std::atomic<bool>[]>(
        static_cast<size_t>(record_.runs));
  }

  void run(uint32_t task, const Place&, const Worker&, Step&) override {
    pieces_.visit(task, [&](const Pieces::Piece& piece) {
      const GuardRecord::Tensor& tensor = record_.tensors[piece.tensor];
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
    for (int64_t run = 0; run < record_.runs; run++) {
      auto& bad = bad_[static_cast<size_t>(run)];
      const bool lost = bad.exchange(false, std::memory_order_relaxed) || all;
      if (lost && record_.alive[run] != 0.0f) {
        step.lose_run(static_cast<uint32_t>(run), record_.alive + run);
      }
    }
  }

 private:
  decltype(Loops::all_finite) all_finite_;
  GuardRecord record_;
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
