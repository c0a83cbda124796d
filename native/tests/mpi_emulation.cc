// MPI as far as we call it, among processes that share a file: a library of its
// own for INTERLATENT_MPI_PATH, with the binary interface of MPICH or, where
// INTERLATENT_OPEN_MPI is defined, of Open MPI. Stricter than theirs: what MPI
// does not allow ends the process. INTERLATENT_EMULATION_MPI is `RANK SIZE
// FILE`; INTERLATENT_EMULATION_MPI_FAULTS are words: `threads`, it allows none;
// `alone`, it takes each process for the only one; `endless`, MPI_Finalize does
// not return; `MPI_Isend=3`, the third call of that function fails.
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "mpi_ring.h"

namespace {

using interlatent::testing::kMostRanks;
using interlatent::testing::Ring;
using interlatent::testing::Shared;

#ifdef INTERLATENT_OPEN_MPI
using Handle = void*;
#else
using Handle = int;
#endif

constexpr int kInvalid = 13;
constexpr int kRefused = 16;
constexpr int kTruncated = 15;
constexpr int kSerialized = 2;

[[noreturn]] void not_allowed(const char* what) {
  std::fprintf(stderr, "emulated MPI: %s\n", what);
  std::abort();
}

void nap() { std::this_thread::sleep_for(std::chrono::milliseconds(1)); }

struct Header {
  uint64_t tag, bytes;
};

struct Request {
  int tag;
  std::byte* data;
  size_t bytes;
  size_t moved = 0;
  bool has_header = false;
  bool is_done = false;
  int error = 0;
};

// What comes from another rank, before it is known who waits for it.
struct Arrival {
  Header header;
  Request* target = nullptr;
  std::vector<std::byte> kept{};
  size_t moved = 0;

  bool is_whole() const { return moved == header.bytes; }
};

struct Peer {
  std::deque<Request*> sends, receives;
  std::deque<Arrival> arrivals;
  std::array<std::byte, sizeof(Header)> header;
  size_t header_bytes = 0;
};

class Library {
 public:
  // Never destroyed: what is on its way is so until the process ends.
  static Library& get() {
    static Library& library = *new Library;
    return library;
  }

  bool has_fault(const std::string& name) const {
    return std::find(faults_.begin(), faults_.end(), name) != faults_.end();
  }

  int begin() {
    if (shared_ != nullptr) not_allowed("begun twice");
    std::istringstream place(value_of("INTERLATENT_EMULATION_MPI"));
    std::string path;
    if (!(place >> rank >> size >> path) || rank < 0 || rank >= size ||
        size > kMostRanks) {
      return kInvalid;
    }
    const int file = open(path.c_str(), O_RDWR | O_CREAT, 0600);
    if (file < 0 || ftruncate(file, sizeof(Shared)) != 0) return kInvalid;
    void* memory = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE,
                        MAP_SHARED, file, 0);
    close(file);
    if (memory == MAP_FAILED) return kInvalid;
    shared_ = static_cast<Shared*>(memory);
    thread_ = pthread_self();
    if (has_fault("alone")) {
      rank = 0;
      size = 1;
    }
    if (has_fault("threads")) return 0;
    meet(shared_->begun);
    return 0;
  }

  int end() {
    check_begun();
    if (pthread_equal(thread_, pthread_self()) == 0) {
      not_allowed("MPI_Finalize on another thread than MPI_Init_thread");
    }
    if (unfinished() > 0) not_allowed("MPI_Finalize while messages are sent");
    while (has_fault("endless")) nap();
    meet(shared_->ended);
    has_ended_ = true;
    return 0;
  }

  int start(bool is_send, void* data, int bytes, int other, int tag,
            Handle* handle) {
    check_begun();
    if (bytes < 0 || other < 0 || other >= size || other == rank) {
      return kInvalid;
    }
    auto own = std::make_unique<Request>(
        Request{tag, static_cast<std::byte*>(data), size_t(bytes)});
    Peer& peer = peers_[other];
    (is_send ? peer.sends : peer.receives).push_back(own.get());
    const uintptr_t number = ++started_;
    *handle = (Handle)number;
    requests_[number] = std::move(own);
    progress();
    return 0;
  }

  int test(Handle* handle, int* is_done) {
    check_begun();
    progress();
    const auto found = requests_.find((uintptr_t)*handle);
    if (found == requests_.end()) not_allowed("MPI_Test of no request");
    *is_done = found->second->is_done ? 1 : 0;
    if (*is_done == 0) return 0;
    const int error = found->second->error;
    requests_.erase(found);
    return error;
  }

  // Messages that are not done, after another look at all.
  size_t unfinished() {
    progress();
    size_t count = 0;
    for (const auto& [number, one] : requests_) count += !one->is_done;
    return count;
  }

  // Whether this call of the function is to fail; calls that overlap are what
  // MPI_THREAD_SERIALIZED does not allow.
  class Call {
   public:
    explicit Call(const char* name) {
      if (is_inside.exchange(true, std::memory_order_relaxed)) {
        not_allowed("two threads at once");
      }
      const int number = ++get().calls_[name];
      fails = get().has_fault(name + ("=" + std::to_string(number)));
    }
    ~Call() { is_inside.store(false, std::memory_order_relaxed); }
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

    bool fails;

   private:
    // Relaxed: nothing here orders what callers do not.
    static inline std::atomic<bool> is_inside{false};
  };

  int rank = 0;
  int size = 0;

 private:
  Library() {
    std::istringstream words(value_of("INTERLATENT_EMULATION_MPI_FAULTS"));
    for (std::string word; words >> word;) faults_.push_back(word);
  }

  static std::string value_of(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
  }

  void check_begun() const {
    if (shared_ == nullptr) not_allowed("called before MPI_Init_thread");
    if (has_ended_) not_allowed("called after MPI_Finalize");
  }

  void meet(std::atomic<uint32_t>& count) const {
    count++;
    while (count < static_cast<uint32_t>(size)) nap();
  }

  void progress() {
    for (int other = 0; other < size; other++) {
      if (other == rank) continue;
      push(peers_[other], shared_->rings[rank][other]);
      pull(peers_[other], shared_->rings[other][rank]);
    }
  }

  static void push(Peer& peer, Ring& ring) {
    while (!peer.sends.empty()) {
      Request& own = *peer.sends.front();
      if (!own.has_header) {
        const Header header{uint64_t(own.tag), own.bytes};
        if (ring.room() < sizeof header) return;
        ring.write(&header, sizeof header);
        own.has_header = true;
      }
      own.moved += ring.write(own.data + own.moved, own.bytes - own.moved);
      if (own.moved < own.bytes) return;
      own.is_done = true;
      peer.sends.pop_front();
    }
  }

  static void pull(Peer& peer, Ring& ring) {
    for (;;) {
      if (peer.arrivals.empty() || peer.arrivals.back().is_whole()) {
        peer.header_bytes += ring.take(peer.header.data() + peer.header_bytes,
                                       sizeof(Header) - peer.header_bytes);
        if (peer.header_bytes < sizeof(Header)) break;
        peer.header_bytes = 0;
        Arrival arrival{};
        std::memcpy(&arrival.header, peer.header.data(), sizeof(Header));
        arrival.kept.resize(arrival.header.bytes);
        peer.arrivals.push_back(std::move(arrival));
        match(peer);
      }
      Arrival& last = peer.arrivals.back();
      const size_t left = last.header.bytes - last.moved;
      const size_t count = ring.take(last.kept.data() + last.moved, left);
      last.moved += count;
      if (!last.is_whole()) break;
    }
    match(peer);
  }

  // Receives get the first message of their tag.
  static void match(Peer& peer) {
    for (Arrival& one : peer.arrivals) {
      const auto fits = [&](const Request* own) {
        return uint64_t(own->tag) == one.header.tag;
      };
      const auto found =
          std::find_if(peer.receives.begin(), peer.receives.end(), fits);
      if (one.target != nullptr || found == peer.receives.end()) continue;
      one.target = *found;
      peer.receives.erase(found);
    }
    for (Arrival& one : peer.arrivals) {
      if (one.target == nullptr) continue;
      Request& own = *one.target;
      const size_t end = std::min(one.moved, own.bytes);
      if (end > own.moved) {
        std::memcpy(own.data + own.moved, one.kept.data() + own.moved,
                    end - own.moved);
        own.moved = end;
      }
      own.is_done = one.is_whole();
      own.error = one.header.bytes > own.bytes ? kTruncated : 0;
    }
    std::erase_if(peer.arrivals, [](const Arrival& one) {
      return one.target != nullptr && one.target->is_done;
    });
  }

  Shared* shared_ = nullptr;
  pthread_t thread_{};
  bool has_ended_ = false;
  std::vector<std::string> faults_;
  std::map<std::string, int> calls_;
  std::array<Peer, kMostRanks> peers_;
  uintptr_t started_ = 0;
  std::map<uintptr_t, std::unique_ptr<Request>> requests_;
};

using Call = Library::Call;

}  // namespace

#define IL_EXPORT extern "C" __attribute__((visibility("default")))

#ifdef INTERLATENT_OPEN_MPI
IL_EXPORT int ompi_mpi_comm_world, ompi_mpi_byte, ompi_mpi_errors_return;
int ompi_mpi_comm_world, ompi_mpi_byte, ompi_mpi_errors_return;

namespace {
void* const kWorld = &ompi_mpi_comm_world;
void* const kByte = &ompi_mpi_byte;
void* const kErrorsReturn = &ompi_mpi_errors_return;
void* const kIgnored = nullptr;
}  // namespace
#else
namespace {
constexpr int kWorld = 0x44000000;
constexpr int kByte = 0x4c00010d;
constexpr int kErrorsReturn = 0x54000001;
void* const kIgnored = reinterpret_cast<void*>(1);
}  // namespace
#endif

IL_EXPORT int MPI_Init_thread(int*, char***, int wanted, int* allowed) {
  const Call call("MPI_Init_thread");
  if (call.fails || wanted != kSerialized) return kRefused;
  *allowed = Library::get().has_fault("threads") ? 1 : wanted;
  return Library::get().begin();
}

IL_EXPORT int MPI_Comm_set_errhandler(Handle world, Handle handler) {
  const Call call("MPI_Comm_set_errhandler");
  if (call.fails) return kRefused;
  return world == kWorld && handler == kErrorsReturn ? 0 : kInvalid;
}

IL_EXPORT int MPI_Comm_rank(Handle world, int* rank) {
  const Call call("MPI_Comm_rank");
  if (call.fails) return kRefused;
  *rank = Library::get().rank;
  return world == kWorld ? 0 : kInvalid;
}

IL_EXPORT int MPI_Comm_size(Handle world, int* size) {
  const Call call("MPI_Comm_size");
  if (call.fails) return kRefused;
  *size = Library::get().size;
  return world == kWorld ? 0 : kInvalid;
}

IL_EXPORT int MPI_Get_processor_name(char* name, int* length) {
  const Call call("MPI_Get_processor_name");
  if (call.fails) return kRefused;
  const std::string own = "host-" + std::to_string(Library::get().rank);
  own.copy(name, own.size());
  *length = static_cast<int>(own.size());
  return 0;
}

IL_EXPORT int MPI_Isend(const void* data, int count, Handle type, int to,
                        int tag, Handle world, Handle* request) {
  const Call call("MPI_Isend");
  if (call.fails) return kRefused;
  if (type != kByte || world != kWorld) return kInvalid;
  return Library::get().start(true, const_cast<void*>(data), count, to, tag,
                              request);
}

IL_EXPORT int MPI_Irecv(void* data, int count, Handle type, int from, int tag,
                        Handle world, Handle* request) {
  const Call call("MPI_Irecv");
  if (call.fails) return kRefused;
  if (type != kByte || world != kWorld) return kInvalid;
  return Library::get().start(false, data, count, from, tag, request);
}

IL_EXPORT int MPI_Test(Handle* request, int* is_done, void* status) {
  const Call call("MPI_Test");
  if (call.fails) return kRefused;
  if (status != kIgnored) return kInvalid;
  return Library::get().test(request, is_done);
}

IL_EXPORT int MPI_Finalize() {
  const Call call("MPI_Finalize");
  if (call.fails) return kRefused;
  return Library::get().end();
}

// Not of MPI: for a test that waits until what was given up has been moved.
IL_EXPORT size_t interlatent_mpi_unfinished() {
  const Call call("interlatent_mpi_unfinished");
  return Library::get().unfinished();
}
