#include "mapped_file.h"

#if defined(__unix__) || defined(__APPLE__)
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>
#define INTERLATENT_MAPS_FILES
#endif

#include <algorithm>
#include <utility>

#include "blocked_signals.h"

namespace interlatent {

#ifdef INTERLATENT_MAPS_FILES

namespace {

// Bytes of one call: Linux reads no more than this ahead.
constexpr size_t kMaxBytes = size_t{128} << 10;

size_t page_size() {
  static const auto size = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  return size;
}

void will_need(const ReadAhead::Range& range) {
  const size_t page = page_size();
  const auto first = reinterpret_cast<uintptr_t>(range.data) / page * page;
  const auto end = reinterpret_cast<uintptr_t>(range.data) + range.bytes;
  for (uintptr_t at = first; at < end; at += kMaxBytes) {
    // This is advice; the program does not depend on it.
    madvise(reinterpret_cast<void*>(at), std::min<size_t>(kMaxBytes, end - at),
            MADV_WILLNEED);
  }
}

}  // namespace

bool map_file(std::byte* target, size_t bytes, int descriptor) {
  const size_t pages = bytes / page_size() * page_size();
  const bool aligned = reinterpret_cast<uintptr_t>(target) % page_size() == 0;
  struct stat status{};
  if (!aligned || pages == 0 || fstat(descriptor, &status) != 0 ||
      static_cast<uint64_t>(status.st_size) < bytes) {
    return false;
  }
  // The file does not cover all of the last page of the slab. Copy its
  // remaining bytes.
  for (size_t at = pages; at < bytes;) {
    const ssize_t read =
        pread(descriptor, target + at, bytes - at, static_cast<off_t>(at));
    if (read <= 0) return false;
    at += static_cast<size_t>(read);
  }
  void* mapped = mmap(target, pages, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE, descriptor, 0);
  if (mapped == target) return true;
  // On some systems a failed call has unmapped the old pages.
  mmap(target, pages, PROT_READ | PROT_WRITE,
       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);
  return false;
}

#else

namespace {
void will_need(const ReadAhead::Range&) {}
}  // namespace

bool map_file(std::byte*, size_t, int) { return false; }

#endif

ReadAhead::ReadAhead() {
  const BlockedSignals blocked;
  thread_ = std::thread(&ReadAhead::loop, this);
}

ReadAhead::~ReadAhead() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    requested_.clear();
  }
  changed_.notify_one();
  thread_.join();
}

void ReadAhead::request(std::vector<Range> ranges) {
  {
    const std::lock_guard lock(mutex_);
    requested_ = std::move(ranges);
    // The loop takes ranges from the end.
    std::reverse(requested_.begin(), requested_.end());
  }
  changed_.notify_one();
}

void ReadAhead::loop() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || !requested_.empty(); });
    if (stopping_) return;
    const Range next = requested_.back();
    requested_.pop_back();
    lock.unlock();
    will_need(next);
    lock.lock();
  }
}

}  // namespace interlatent
