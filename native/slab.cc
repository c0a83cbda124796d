// Uses calloc instead of aligned_alloc: new pages are zero already, and pages
// of large slabs take no memory until a kernel accesses them.
#include "slab.h"

#if defined(__unix__) || defined(__APPLE__)
#include <sys/mman.h>
#define INTERLATENT_RESERVES
#endif

#include <cstdlib>
#include <string>

#include "error.h"

namespace interlatent {
namespace {

constexpr uint64_t kCacheLine = 64;
constexpr uint64_t kHugePage = uint64_t{2} << 20;

// Requests huge pages. In a large slab, page table walks would cost more than
// the arithmetic of most kernels. This is advice; the program does not depend
// on it.
void advise(float* data, uint64_t bytes) {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
  madvise(data, bytes / kHugePage * kHugePage, MADV_HUGEPAGE);
#else
  (void)data;
  (void)bytes;
#endif
}

// Returns zeroed pages that the system provides at their first access, or null
// without address space.
void* reserve(uint64_t bytes) {
#ifdef INTERLATENT_RESERVES
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return memory == MAP_FAILED ? nullptr : memory;
#else
  (void)bytes;
  return nullptr;
#endif
}

}  // namespace

void Slab::Free::operator()(void* memory) const {
#ifdef INTERLATENT_RESERVES
  if (mapped > 0) {
    munmap(memory, mapped);
    return;
  }
#endif
  std::free(memory);
}

Slab::Slab(const char* name, uint64_t count, Pages pages) : count_(count) {
  const bool large = count >= kHugePage / 4;
  const uint64_t alignment = large ? kHugePage : kCacheLine;
  if (count <= (SIZE_MAX - alignment) / 4) {
    const uint64_t bytes = count * 4 + alignment;
    if (large && pages == Pages::kReserved) {
      memory_ = {reserve(bytes), Free{bytes}};
    }
    if (memory_ == nullptr) memory_ = {std::calloc(1, bytes), Free{}};
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
  if (large) advise(data_, count * 4);
}

}  // namespace interlatent
