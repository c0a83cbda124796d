// One flat, 64-byte aligned, zeroed stretch of 4-byte elements.
#pragma once

#include <cstdint>
#include <memory>

namespace interlatent {

class Slab {
 public:
  Slab() = default;
  // Of parts that files will be mapped to, no memory is taken: a reserved slab
  // may be larger than all there is.
  enum class Pages { kTaken, kReserved };
  // `name` appears in the message when there is no memory for it.
  // Throws Error "out-of-memory".
  Slab(const char* name, uint64_t count, Pages pages = Pages::kTaken);

  float* data() const { return data_; }
  uint64_t count() const { return count_; }
  uint64_t bytes() const { return count_ * 4; }
  // Whether its pages are its own, and may become a file's.
  bool is_reserved() const { return memory_.get_deleter().mapped > 0; }

 private:
  struct Free {
    uint64_t mapped;  // bytes; 0: of the heap
    void operator()(void* memory) const;
  };
  std::unique_ptr<void, Free> memory_;
  float* data_ = nullptr;
  uint64_t count_ = 0;
};

}  // namespace interlatent
