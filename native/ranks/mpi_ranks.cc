// Ranks that send each other what they have. Messages have memory of their own:
// one that is given up stays the library's, which may still write to it.
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "error.h"
#include "ranks/mpi_library.h"

namespace interlatent {
namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;
using Instant = std::chrono::time_point<Clock, Seconds>;

constexpr int kPiecesTag = 1;
constexpr int kNewsTag = 2;
// Counts of MPI are ints.
constexpr size_t kMostBytes = size_t{1} << 30;
constexpr size_t kNewsBytes = 256;
// While nothing comes: the first waits are short, since steps are.
constexpr int kEagerLooks = 200;
constexpr std::chrono::microseconds kShortNap{50};
constexpr std::chrono::milliseconds kLongNap{2};
constexpr Seconds kShortWait{1};
constexpr const char* kSilent = "was not heard of for too long";

// What MPI is to this process.
std::mutex turn;  // of whoever calls MPI
std::unique_ptr<Mpi> begun;
std::atomic<bool> is_given_up{false};

std::unique_lock<std::mutex> my_turn() {
  return std::unique_lock<std::mutex>(turn);
}

[[noreturn]] void cancelled() { throw Error("cancelled", "[mpi] cancelled"); }

// The thread that begins MPI and ends it, as MPI wants. Nobody waits for it
// longer than it may take.
class MainThread {
 public:
  explicit MainThread(std::function<void()> begin) : shared_(new Shared) {
    std::thread([shared = shared_, work = std::move(begin)] {
      shared->tell(work);
      shared->wait_for_end();
    }).detach();
  }

  // Until it has begun. Throws what `begin` threw.
  void wait(const Instant& until) {
    std::unique_lock<std::mutex> lock(shared_->mutex);
    while (!shared_->is_done) {
      shared_->changed.wait_for(lock, kLongNap);
      if (shared_->is_done) break;
      if (is_given_up.load()) cancelled();
      if (Clock::now() > until) {
        throw Error("rank-lost", "[mpi] not all ranks have begun MPI in time");
      }
    }
    if (shared_->problem) throw Error(*shared_->problem);
  }

  // False where it has not ended by then.
  bool end(std::function<void()> work, const Instant& until) {
    {
      const std::lock_guard<std::mutex> lock(shared_->mutex);
      shared_->is_done = false;
      shared_->end = std::move(work);
      shared_->changed.notify_all();
    }
    try {
      wait(until);
      return true;
    } catch (const Error&) {
      return false;
    }
  }

 private:
  // Never freed: the thread may be in the library until the process ends.
  struct Shared {
    std::mutex mutex;
    std::condition_variable changed;
    bool is_done = false;
    std::optional<Error> problem;
    std::function<void()> end;

    void tell(const std::function<void()>& work) {
      std::optional<Error> found;
      try {
        work();
      } catch (const Error& error) {
        found = error;
      }
      const std::lock_guard<std::mutex> lock(mutex);
      problem = found;
      is_done = true;
      changed.notify_all();
    }

    void wait_for_end() {
      std::function<void()> work;
      {
        std::unique_lock<std::mutex> lock(mutex);
        changed.wait(lock, [this] { return end != nullptr; });
        work = end;
      }
      tell(work);
    }
  };

  Shared* const shared_;
};

MainThread* main_thread = nullptr;

// What begins every message of pieces: ranks that are out of step are found
// out.
struct Header {
  uint64_t number, bytes;
};

class MpiRanks final : public Ranks {
 public:
  MpiRanks(const MpiTeam& team, double seconds)
      : Ranks(begun->place().rank - team.first, team.count),
        first_(team.first),
        seconds_(seconds),
        news_(begun->place().size) {
    const auto lock = my_turn();
    for (uint32_t i = 0; i < news_.size(); i++) {
      if (i == rank()) continue;
      news_[i] = new News;
      news_[i]->message =
          begun->receive(news_[i]->text.data(), kNewsBytes, i, kNewsTag);
    }
  }

  void gather(std::span<const il_piece> pieces,
              const IsCancelled& is_cancelled) override {
    number_++;
    std::vector<OnItsWay> all = begin(pieces);
    try {
      wait(all, is_cancelled);
      for (uint32_t i = 0; i < count(); i++) {
        if (i != index() && size_of(pieces, i) > 0) take(pieces, i);
      }
    } catch (const Error&) {
      // What is under way stays the library's.
      new std::vector<OnItsWay>(std::move(all));
      throw;
    }
  }

  void leave(const std::string& why) override {
    if (has_left_.exchange(true)) return;
    tell(why.empty() ? "has left" : why);
  }

  // Not only of the team: MPI ends for all together, or for nobody.
  bool end() override {
    if (has_left_.exchange(true)) cancelled();
    tell("");
    const auto until = Clock::now() + Seconds(seconds_);
    for (uint32_t i = 0; i < news_.size(); i++) {
      while (i != rank() && !has_ended(i)) {
        if (is_given_up.load()) cancelled();
        if (Clock::now() > until) return false;
        std::this_thread::sleep_for(kLongNap);
      }
      if (i != rank() && news_[i]->text[0] != '\0') return false;
    }
    return main_thread->end([] { begun->end(); }, until);
  }

  // Once, before anything else is gathered.
  void tell_hosts() {
    hosts_.resize(count());
    std::vector<std::array<char, kNewsBytes>> names(count());
    {
      const auto lock = my_turn();
      begun->host().copy(names[index()].data(), kNewsBytes - 1);
    }
    std::vector<il_piece> pieces;
    for (uint32_t i = 0; i < count(); i++) {
      pieces.push_back({names[i].data(), kNewsBytes, i});
    }
    gather(pieces, [] { return false; });
    for (uint32_t i = 0; i < count(); i++) hosts_[i] = names[i].data();
  }

 private:
  using Bytes = std::vector<std::byte>;

  // What a rank tells when it goes: nothing when it is done. Never freed.
  struct News {
    std::array<char, kNewsBytes> text{};
    std::unique_ptr<Mpi::Pending> message;
    bool has_come = false;
  };
  struct OnItsWay {
    uint32_t rank;  // of the team
    std::shared_ptr<Bytes> bytes;
    std::unique_ptr<Mpi::Pending> message;
  };

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

  // One message, or several where it is long, from everyone who has something
  // to everyone else.
  std::vector<OnItsWay> begin(std::span<const il_piece> pieces) {
    std::vector<OnItsWay> all;
    received_.assign(count(), nullptr);
    const auto lock = my_turn();
    for (uint32_t owner = 0; owner < count(); owner++) {
      const size_t size = size_of(pieces, owner);
      if (size == 0) continue;
      auto bytes = std::make_shared<Bytes>(sizeof(Header) + size);
      if (owner == index()) {
        fill(*bytes, pieces);
      } else {
        received_[owner] = bytes;
      }
      for (size_t at = 0; at < bytes->size(); at += kMostBytes) {
        std::byte* data = bytes->data() + at;
        const size_t length = std::min(kMostBytes, bytes->size() - at);
        for (uint32_t i = 0; i < count(); i++) {
          if (i == index()) continue;
          if (owner == index()) {
            all.push_back(
                {i, bytes, begun->send(data, length, first_ + i, kPiecesTag)});
          } else if (owner == i) {
            all.push_back(
                {i, bytes,
                 begun->receive(data, length, first_ + i, kPiecesTag)});
          }
        }
      }
    }
    return all;
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

  void wait(std::vector<OnItsWay>& all, const IsCancelled& is_cancelled) {
    auto heard = Clock::now();
    for (int looks = 0;; looks++) {
      const size_t before = all.size();
      look(all);
      if (all.empty()) return;
      const auto now = Clock::now();
      if (all.size() < before) {
        heard = now;
        looks = 0;
        continue;
      }
      if (is_cancelled() || has_left_.load() || is_given_up.load()) {
        cancelled();
      }
      if (now - heard > Seconds(seconds_)) {
        lose(first_ + all.front().rank, kSilent);
      }
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
  void look(std::vector<OnItsWay>& all) {
    {
      const auto lock = my_turn();
      std::erase_if(all,
                    [](const OnItsWay& one) { return one.message->is_done(); });
    }
    if (all.empty()) return;
    for (uint32_t i = 0; i < count(); i++) {
      if (i == index() || !has_ended(first_ + i)) continue;
      // Who is done has sent all that it has.
      const News& news = *news_[first_ + i];
      if (news.text[0] != '\0') lose(first_ + i, news.text.data());
    }
  }

  bool has_ended(uint32_t other) {
    const auto lock = my_turn();
    News& news = *news_[other];
    if (!news.has_come) news.has_come = news.message->is_done();
    news.text.back() = '\0';
    return news.has_come;
  }

  // To all ranks; waits a little, so that it is on its way when this returns.
  void tell(const std::string& text) {
    const auto bytes = std::make_shared<Bytes>(kNewsBytes);
    std::memcpy(bytes->data(), text.data(),
                std::min(text.size(), kNewsBytes - 1));
    std::vector<OnItsWay> all;
    const auto until = Clock::now() + kShortWait;
    try {
      const auto lock = my_turn();
      for (uint32_t i = 0; i < news_.size(); i++) {
        if (i == rank()) continue;
        all.push_back(
            {i, bytes, begun->send(bytes->data(), kNewsBytes, i, kNewsTag)});
      }
      const auto is_gone = [](const OnItsWay& one) {
        return one.message->is_done();
      };
      while (std::erase_if(all, is_gone), !all.empty()) {
        if (Clock::now() > until) break;
        std::this_thread::yield();
      }
    } catch (const Error&) {
      // Whoever waits will find out by its deadline.
    }
    if (!all.empty()) new std::vector<OnItsWay>(std::move(all));
  }

  [[noreturn]] void lose(uint32_t other, const std::string& why) const {
    throw Error("rank-lost", "[mpi] " + name(other) + " " + why);
  }

  const uint32_t first_;
  const double seconds_;
  uint64_t number_ = 0;  // of the gathering at hand
  std::vector<std::string> hosts_;
  std::vector<std::shared_ptr<Bytes>> received_;
  std::vector<News*> news_;  // of all ranks
  std::atomic<bool> has_left_{false};
};

}  // namespace

MpiPlace begin_mpi(const std::string& library, double seconds) {
  static std::atomic<bool> is_first{true};
  if (!is_first.exchange(false)) {
    throw Error("no-mpi", "[mpi] a process is one of the ranks once");
  }
  main_thread = new MainThread([library] { begun = open_mpi(library); });
  try {
    main_thread->wait(Clock::now() + Seconds(seconds));
  } catch (const Error& error) {
    // Another library may be tried.
    if (error.code() == "no-mpi") is_first.store(true);
    throw;
  }
  return begun->place();
}

std::shared_ptr<Ranks> mpi_ranks(const MpiTeam& team, double seconds) {
  auto ranks = std::make_shared<MpiRanks>(team, seconds);
  ranks->tell_hosts();
  return ranks;
}

void give_up_mpi() { is_given_up.store(true); }

}  // namespace interlatent
