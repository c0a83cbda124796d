// Ranks that exchange data through MPI messages.
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstring>
#include <mutex>
#include <thread>
#include <utility>

#include "error.h"
#include "ranks/mpi_messages.h"
#include "ranks/mpi_thread.h"

namespace interlatent {
namespace {

using Seconds = std::chrono::duration<double>;
using MpiClock = MpiThread::Clock;

constexpr int kPiecesTag = 1;
constexpr int kNoticeTag = 2;
constexpr size_t kNoticeBytes = 256;
// Intervals between polls while no message arrives. The first are short,
// because steps are short.
constexpr int kEagerPolls = 200;
constexpr std::chrono::microseconds kShortNap{50};
constexpr std::chrono::milliseconds kLongNap{2};
constexpr Seconds kShortWait{1};
constexpr const char* kSilent = "did not respond in time";

// The MPI library of this process. Never freed, because the library may be in
// use until the process ends.
std::mutex mpi_mutex;  // held during every call of MPI
Mpi* mpi = nullptr;
MpiThread* main_thread = nullptr;

std::unique_lock<std::mutex> lock_mpi() {
  return std::unique_lock<std::mutex>(mpi_mutex);
}

[[noreturn]] void throw_cancelled() {
  throw Error("cancelled", "[mpi] cancelled");
}

using Bytes = MpiMessage::Bytes;

// The header of every message with pieces. It reveals ranks that are at
// different steps.
struct Header {
  uint64_t number, bytes;
};

class MpiRanks final : public Ranks {
 public:
  MpiRanks(const ProcessGroup& group, double seconds, size_t max_bytes)
      : Ranks(mpi->place().rank - group.first, group.count),
        first_(group.first),
        seconds_(seconds),
        max_bytes_(max_bytes) {}

  ~MpiRanks() override {
    abandon(std::move(outgoing_));
    abandon(std::move(notices_));
  }

  // Called once each, in this order, before anything is gathered.
  void listen() {
    const auto lock = lock_mpi();
    for (uint32_t i = 0; i < mpi->place().size; i++) {
      notices_.push_back({i, std::make_shared<Bytes>(kNoticeBytes)});
      notices_[i].is_done = i == rank();
      if (i == rank()) continue;
      start(notices_[i], Way::kReceive, 0, kNoticeBytes, kNoticeTag);
    }
  }
  void exchange_hosts(const IsCancelled& is_cancelled) {
    std::vector<std::array<char, kNoticeBytes>> names(count());
    mpi->host().copy(names[index()].data(), kNoticeBytes - 1);
    std::vector<il_piece> pieces;
    for (uint32_t i = 0; i < count(); i++) {
      pieces.push_back({names[i].data(), kNoticeBytes, i});
    }
    gather(pieces, is_cancelled);
    for (const auto& name : names) hosts_.emplace_back(name.data());
  }

  void gather(std::span<const il_piece> pieces,
              const IsCancelled& is_cancelled) override {
    if (has_left_.load()) throw_cancelled();
    number_++;
    MpiMessages all;
    try {
      begin(pieces, all);
      wait(all, is_cancelled);
      for (uint32_t i = 0; i < count(); i++) {
        if (i != index() && size_of(pieces, i) > 0) take(pieces, i);
      }
    } catch (const Error&) {
      abandon(std::move(all));
      throw;
    }
  }

  void leave(const std::string& reason) override {
    if (has_left_.exchange(true)) return;
    send_notice(reason.empty() ? "has left" : reason);
  }

  // Waits for all ranks of the launcher, not only for those of the group: MPI
  // ends for all together or for none.
  bool end(const IsCancelled& is_cancelled) override {
    if (has_left_.exchange(true)) throw_cancelled();
    const auto deadline = MpiClock::now() + Seconds(seconds_);
    send_notice("");
    while (!all_sent() || !have_all_ended()) {
      if (is_cancelled()) throw_cancelled();
      if (MpiClock::now() > deadline) return false;
      std::this_thread::sleep_for(kLongNap);
    }
    for (uint32_t i = 0; i < notices_.size(); i++) {
      if (!text(i).empty()) return false;
    }
    return main_thread->end([] { mpi->end(); }, deadline, is_cancelled);
  }

 private:
  uint32_t rank() const { return first_ + index(); }

  std::string name(uint32_t other) const {
    const bool is_known = other >= first_ && other - first_ < hosts_.size();
    return "rank " + std::to_string(other) +
           (is_known ? " on " + hosts_[other - first_] : "");
  }

  static size_t size_of(std::span<const il_piece> pieces, uint32_t owner) {
    size_t bytes = 0;
    for (const il_piece& piece : pieces) {
      if (piece.rank == owner) bytes += piece.bytes;
    }
    return bytes;
  }

  enum class Way { kSend, kReceive };

  // Starts to send or receive. Throws Error "rank-lost" if the library refuses.
  void start(MpiMessage& message, Way way, size_t at, size_t bytes,
             int tag) const {
    std::byte* const data = message.bytes->data() + at;
    try {
      message.pending = way == Way::kSend
                            ? mpi->send(data, bytes, message.rank, tag)
                            : mpi->receive(data, bytes, message.rank, tag);
    } catch (const std::runtime_error& error) {
      message.problem = error.what();
    }
    check_message(message);
  }

  // Starts the messages from every rank that has data to every other rank: one,
  // or several if the data is long.
  void begin(std::span<const il_piece> pieces, MpiMessages& all) {
    received_.assign(count(), nullptr);
    const auto lock = lock_mpi();
    for (uint32_t owner = 0; owner < count(); owner++) {
      const size_t size = size_of(pieces, owner);
      if (size == 0) continue;
      const auto bytes = std::make_shared<Bytes>(sizeof(Header) + size);
      if (owner != index()) {
        received_[owner] = bytes;
        start_all(all, Way::kReceive, first_ + owner, bytes);
        continue;
      }
      fill(*bytes, pieces);
      for (uint32_t i = 0; i < count(); i++) {
        if (i != index()) start_all(all, Way::kSend, first_ + i, bytes);
      }
    }
  }

  void start_all(MpiMessages& all, Way way, uint32_t other,
                 const std::shared_ptr<Bytes>& bytes) const {
    for (size_t at = 0; at < bytes->size(); at += max_bytes_) {
      const size_t length = std::min(max_bytes_, bytes->size() - at);
      MpiMessage message{other, bytes};
      start(message, way, at, length, kPiecesTag);
      all.push_back(std::move(message));
    }
  }

  void fill(Bytes& bytes, std::span<const il_piece> pieces) const {
    const Header header{number_, bytes.size()};
    std::memcpy(bytes.data(), &header, sizeof header);
    size_t at = sizeof header;
    for (const il_piece& piece : pieces) {
      if (piece.rank != index() || piece.bytes == 0) continue;
      std::memcpy(bytes.data() + at, piece.data, piece.bytes);
      at += piece.bytes;
    }
  }

  // Copies the data of another rank to its pieces.
  void take(std::span<const il_piece> pieces, uint32_t owner) const {
    const Bytes& bytes = *received_[owner];
    Header header{};
    std::memcpy(&header, bytes.data(), sizeof header);
    if (header.number != number_ || header.bytes != bytes.size()) {
      throw_lost(first_ + owner, "is at another step");
    }
    size_t at = sizeof header;
    for (const il_piece& piece : pieces) {
      if (piece.rank != owner || piece.bytes == 0) continue;
      std::memcpy(piece.data, bytes.data() + at, piece.bytes);
      at += piece.bytes;
    }
  }

  void wait(MpiMessages& all, const IsCancelled& is_cancelled) {
    auto last_progress = MpiClock::now();
    for (int polls = 0;; polls++) {
      const size_t before = all.size();
      poll_messages(all);
      if (all.empty()) return;
      const auto now = MpiClock::now();
      if (all.size() < before) {
        last_progress = now;
        polls = 0;
        continue;
      }
      if (is_cancelled() || has_left_.load()) throw_cancelled();
      if (now - last_progress > Seconds(seconds_))
        throw_lost(all.front().rank, kSilent);
      if (polls < kEagerPolls) {
        std::this_thread::yield();
      } else if (now - last_progress < kShortWait) {
        std::this_thread::sleep_for(kShortNap);
      } else {
        std::this_thread::sleep_for(kLongNap);
      }
    }
  }

  // Polls the messages and removes those that are done. Throws an Error if a
  // rank has left or a message has failed.
  void poll_messages(MpiMessages& all) {
    {
      const auto lock = lock_mpi();
      poll(all);
    }
    if (all.empty()) return;
    for (uint32_t i = first_; i < first_ + count(); i++) {
      if (i == rank() || !has_ended(i)) continue;
      // A rank that has ended without an error has sent all its data.
      if (!text(i).empty()) throw_lost(i, text(i));
    }
    for (const MpiMessage& message : all) check_message(message);
  }

  bool has_ended(uint32_t other) {
    const auto lock = lock_mpi();
    notices_[other].poll();
    check_message(notices_[other]);
    return notices_[other].is_done;
  }

  bool have_all_ended() {
    const auto lock = lock_mpi();
    for (MpiMessage& notice : notices_) notice.poll();
    return std::ranges::all_of(notices_, &MpiMessage::is_done);
  }

  void check_message(const MpiMessage& message) const {
    if (message.problem.empty()) return;
    throw_lost(message.rank, "is lost: " + message.problem);
  }

  // Returns the reason why a rank has ended; empty if it is done. Only for a
  // rank that has ended.
  std::string text(uint32_t other) const {
    const Bytes& bytes = *notices_[other].bytes;
    const auto* first = reinterpret_cast<const char*>(bytes.data());
    return {first, strnlen(first, bytes.size())};
  }

  // Sends a notice to all ranks. Waits briefly, so that it is in transit when
  // this function returns.
  void send_notice(const std::string& text) {
    const auto bytes = std::make_shared<Bytes>(kNoticeBytes);
    std::memcpy(bytes->data(), text.data(),
                std::min(text.size(), kNoticeBytes - 1));
    {
      const auto lock = lock_mpi();
      for (uint32_t i = 0; i < notices_.size(); i++) {
        if (i == rank()) continue;
        MpiMessage message{i, bytes};
        try {
          start(message, Way::kSend, 0, kNoticeBytes, kNoticeTag);
          outgoing_.push_back(std::move(message));
        } catch (const Error&) {
          // A rank that does not receive the notice detects the loss when its
          // deadline passes.
        }
      }
    }
    const auto deadline = MpiClock::now() + kShortWait;
    while (!all_sent() && MpiClock::now() < deadline) {
      std::this_thread::sleep_for(kShortNap);
    }
  }

  bool all_sent() {
    const auto lock = lock_mpi();
    poll(outgoing_);
    return outgoing_.empty();
  }

  [[noreturn]] void throw_lost(uint32_t other,
                               const std::string& reason) const {
    throw Error("rank-lost", "[mpi] " + name(other) + " " + reason);
  }

  const uint32_t first_;
  const double seconds_;
  const size_t max_bytes_;
  uint64_t number_ = 0;  // of the current exchange
  std::vector<std::string> hosts_;
  std::vector<std::shared_ptr<Bytes>> received_;
  MpiMessages
      notices_;  // from all ranks: why each has ended; empty: it is done
  MpiMessages outgoing_;  // notices in transit
  std::atomic<bool> has_left_{false};
};

}  // namespace

MpiPlace begin_mpi(const std::string& library, double seconds,
                   const Ranks::IsCancelled& is_cancelled) {
  static std::mutex mutex;
  // The error of a second call.
  static Error refusal("no-mpi", "[mpi] a process can begin MPI only once");
  Mpi* opened = nullptr;
  {
    const std::lock_guard<std::mutex> lock(mutex);
    if (main_thread != nullptr) throw Error(refusal);
    opened = open_mpi(library).release();
    main_thread = new MpiThread([opened] { opened->begin(); });
  }
  try {
    main_thread->wait(MpiClock::now() + Seconds(seconds), is_cancelled);
  } catch (const Error& error) {
    const std::lock_guard<std::mutex> lock(mutex);
    if (error.code() == "no-mpi") refusal = error;
    throw;
  }
  mpi = opened;
  return mpi->place();
}

std::shared_ptr<Ranks> mpi_ranks(const ProcessGroup& group, double seconds,
                                 const Ranks::IsCancelled& is_cancelled,
                                 size_t max_bytes) {
  if (mpi == nullptr) throw Error("no-mpi", "[mpi] MPI has not begun");
  const auto [rank, size] = mpi->place();
  const uint64_t end = uint64_t{group.first} + group.count;
  if (rank < group.first || rank >= end || end > size) {
    throw Error("no-mpi",
                "[mpi] the library reports that this process is rank " +
                    std::to_string(rank) + " of " + std::to_string(size) +
                    ", outside the group of " + std::to_string(group.count) +
                    " from rank " + std::to_string(group.first) +
                    " on: it is not the library of the launcher");
  }
  auto ranks = std::make_shared<MpiRanks>(group, seconds, max_bytes);
  ranks->listen();
  ranks->exchange_hosts(is_cancelled);
  return ranks;
}

}  // namespace interlatent
