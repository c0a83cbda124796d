// Ranks that send each other what they have.
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
constexpr int kNewsTag = 2;
constexpr size_t kNewsBytes = 256;
// While nothing comes: the first waits are short, since steps are.
constexpr int kEagerLooks = 200;
constexpr std::chrono::microseconds kShortNap{50};
constexpr std::chrono::milliseconds kLongNap{2};
constexpr Seconds kShortWait{1};
constexpr const char* kSilent = "was not heard of for too long";

// What MPI is to this process; never freed, since the library may be in use
// until the process ends.
std::mutex turn;  // of whoever calls MPI
Mpi* mpi = nullptr;
MpiThread* main_thread = nullptr;

std::unique_lock<std::mutex> my_turn() {
  return std::unique_lock<std::mutex>(turn);
}

[[noreturn]] void cancelled() { throw Error("cancelled", "[mpi] cancelled"); }

using Bytes = MpiMessage::Bytes;

// What begins every message of pieces: ranks that are out of step are found
// out.
struct Header {
  uint64_t number, bytes;
};

class MpiRanks final : public Ranks {
 public:
  MpiRanks(const MpiTeam& team, double seconds, size_t most_bytes)
      : Ranks(mpi->place().rank - team.first, team.count),
        first_(team.first),
        seconds_(seconds),
        most_bytes_(most_bytes) {}

  ~MpiRanks() override {
    give_up(std::move(told_));
    give_up(std::move(news_));
  }

  // Both once, before anything is gathered.
  void listen() {
    const auto lock = my_turn();
    for (uint32_t i = 0; i < mpi->place().size; i++) {
      news_.push_back({i, std::make_shared<Bytes>(kNewsBytes)});
      news_[i].is_done = i == rank();
      if (i == rank()) continue;
      start(news_[i], Way::kReceive, 0, kNewsBytes, kNewsTag);
    }
  }
  void tell_hosts(const IsCancelled& is_cancelled) {
    std::vector<std::array<char, kNewsBytes>> names(count());
    mpi->host().copy(names[index()].data(), kNewsBytes - 1);
    std::vector<il_piece> pieces;
    for (uint32_t i = 0; i < count(); i++) {
      pieces.push_back({names[i].data(), kNewsBytes, i});
    }
    gather(pieces, is_cancelled);
    for (const auto& name : names) hosts_.emplace_back(name.data());
  }

  void gather(std::span<const il_piece> pieces,
              const IsCancelled& is_cancelled) override {
    if (has_left_.load()) cancelled();
    number_++;
    MpiMessages all;
    try {
      begin(pieces, all);
      wait(all, is_cancelled);
      for (uint32_t i = 0; i < count(); i++) {
        if (i != index() && size_of(pieces, i) > 0) take(pieces, i);
      }
    } catch (const Error&) {
      give_up(std::move(all));
      throw;
    }
  }

  void leave(const std::string& why) override {
    if (has_left_.exchange(true)) return;
    tell(why.empty() ? "has left" : why);
  }

  // Not only of the team: MPI ends for all together, or for nobody.
  bool end(const IsCancelled& is_cancelled) override {
    if (has_left_.exchange(true)) cancelled();
    const auto until = MpiClock::now() + Seconds(seconds_);
    tell("");
    while (!is_told() || !all_have_ended()) {
      if (is_cancelled()) cancelled();
      if (MpiClock::now() > until) return false;
      std::this_thread::sleep_for(kLongNap);
    }
    for (uint32_t i = 0; i < news_.size(); i++) {
      if (!text(i).empty()) return false;
    }
    return main_thread->end([] { mpi->end(); }, until, is_cancelled);
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

  // Throws Error "rank-lost" where the library refuses it.
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

  // One message, or several where it is long, from everyone who has something
  // to everyone else.
  void begin(std::span<const il_piece> pieces, MpiMessages& all) {
    received_.assign(count(), nullptr);
    const auto lock = my_turn();
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
    for (size_t at = 0; at < bytes->size(); at += most_bytes_) {
      const size_t length = std::min(most_bytes_, bytes->size() - at);
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

  // What another has sent, to where it belongs.
  void take(std::span<const il_piece> pieces, uint32_t owner) const {
    const Bytes& bytes = *received_[owner];
    Header header{};
    std::memcpy(&header, bytes.data(), sizeof header);
    if (header.number != number_ || header.bytes != bytes.size()) {
      lose(first_ + owner, "is at something else");
    }
    size_t at = sizeof header;
    for (const il_piece& piece : pieces) {
      if (piece.rank != owner || piece.bytes == 0) continue;
      std::memcpy(piece.data, bytes.data() + at, piece.bytes);
      at += piece.bytes;
    }
  }

  void wait(MpiMessages& all, const IsCancelled& is_cancelled) {
    auto heard = MpiClock::now();
    for (int looks = 0;; looks++) {
      const size_t before = all.size();
      look_at(all);
      if (all.empty()) return;
      const auto now = MpiClock::now();
      if (all.size() < before) {
        heard = now;
        looks = 0;
        continue;
      }
      if (is_cancelled() || has_left_.load()) cancelled();
      if (now - heard > Seconds(seconds_)) lose(all.front().rank, kSilent);
      if (looks < kEagerLooks) {
        std::this_thread::yield();
      } else if (now - heard < kShortWait) {
        std::this_thread::sleep_for(kShortNap);
      } else {
        std::this_thread::sleep_for(kLongNap);
      }
    }
  }

  // What has arrived is taken out.
  void look_at(MpiMessages& all) {
    {
      const auto lock = my_turn();
      look(all);
    }
    if (all.empty()) return;
    for (uint32_t i = first_; i < first_ + count(); i++) {
      if (i == rank() || !has_ended(i)) continue;
      // Who is done has sent all that it has.
      if (!text(i).empty()) lose(i, text(i));
    }
    for (const MpiMessage& one : all) check_message(one);
  }

  bool has_ended(uint32_t other) {
    const auto lock = my_turn();
    news_[other].look();
    check_message(news_[other]);
    return news_[other].is_done;
  }

  bool all_have_ended() {
    const auto lock = my_turn();
    for (MpiMessage& own : news_) own.look();
    return std::ranges::all_of(news_, &MpiMessage::is_done);
  }

  void check_message(const MpiMessage& message) const {
    if (message.problem.empty()) return;
    lose(message.rank, "is lost: " + message.problem);
  }

  // Of one that has ended.
  std::string text(uint32_t other) const {
    const Bytes& bytes = *news_[other].bytes;
    const auto* first = reinterpret_cast<const char*>(bytes.data());
    return {first, strnlen(first, bytes.size())};
  }

  // To all ranks; waits a little, so that it is on its way when this returns.
  void tell(const std::string& text) {
    const auto bytes = std::make_shared<Bytes>(kNewsBytes);
    std::memcpy(bytes->data(), text.data(),
                std::min(text.size(), kNewsBytes - 1));
    {
      const auto lock = my_turn();
      for (uint32_t i = 0; i < news_.size(); i++) {
        if (i == rank()) continue;
        MpiMessage message{i, bytes};
        try {
          start(message, Way::kSend, 0, kNewsBytes, kNewsTag);
          told_.push_back(std::move(message));
        } catch (const Error&) {
          // Whoever waits will find out by its deadline.
        }
      }
    }
    const auto until = MpiClock::now() + kShortWait;
    while (!is_told() && MpiClock::now() < until) {
      std::this_thread::sleep_for(kShortNap);
    }
  }

  bool is_told() {
    const auto lock = my_turn();
    look(told_);
    return told_.empty();
  }

  [[noreturn]] void lose(uint32_t other, const std::string& why) const {
    throw Error("rank-lost", "[mpi] " + name(other) + " " + why);
  }

  const uint32_t first_;
  const double seconds_;
  const size_t most_bytes_;
  uint64_t number_ = 0;  // of the gathering at hand
  std::vector<std::string> hosts_;
  std::vector<std::shared_ptr<Bytes>> received_;
  MpiMessages news_;  // of all ranks: nothing where they are done
  MpiMessages told_;  // by `tell`, and on their way
  std::atomic<bool> has_left_{false};
};

}  // namespace

MpiPlace begin_mpi(const std::string& library, double seconds,
                   const Ranks::IsCancelled& is_cancelled) {
  static std::mutex mutex;
  // What a second call is told.
  static Error refusal("no-mpi", "[mpi] a process is one of the ranks once");
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

std::shared_ptr<Ranks> mpi_ranks(const MpiTeam& team, double seconds,
                                 const Ranks::IsCancelled& is_cancelled,
                                 size_t most_bytes) {
  if (mpi == nullptr) throw Error("no-mpi", "[mpi] it has not begun");
  const auto [rank, size] = mpi->place();
  const uint64_t end = uint64_t{team.first} + team.count;
  if (rank < team.first || rank >= end || end > size) {
    throw Error("no-mpi", "[mpi] to the library this process is rank " +
                              std::to_string(rank) + " of " +
                              std::to_string(size) + ", which is none of " +
                              std::to_string(team.count) + " from rank " +
                              std::to_string(team.first) +
                              " on: it is not the launcher's");
  }
  auto ranks = std::make_shared<MpiRanks>(team, seconds, most_bytes);
  ranks->listen();
  ranks->tell_hosts(is_cancelled);
  return ranks;
}

}  // namespace interlatent
