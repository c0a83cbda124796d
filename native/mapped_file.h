// Maps a file into a slab. Pages are read from the file when they are first
// accessed, and the system may drop them when memory is short.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

namespace interlatent {

// Maps the first bytes of the open file to `target`, which must be the
// beginning of a mapped page. Returns false if that is impossible. The
// descriptor may be closed afterwards. Writes to the memory do not reach the
// file.
bool map_file(std::byte* target, size_t bytes, int descriptor);

// Asks the system to read pages that will be needed soon. The calls may wait
// for the disk, so they run on a separate thread.
class ReadAhead {
 public:
  struct Range {
    const std::byte* data;
    size_t bytes;
  };

  ReadAhead();
  ~ReadAhead();
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;

  // Replaces the ranges of earlier requests that are not read yet.
  void request(std::vector<Range> ranges);

 private:
  void loop();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Range> requested_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace interlatent
