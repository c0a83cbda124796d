#include "mpi_emulation.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "mpi_ring.h"

namespace interlatent::mpi_emulation {
namespace {

using testing::kMaxRanks;
using testing::Ring;
using testing::Shared;

constexpr int kTruncated = 15;

[[noreturn]] void not_allowed(const char* what) {
  std::fprintf(stderr, "emulated MPI: %s\n", what);
  std::abort();
}

void nap() { usleep(1000); }

std::string value_of(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

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

// A message from another rank, before a receive request matches it.
struct Arrival {
  Header header;
  Request* target = nullptr;
  std::vector<std::byte> content{};
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
  // Never destroyed, because messages may be in transit until the process ends.
  static Library& get() {
    static Library& library = *new Library;
    return library;
  }

  bool has_fault(const std::string& name) const {
    return faults_.find(" " + name + " ") != std::string::npos;
  }

  bool call_fails(const std::string& function) {
    const int number = ++calls_[function];
    return has_fault(function + "=" + std::to_string(number));
  }

  int begin() {
    if (shared_ != nullptr) not_allowed("begun twice");
    const std::string place = value_of("INTERLATENT_EMULATION_MPI");
    int path = 0;
    std::sscanf(place.c_str(), "%d %d %n", &rank, &size, &path);
    if (path == 0 || rank < 0 || rank >= size || size > kMaxRanks) {
      return kInvalid;
    }
    const int file = open(place.c_str() + path, O_RDWR | O_CREAT, 0600);
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
            uintptr_t* number) {
    check_begun();
    if (bytes < 0 || other < 0 || other >= size || other == rank) {
      return kInvalid;
    }
    auto request = std::make_unique<Request>(
        Request{tag, static_cast<std::byte*>(data), size_t(bytes)});
    Peer& peer = peers_[other];
    (is_send ? peer.sends : peer.receives).push_back(request.get());
    *number = ++started_;
    requests_[*number] = std::move(request);
    progress();
    return 0;
  }

  int test(uintptr_t number, int* is_done) {
    check_begun();
    progress();
    const auto match = requests_.find(number);
    if (match == requests_.end()) not_allowed("MPI_Test of an unknown request");
    *is_done = match->second->is_done ? 1 : 0;
    if (*is_done == 0) return 0;
    const int error = match->second->error;
    requests_.erase(match);
    return error;
  }

  size_t unfinished() {
    progress();
    size_t count = 0;
    for (const auto& [number, request] : requests_) count += !request->is_done;
    return count;
  }

  int rank = 0;
  int size = 0;

 private:
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
      Request& request = *peer.sends.front();
      if (!request.has_header) {
        const Header header{uint64_t(request.tag), request.bytes};
        if (ring.room() < sizeof header) return;
        ring.write(&header, sizeof header);
        request.has_header = true;
      }
      request.moved += ring.write(request.data + request.moved,
                                  request.bytes - request.moved);
      if (request.moved < request.bytes) return;
      request.is_done = true;
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
        arrival.content.resize(arrival.header.bytes);
        peer.arrivals.push_back(std::move(arrival));
        match(peer);
      }
      Arrival& last = peer.arrivals.back();
      const size_t remaining = last.header.bytes - last.moved;
      const size_t count =
          ring.take(last.content.data() + last.moved, remaining);
      last.moved += count;
      if (!last.is_whole()) break;
    }
    match(peer);
  }

  // A receive request matches the first message with its tag.
  static void match(Peer& peer) {
    for (Arrival& arrival : peer.arrivals) {
      const auto fits = [&](const Request* request) {
        return uint64_t(request->tag) == arrival.header.tag;
      };
      const auto receive =
          std::find_if(peer.receives.begin(), peer.receives.end(), fits);
      if (arrival.target != nullptr || receive == peer.receives.end()) continue;
      arrival.target = *receive;
      peer.receives.erase(receive);
    }
    for (Arrival& arrival : peer.arrivals) {
      if (arrival.target == nullptr) continue;
      Request& request = *arrival.target;
      const size_t end = std::min(arrival.moved, request.bytes);
      if (end > request.moved) {
        std::memcpy(request.data + request.moved,
                    arrival.content.data() + request.moved,
                    end - request.moved);
        request.moved = end;
      }
      request.is_done = arrival.is_whole();
      request.error = arrival.header.bytes > request.bytes ? kTruncated : 0;
    }
    std::erase_if(peer.arrivals, [](const Arrival& arrival) {
      return arrival.target != nullptr && arrival.target->is_done;
    });
  }

  Shared* shared_ = nullptr;
  pthread_t thread_{};
  bool has_ended_ = false;
  const std::string faults_ =
      " " + value_of("INTERLATENT_EMULATION_MPI_FAULTS") + " ";
  std::map<std::string, int> calls_;
  std::array<Peer, kMaxRanks> peers_;
  uintptr_t started_ = 0;
  std::map<uintptr_t, std::unique_ptr<Request>> requests_;
};

// Relaxed, so that the emulation orders nothing that callers do not order.
std::atomic<bool> is_inside{false};

}  // namespace

Call::Call(const char* function) {
  if (is_inside.exchange(true, std::memory_order_relaxed)) {
    not_allowed("two threads at the same time");
  }
  fails = Library::get().call_fails(function);
}

Call::~Call() { is_inside.store(false, std::memory_order_relaxed); }

int begin(int* allowed) {
  *allowed = Library::get().has_fault("threads") ? 1 : kSerialized;
  return Library::get().begin();
}

int rank() { return Library::get().rank; }

int size() { return Library::get().size; }

int send(const void* data, int bytes, int to, int tag, uintptr_t* number) {
  return Library::get().start(true, const_cast<void*>(data), bytes, to, tag,
                              number);
}

int receive(void* data, int bytes, int from, int tag, uintptr_t* number) {
  return Library::get().start(false, data, bytes, from, tag, number);
}

int test(uintptr_t number, int* is_done) {
  return Library::get().test(number, is_done);
}

int end() { return Library::get().end(); }

size_t unfinished() { return Library::get().unfinished(); }

}  // namespace interlatent::mpi_emulation
