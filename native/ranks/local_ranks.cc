// Ranks of one process. Each publishes where its pieces lie; all copy the
// pieces that they lack, and none continues before all have copied.
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <mutex>

#include "error.h"
#include "ranks/ranks.h"

namespace interlatent {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kPollInterval{10};

// The state that all ranks share.
class Rendezvous {
 public:
  Rendezvous(uint32_t count, double seconds)
      : published_(count), has_arrived_(count), seconds_(seconds) {}

  void gather(uint32_t rank, std::span<const il_piece> pieces,
              const Ranks::IsCancelled& is_cancelled) {
    published_[rank] = pieces;
    wait_for_all(rank, is_cancelled);
    const size_t mismatch = first_mismatch();
    if (mismatch == published_.size()) copy(rank, pieces);
    wait_for_copies();
    if (mismatch == published_.size()) return;
    throw Error("rank-lost", "[ranks] rank " + std::to_string(mismatch) +
                                 " exchanges other data than rank 0");
  }

  void leave(uint32_t rank, const std::string& reason) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (failure_.empty()) failure_ = message(rank, reason);
    changed_.notify_all();
  }

 private:
  static std::string message(uint32_t rank, const std::string& reason) {
    return "[ranks] rank " + std::to_string(rank) + " " + reason;
  }

  void copy(uint32_t rank, std::span<const il_piece> pieces) const {
    for (size_t i = 0; i < pieces.size(); i++) {
      const uint32_t owner = pieces[i].rank;
      if (owner == rank || pieces[i].bytes == 0) continue;
      std::memcpy(pieces[i].data, published_[owner][i].data, pieces[i].bytes);
    }
  }

  // Waits until no rank copies any more, even after an error. Published memory
  // must stay valid until then.
  void wait_for_copies() {
    std::unique_lock<std::mutex> lock(mutex_);
    copying_--;
    changed_.notify_all();
    changed_.wait(lock, [this] { return copying_ == 0; });
  }

  // Waits until all ranks have arrived.
  void wait_for_all(uint32_t rank, const Ranks::IsCancelled& is_cancelled) {
    std::unique_lock<std::mutex> lock(mutex_);
    // A cancelled rank reports its cancellation, not that of another rank.
    if (!failure_.empty() && is_cancelled()) throw_cancelled();
    check_failure();
    has_arrived_[rank] = true;
    const uint64_t round = round_;
    if (first_missing() == has_arrived_.size()) {
      has_arrived_.assign(has_arrived_.size(), false);
      copying_ = has_arrived_.size();
      round_++;
      changed_.notify_all();
      return;
    }
    const auto deadline =
        Clock::now() + std::chrono::duration<double>(seconds_);
    while (round_ == round) {
      changed_.wait_for(lock, kPollInterval);
      if (round_ != round) return;
      if (is_cancelled()) {
        if (failure_.empty()) failure_ = message(rank, "was cancelled");
        changed_.notify_all();
        throw_cancelled();
      }
      check_failure();
      if (Clock::now() > deadline) {
        failure_ = message(static_cast<uint32_t>(first_missing()),
                           "did not respond in time");
        changed_.notify_all();
      }
    }
  }

  void check_failure() const {
    if (!failure_.empty()) throw Error("rank-lost", failure_);
  }
  [[noreturn]] static void throw_cancelled() {
    throw Error("cancelled", "[ranks] cancelled");
  }

  // Returns the first rank that has not arrived, or the number of ranks if all
  // have.
  size_t first_missing() const {
    size_t rank = 0;
    while (rank < has_arrived_.size() && has_arrived_[rank]) rank++;
    return rank;
  }

  // Returns the first rank whose pieces differ in size or rank from those of
  // rank 0, or the number of ranks if all agree.
  size_t first_mismatch() const {
    const auto same = [](const il_piece& a, const il_piece& b) {
      return a.bytes == b.bytes && a.rank == b.rank;
    };
    size_t rank = 1;
    while (rank < published_.size() &&
           std::ranges::equal(published_[0], published_[rank], same)) {
      rank++;
    }
    return rank;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::span<const il_piece>> published_;
  std::vector<bool> has_arrived_;
  const double seconds_;
  uint64_t round_ = 0;
  size_t copying_ = 0;
  std::string failure_;
};

class LocalRanks final : public Ranks {
 public:
  LocalRanks(std::shared_ptr<Rendezvous> rendezvous, uint32_t index,
             uint32_t count)
      : Ranks(index, count), rendezvous_(std::move(rendezvous)) {}

  void gather(std::span<const il_piece> pieces,
              const IsCancelled& is_cancelled) override {
    rendezvous_->gather(index(), pieces, is_cancelled);
  }

  void leave(const std::string& reason) override {
    rendezvous_->leave(index(), reason);
  }

 private:
  const std::shared_ptr<Rendezvous> rendezvous_;
};

}  // namespace

std::vector<std::shared_ptr<Ranks>> local_ranks(uint32_t count,
                                                double seconds) {
  const auto rendezvous = std::make_shared<Rendezvous>(count, seconds);
  std::vector<std::shared_ptr<Ranks>> all;
  for (uint32_t i = 0; i < count; i++) {
    all.push_back(std::make_shared<LocalRanks>(rendezvous, i, count));
  }
  return all;
}

}  // namespace interlatent
