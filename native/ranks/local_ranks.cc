// Ranks of one process: each shows the others where its pieces lie, all copy
// what they lack, and nobody goes on before all have.
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

constexpr std::chrono::milliseconds kLook{10};

// Where all meet.
class Table {
 public:
  Table(uint32_t count, double seconds)
      : shown_(count), has_come_(count), seconds_(seconds) {}

  void gather(uint32_t rank, std::span<const il_piece> pieces,
              const Ranks::IsCancelled& is_cancelled) {
    shown_[rank] = pieces;
    meet(rank, is_cancelled);
    const size_t other = differing();
    if (other == shown_.size()) copy(rank, pieces);
    part();
    if (other == shown_.size()) return;
    throw Error("rank-lost", "[ranks] rank " + std::to_string(other) +
                                 " has other pieces than rank 0");
  }

  void check() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    refuse_lost();
  }

  void leave(uint32_t rank, const std::string& why) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (lost_.empty()) lost_ = message(rank, why);
    changed_.notify_all();
  }

 private:
  static std::string message(uint32_t rank, const std::string& why) {
    return "[ranks] rank " + std::to_string(rank) + " " + why;
  }

  void copy(uint32_t rank, std::span<const il_piece> pieces) const {
    for (size_t i = 0; i < pieces.size(); i++) {
      const uint32_t owner = pieces[i].rank;
      if (owner == rank || pieces[i].bytes == 0) continue;
      std::memcpy(pieces[i].data, shown_[owner][i].data, pieces[i].bytes);
    }
  }

  // Waits until nobody copies any more, whatever else happens: what is shown
  // must stay until then.
  void part() {
    std::unique_lock<std::mutex> lock(mutex_);
    copying_--;
    changed_.notify_all();
    changed_.wait(lock, [this] { return copying_ == 0; });
  }

  // Waits until all have come.
  void meet(uint32_t rank, const Ranks::IsCancelled& is_cancelled) {
    std::unique_lock<std::mutex> lock(mutex_);
    // Whoever is cancelled too need not be told that another was.
    if (!lost_.empty() && is_cancelled()) refuse_cancelled();
    refuse_lost();
    has_come_[rank] = true;
    const uint64_t meeting = meeting_;
    if (missing() == has_come_.size()) {
      has_come_.assign(has_come_.size(), false);
      copying_ = has_come_.size();
      meeting_++;
      changed_.notify_all();
      return;
    }
    const auto deadline =
        Clock::now() + std::chrono::duration<double>(seconds_);
    while (meeting_ == meeting) {
      changed_.wait_for(lock, kLook);
      if (meeting_ != meeting) return;
      if (is_cancelled()) {
        if (lost_.empty()) lost_ = message(rank, "was cancelled");
        changed_.notify_all();
        refuse_cancelled();
      }
      refuse_lost();
      if (Clock::now() > deadline) {
        lost_ = message(static_cast<uint32_t>(missing()),
                        "was not heard of for too long");
        changed_.notify_all();
      }
    }
  }

  void refuse_lost() const {
    if (!lost_.empty()) throw Error("rank-lost", lost_);
  }
  [[noreturn]] static void refuse_cancelled() {
    throw Error("cancelled", "[ranks] cancelled");
  }

  // The first that has not come; the number of all when all have.
  size_t missing() const {
    size_t rank = 0;
    while (rank < has_come_.size() && has_come_[rank]) rank++;
    return rank;
  }

  // The first whose pieces have other sizes than those of rank 0.
  size_t differing() const {
    const auto same = [](const il_piece& a, const il_piece& b) {
      return a.bytes == b.bytes && a.rank == b.rank;
    };
    size_t rank = 1;
    while (rank < shown_.size() &&
           std::ranges::equal(shown_[0], shown_[rank], same)) {
      rank++;
    }
    return rank;
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::span<const il_piece>> shown_;
  std::vector<bool> has_come_;
  const double seconds_;
  uint64_t meeting_ = 0;
  size_t copying_ = 0;
  std::string lost_;
};

class LocalRanks final : public Ranks {
 public:
  LocalRanks(std::shared_ptr<Table> table, uint32_t index, uint32_t count)
      : Ranks(index, count), table_(std::move(table)) {}

  void gather(std::span<const il_piece> pieces,
              const IsCancelled& is_cancelled) override {
    table_->gather(index(), pieces, is_cancelled);
  }

  void leave(const std::string& why) override { table_->leave(index(), why); }

  void check() override { table_->check(); }

 private:
  const std::shared_ptr<Table> table_;
};

}  // namespace

std::vector<std::shared_ptr<Ranks>> local_ranks(uint32_t count,
                                                double seconds) {
  const auto table = std::make_shared<Table>(count, seconds);
  std::vector<std::shared_ptr<Ranks>> all;
  for (uint32_t i = 0; i < count; i++) {
    all.push_back(std::make_shared<LocalRanks>(table, i, count));
  }
  return all;
}

}  // namespace interlatent
