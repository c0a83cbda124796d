// A flat, zeroed range of 4-byte elements, aligned to 64 bytes.
#pragma once

#include <cstdint>
#include <memory>

namespace interlatent {

class Slab {
 public:
  Slab() = default;
  // A reserved slab takes memory only for pages that are written. It may
  // therefore exceed the memory of the machine if files are mapped into it.
  enum class Pages { kAllocated, kReserved };
  // `name` appears in the error if there is no memory for the slab. Throws
  // Error "out-of-memory".
  Slab(const char* name, uint64_t count, Pages pages = Pages::kAllocated);

  float* data() const { return data_; }
  uint64_t count() const { return count_; }
  uint64_t bytes() const { return count_ * 4; }
  // True if files can be mapped over its pages.
  bool is_reserved() const { return memory_.get_deleter().mapped > 0; }

 private:
  struct Free {
    uint64_t mapped;  // bytes; 0: memory of the heap
    void operator()(void* memory) const;
  };
  std::unique_ptr<void, Free> memory_;
  float* data_ = nullptr;
  uint64_t count_ = 0;
};

}  // namespace interlatent
