// One flat, 64-byte aligned, zeroed stretch of 4-byte elements.
#pragma once

#include <cstdint>
#include <memory>

namespace interlatent {

class Slab {
 public:
  Slab() = default;
  // `name` appears in the message when there is no memory for it.
  // Throws Error "out-of-memory".
  Slab(const char* name, uint64_t count);

  float* data() const { return data_; }
  uint64_t count() const { return count_; }
  uint64_t bytes() const { return count_ * 4; }

 private:
  struct Free {
    void operator()(void* memory) const;
  };
  std::unique_ptr<void, Free> memory_;
  float* data_ = nullptr;
  uint64_t count_ = 0;
};

}  // namespace interlatent
