// The few functions of MPI 3.1 that are needed, under the two binary interfaces
// that there are: that of Open MPI, where handles are addresses, and that of
// MPICH, which Intel's, Cray's and MVAPICH's have too, where they are numbers.
#include "ranks/mpi.h"

#ifndef _WIN32
#include <dlfcn.h>
#endif

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "error.h"

namespace interlatent {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kSerialized = 2;  // MPI_THREAD_SERIALIZED
constexpr int kPieces = 1;      // tags
constexpr int kNews = 2;
// Counts of MPI are ints.
constexpr uint64_t kMostBytes = uint64_t{1} << 30;
constexpr size_t kNewsBytes = 256;
// While nothing comes: the first waits are short, since steps are.
constexpr int kEagerLooks = 200;
constexpr std::chrono::microseconds kNap{50};

[[noreturn]] void refuse(const std::string& why) {
  throw Error("no-mpi", "[mpi] " + why);
}

// As soon as they are opened, libraries below MPI patch the functions that take
// and give back memory, and try them by moving the end of the heap, while other
// threads of this process are in them.
void leave_memory_alone() {
#ifndef _WIN32
  setenv("OMPI_MCA_memory", "^patcher", 0);
  setenv("UCX_MEM_EVENTS", "no", 0);
#endif
}

void* open_library(const std::string& path) {
#ifdef _WIN32
  (void)path;
  refuse("ranks of a launcher are not supported on Windows");
#else
  // Global: its parts look for its own functions.
  return dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL);
#endif
}

void* find(void* library, const char* name) {
#ifdef _WIN32
  (void)library, (void)name;
  return nullptr;
#else
  return dlsym(library, name);
#endif
}

struct OpenMpi {
  using Handle = void*;
  static constexpr const char* kWorld = "ompi_mpi_comm_world";
  static void* ignored_status() { return nullptr; }
};

struct Mpich {
  using Handle = int;
  static void* ignored_status() { return reinterpret_cast<void*>(1); }
};

// What a rank needs of MPI, on any thread but one at a time.
class Mpi {
 public:
  virtual ~Mpi() = default;
  virtual MpiPlace place() const = 0;
  virtual std::string host() = 0;
  // A message on its way; `is_done` until it says so.
  class Message {
   public:
    virtual ~Message() = default;
    virtual bool is_done() = 0;
  };
  virtual std::unique_ptr<Message> send(const void* data, size_t bytes,
                                        uint32_t to, int tag) = 0;
  virtual std::unique_ptr<Message> receive(void* data, size_t bytes,
                                           uint32_t from, int tag) = 0;
  virtual void end() = 0;
};

template <class Abi>
class OpenedMpi final : public Mpi {
 public:
  using Handle = typename Abi::Handle;

  explicit OpenedMpi(void* library) : library_(library) {
    find_function(send_, "MPI_Isend");
    find_function(receive_, "MPI_Irecv");
    find_function(test_, "MPI_Test");
    find_function(host_, "MPI_Get_processor_name");
    find_function(end_, "MPI_Finalize");
    begin();
  }

  MpiPlace place() const override { return place_; }

  std::string host() override {
    std::array<char, 1024> name{};
    int length = 0;
    check(host_(name.data(), &length), "MPI_Get_processor_name");
    return {name.data(), static_cast<size_t>(length)};
  }

  std::unique_ptr<Message> send(const void* data, size_t bytes, uint32_t to,
                                int tag) override {
    Handle request{};
    check(send_(data, int(bytes), byte_, int(to), tag, world_, &request),
          "MPI_Isend");
    return std::make_unique<Sent>(*this, request);
  }

  std::unique_ptr<Message> receive(void* data, size_t bytes, uint32_t from,
                                   int tag) override {
    Handle request{};
    check(receive_(data, int(bytes), byte_, int(from), tag, world_, &request),
          "MPI_Irecv");
    return std::make_unique<Sent>(*this, request);
  }

  void end() override { check(end_(), "MPI_Finalize"); }

 private:
  class Sent final : public Message {
   public:
    Sent(OpenedMpi& mpi, Handle request) : mpi_(mpi), request_(request) {}
    bool is_done() override {
      int done = 0;
      mpi_.check(mpi_.test_(&request_, &done, Abi::ignored_status()),
                 "MPI_Test");
      return done != 0;
    }

   private:
    OpenedMpi& mpi_;
    Handle request_;
  };

  template <class Function>
  void find_function(Function& function, const char* name) {
    function = reinterpret_cast<Function>(find(library_, name));
    if (function == nullptr) refuse(std::string("it lacks ") + name);
  }

  static void check(int status, const char* what) {
    if (status == 0) return;
    throw Error("rank-lost", std::string("[mpi] ") + what + " answers " +
                                 std::to_string(status));
  }

  void find_handles(void*& world, void*& byte, void*& returning) {
    world = find(library_, OpenMpi::kWorld);
    byte = find(library_, "ompi_mpi_byte");
    returning = find(library_, "ompi_mpi_errors_return");
    if (byte == nullptr || returning == nullptr) refuse("it lacks its handles");
  }

  void find_handles(int& world, int& byte, int& returning) {
    world = 0x44000000;
    byte = 0x4c00010d;
    returning = 0x54000001;
  }

  void begin() {
    int (*begins)(int*, char***, int, int*) = nullptr;
    int (*rank_of)(Handle, int*) = nullptr;
    int (*size_of)(Handle, int*) = nullptr;
    int (*set_handler)(Handle, Handle) = nullptr;
    find_function(begins, "MPI_Init_thread");
    find_function(rank_of, "MPI_Comm_rank");
    find_function(size_of, "MPI_Comm_size");
    find_function(set_handler, "MPI_Comm_set_errhandler");
    int allowed = 0;
    if (begins(nullptr, nullptr, kSerialized, &allowed) != 0 ||
        allowed < kSerialized) {
      refuse("it does not begin for several threads");
    }
    Handle returning{};
    find_handles(world_, byte_, returning);
    int rank = 0;
    int size = 0;
    check(set_handler(world_, returning), "MPI_Comm_set_errhandler");
    check(rank_of(world_, &rank), "MPI_Comm_rank");
    check(size_of(world_, &size), "MPI_Comm_size");
    place_ = {uint32_t(rank), uint32_t(size)};
  }

  void* const library_;
  Handle world_{}, byte_{};
  MpiPlace place_{};
  int (*send_)(const void*, int, Handle, int, int, Handle, Handle*) = nullptr;
  int (*receive_)(void*, int, Handle, int, int, Handle, Handle*) = nullptr;
  int (*test_)(Handle*, int*, void*) = nullptr;
  int (*host_)(char*, int*) = nullptr;
  int (*end_)() = nullptr;
};

// The launcher knows whose library it is.
std::vector<std::string> candidates(const std::string& library) {
  if (!library.empty()) return {library};
  const std::vector<std::string> open{"libmpi.so.40"};
  const std::vector<std::string> mpich{"libmpich.so.12", "libmpi.so.12"};
  const bool is_open = std::getenv("OMPI_COMM_WORLD_SIZE") != nullptr;
  const bool is_mpich = std::getenv("MPI_LOCALNRANKS") != nullptr;
  std::vector<std::string> all = is_mpich && !is_open ? mpich : open;
  if (!is_open && !is_mpich) all.insert(all.end(), mpich.begin(), mpich.end());
  return all;
}

std::unique_ptr<Mpi> opened(const std::string& library) {
  leave_memory_alone();
  std::string tried;
  for (const std::string& path : candidates(library)) {
    void* handle = open_library(path);
    tried += (tried.empty() ? "" : ", ") + path;
    if (handle == nullptr) continue;
    if (find(handle, OpenMpi::kWorld) != nullptr) {
      return std::make_unique<OpenedMpi<OpenMpi>>(handle);
    }
    return std::make_unique<OpenedMpi<Mpich>>(handle);
  }
  refuse("no MPI library could be opened; tried: " + tried);
}

std::mutex turn;  // of whoever calls MPI
std::unique_ptr<Mpi> begun;

std::unique_lock<std::mutex> my_turn() {
  return std::unique_lock<std::mutex>(turn);
}

class MpiRanks final : public Ranks {
 public:
  MpiRanks(const MpiTeam& team, double seconds)
      : Ranks(begun->place().rank - team.first, team.count),
        first_(team.first),
        seconds_(seconds),
        heard_(team.count) {
    {
      const auto lock = my_turn();
      for (uint32_t i = 0; i < count(); i++) {
        if (i == index()) continue;
        heard_[i] = std::make_unique<News>();
        heard_[i]->message = begun->receive(heard_[i]->text.data(), kNewsBytes,
                                            first_ + i, kNews);
      }
    }
    tell_hosts();
  }

  ~MpiRanks() override {
    // The library may still write to what has not come.
    for (auto& one : heard_) (void)one.release();
    for (auto& one : told_) (void)one.release();
  }

  void gather(std::span<const il_piece> pieces,
              const IsCancelled& is_cancelled) override {
    std::vector<OnItsWay> all;
    for (const il_piece& piece : pieces) begin(all, piece);
    wait(all, is_cancelled);
  }

  void leave(const std::string& why) override {
    has_left_.store(true);
    tell(why.empty() ? "has left" : why);
  }

  void end() override {
    tell("");
    const auto deadline =
        Clock::now() + std::chrono::duration<double>(seconds_);
    for (uint32_t i = 0; i < count(); i++) {
      while (i != index() && !has_ended(i)) {
        if (Clock::now() > deadline) lose(i, kSilent);
        std::this_thread::sleep_for(kNap);
      }
    }
  }

 private:
  static constexpr const char* kSilent = "was not heard of for too long";

  // What a rank tells when it goes: nothing when it is done.
  struct News {
    std::array<char, kNewsBytes> text{};
    std::unique_ptr<Mpi::Message> message;
    bool has_come = false;
  };
  struct OnItsWay {
    uint32_t rank;
    std::unique_ptr<Mpi::Message> message;
  };

  std::string name(uint32_t rank) const {
    const std::string& host = hosts_[rank];
    return "rank " + std::to_string(first_ + rank) +
           (host.empty() ? "" : " on " + host);
  }

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

  // Sends a piece to all others, or receives it.
  void begin(std::vector<OnItsWay>& all, const il_piece& piece) {
    const auto lock = my_turn();
    for (uint64_t at = 0; at < piece.bytes; at += kMostBytes) {
      auto* data = static_cast<std::byte*>(piece.data) + at;
      const size_t bytes = std::min(kMostBytes, piece.bytes - at);
      if (piece.rank != index()) {
        all.push_back(
            {piece.rank,
             begun->receive(data, bytes, first_ + piece.rank, kPieces)});
        continue;
      }
      for (uint32_t i = 0; i < count(); i++) {
        if (i == index()) continue;
        all.push_back({i, begun->send(data, bytes, first_ + i, kPieces)});
      }
    }
  }

  void wait(std::vector<OnItsWay>& all, const IsCancelled& is_cancelled) {
    auto heard = Clock::now();
    for (int looks = 0; !all.empty(); looks++) {
      const size_t before = all.size();
      look(all);
      if (all.empty()) return;
      if (all.size() < before) {
        heard = Clock::now();
        looks = 0;
        continue;
      }
      if (is_cancelled() || has_left_.load()) {
        keep(all);
        throw Error("cancelled", "[mpi] cancelled");
      }
      if (Clock::now() - heard > std::chrono::duration<double>(seconds_)) {
        const uint32_t rank = all.front().rank;
        keep(all);
        lose(rank, kSilent);
      }
      if (looks < kEagerLooks) {
        std::this_thread::yield();
      } else {
        std::this_thread::sleep_for(kNap);
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
      if (i == index() || !has_ended(i)) continue;
      // Who is done has sent all that it has.
      if (heard_[i]->text[0] == '\0') continue;
      keep(all);
      lose(i, heard_[i]->text.data());
    }
  }

  bool has_ended(uint32_t rank) {
    const auto lock = my_turn();
    News& news = *heard_[rank];
    if (!news.has_come) news.has_come = news.message->is_done();
    news.text.back() = '\0';
    return news.has_come;
  }

  void tell(const std::string& text) {
    const auto lock = my_turn();
    for (uint32_t i = 0; i < count(); i++) {
      if (i == index()) continue;
      told_.push_back(std::make_unique<News>());
      News& news = *told_.back();
      text.copy(news.text.data(), kNewsBytes - 1);
      // So short that it is gone at once.
      news.message =
          begun->send(news.text.data(), kNewsBytes, first_ + i, kNews);
      news.has_come = news.message->is_done();
    }
  }

  // Messages that are given up are still the library's.
  static void keep(std::vector<OnItsWay>& all) {
    for (OnItsWay& one : all) (void)one.message.release();
    all.clear();
  }

  [[noreturn]] void lose(uint32_t rank, const std::string& why) const {
    throw Error("rank-lost", "[mpi] " + name(rank) + " " + why);
  }

  const uint32_t first_;
  const double seconds_;
  std::vector<std::string> hosts_;
  std::vector<std::unique_ptr<News>> heard_, told_;
  std::atomic<bool> has_left_{false};
};

}  // namespace

MpiPlace begin_mpi(const std::string& library) {
  const auto lock = my_turn();
  if (begun == nullptr) begun = opened(library);
  return begun->place();
}

std::shared_ptr<Ranks> mpi_ranks(const MpiTeam& team, double seconds) {
  return std::make_shared<MpiRanks>(team, seconds);
}

void end_mpi() {
  const auto lock = my_turn();
  if (begun != nullptr) begun->end();
}

}  // namespace interlatent
