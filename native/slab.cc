// calloc rather than aligned_alloc: fresh pages are zero already and large
// slabs stay untouched until a kernel needs them.
#include "slab.h"

#include <cstdlib>
#include <string>

#include "error.h"

namespace interlatent {

void Slab::Free::operator()(void* memory) const { std::free(memory); }

Slab::Slab(const char* name, uint64_t count) : count_(count) {
  constexpr uint64_t alignment = 64;
  if (count <= (SIZE_MAX - alignment) / 4) {
    memory_.reset(std::calloc(1, count * 4 + alignment));
  }
  if (memory_ == nullptr) {
    throw Error("out-of-memory", std::string("[load] no memory for the slab ") +
                                     name + ": " + std::to_string(count) +
                                     " elements, " + std::to_string(count * 4) +
                                     " bytes");
  }
  const auto address = reinterpret_cast<uintptr_t>(memory_.get());
  const uintptr_t padding = (alignment - address % alignment) % alignment;
  data_ = reinterpret_cast<float*>(static_cast<char*>(memory_.get()) + padding);
}

}  // namespace interlatent
