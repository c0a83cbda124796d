// The file that the processes of an emulated MPI share.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace interlatent::testing {

constexpr int kMaxRanks = 4;
constexpr size_t kRingBytes = 1 << 16;

// Data that one rank sends to another, in order. One of them writes, the other
// reads.
struct Ring {
  std::atomic<uint64_t> written, read;
  std::byte bytes[kRingBytes];

  size_t room() const { return kRingBytes - (written - read); }

  size_t write(const void* source, size_t max_bytes) {
    const uint64_t at = written.load(std::memory_order_relaxed);
    const size_t count = std::min(max_bytes, room());
    copy(at, count, [&](size_t done, std::byte* place, size_t length) {
      std::memcpy(place, static_cast<const std::byte*>(source) + done, length);
    });
    written.store(at + count);
    return count;
  }

  size_t take(void* target, size_t max_bytes) {
    const uint64_t at = read.load(std::memory_order_relaxed);
    const size_t count = std::min<size_t>(max_bytes, written.load() - at);
    copy(at, count, [&](size_t done, std::byte* place, size_t length) {
      std::memcpy(static_cast<std::byte*>(target) + done, place, length);
    });
    read.store(at + count);
    return count;
  }

 private:
  template <class Piece>
  void copy(uint64_t from, size_t count, const Piece& piece) {
    for (size_t done = 0; done < count;) {
      const size_t place = (from + done) % kRingBytes;
      const size_t length = std::min(count - done, kRingBytes - place);
      piece(done, bytes + place, length);
      done += length;
    }
  }
};

// The content of the file, which is initially zero.
struct Shared {
  std::atomic<uint32_t> begun, ended;
  Ring rings[kMaxRanks][kMaxRanks];  // from, to
};

}  // namespace interlatent::testing
