// A stretch of a slab whose content is that of a file: pages come from the file
// as they are touched, and the system takes them back when memory is short.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

namespace interlatent {

// Puts the first bytes of the open file where `target` points to, the beginning
// of a page that was mapped before; false where that cannot be. The descriptor
// may be closed then. What is written there does not reach the file.
bool map_file(std::byte* target, size_t bytes, int descriptor);

// Asks the system for pages that will be read soon, on a thread of its own: the
// call may wait for the disk.
class ReadAhead {
 public:
  struct Stretch {
    const std::byte* data;
    size_t bytes;
  };

  ReadAhead();
  ~ReadAhead();
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;

  // What was asked for before and is not done is given up.
  void ask(std::vector<Stretch> stretches);

 private:
  void loop();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Stretch> wanted_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace interlatent
