// For every word of memory the detector stores the last write and some later
// reads: the thread, and the number of barriers, fences and atomics before the
// access. There is one detector per host thread.
#include "cuda/emulation/races.h"

#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <set>
#include <unordered_map>
#include <utility>

namespace interlatent::cuda::emulation::races {
namespace {

constexpr unsigned kWarp = 32;
constexpr size_t kReaders = 4;
constexpr size_t kPageWords = 1024;
constexpr size_t kRecentPages = 64;

struct Access {
  uint32_t launch = 0;  // 0: no access
  uint32_t block = 0;
  uint32_t code = 0;
  uint16_t thread = 0;
  // Counts before the access: barriers of block and warp, fences of the thread,
  // atomics of the block.
  uint16_t block_barriers = 0, warp_barriers = 0, fences = 0, atomics = 0;
  bool is_atomic = false;
};

// An access by a node of a graph.
struct NodeAccess {
  uint32_t node = 0;
  uint32_t code = 0;
};

struct Word {
  Access write;
  std::array<Access, kReaders> reads;
  uint32_t next_read = 0;
  uint32_t graph = 0;  // execution to which the following fields belong
  bool written = false;
  NodeAccess writer;
  std::array<NodeAccess, kReaders> readers;
  uint32_t reader_count = 0;
};
using Page = std::array<Word, kPageWords>;

struct Atomic {
  const void* address;
  uint64_t order;
  uint16_t thread, block_barriers;
  std::vector<uint16_t> fences;  // of all threads of the block
};

struct Range {
  uintptr_t begin, end;
};

std::function<void(const std::string&)> reporter;

uint32_t offset_of(const void* code) {
  static const char* const base = [] {
    Dl_info info{};
    dladdr(reinterpret_cast<const void*>(&on_race), &info);
    return static_cast<const char*>(info.dli_fbase);
  }();
  return static_cast<uint32_t>(static_cast<const char*>(code) - base);
}

std::string hexadecimal(uint32_t number) {
  char text[16];
  std::snprintf(text, sizeof text, "+0x%x", number);
  return text;
}

class Detector {
 public:
  void begin_launch(const char* kernel) {
    kernel_ = kernel;
    launch_++;
    atomics_.clear();
    if (in_graph_) names_[node_] = kernel;
    threads_ = 0;
    awaiting_ = 0;
    on_ = true;
  }
  void end_launch() {
    on_ = false;
    if (!in_graph_ || !begins_early(node_) || awaiting_ == threads_) return;
    emit(std::string(kernel_) +
         " may begin before its dependencies have ended, but not all of its "
         "threads wait for them");
  }

  void begin_block(uint32_t block, unsigned threads) {
    block_ = block;
    block_barriers_ = 0;
    warp_barriers_.assign((threads + kWarp - 1) / kWarp, 0);
    fences_.assign(threads, 0);
    awaited_.assign(threads, false);
    threads_ += threads;
    shared_.clear();
  }
  void resume(unsigned thread, const void* stack, size_t bytes) {
    thread_ = static_cast<uint16_t>(thread);
    const auto begin = reinterpret_cast<uintptr_t>(stack);
    stack_ = {begin, begin + bytes};
  }
  void share(const void* memory, size_t bytes) {
    const auto begin = reinterpret_cast<uintptr_t>(memory);
    shared_.push_back({begin, begin + bytes});
  }
  void pass_block_barrier() { block_barriers_++; }
  void pass_warp_barrier(unsigned warp) { warp_barriers_[warp]++; }
  void fence() { fences_[thread_]++; }
  void await_nodes() {
    if (!awaited_[thread_]) awaiting_++;
    awaited_[thread_] = true;
  }

  void atomic(const void* address, size_t bytes, const void* code) {
    if (!on_) return;
    access(address, bytes, true, true, code);
    atomics_[block_].push_back(
        {address, ++order_, thread_, block_barriers_, fences_});
  }

  void access(const void* address, size_t bytes, bool writes, bool is_atomic,
              const void* code) {
    const auto first = reinterpret_cast<uintptr_t>(address);
    if (!on_ || (first >= stack_.begin && first < stack_.end)) return;
    const bool shared = is_shared(first);
    const Access current = {launch_,          block_,
                            offset_of(code),  thread_,
                            block_barriers_,  warp_barriers_[thread_ / kWarp],
                            fences_[thread_], atomics_of_block(),
                            is_atomic};
    for (uintptr_t at = first / 4; at <= (first + bytes - 1) / 4; at++) {
      Word& word = word_at(at);
      in_launch(word, current, writes, shared);
      if (in_graph_ && !shared) access_by_node(word, current.code, writes);
    }
  }

  void begin_graph(const std::vector<std::vector<size_t>>& dependencies,
                   const std::vector<std::vector<size_t>>& ended) {
    const size_t count = dependencies.size();
    graph_++;
    names_.assign(count, "memory");
    before_.assign(count, std::vector<bool>(count));
    ended_ = before_;
    for (size_t i = 0; i < count; i++) {
      add_with_earlier(before_[i], dependencies[i]);
      add_with_earlier(ended_[i], ended[i]);
    }
    in_graph_ = true;
  }
  void begin_node(size_t node) { node_ = static_cast<uint32_t>(node); }
  void end_graph() { in_graph_ = false; }

  void access_by_node(const void* memory, size_t bytes, bool writes) {
    const auto first = reinterpret_cast<uintptr_t>(memory);
    for (size_t i = 0; in_graph_ && i < bytes / 4; i++) {
      access_by_node(word_at(first / 4 + i), 0, writes);
    }
  }

 private:
  // Adds nodes and all nodes that must end before them.
  void add_with_earlier(std::vector<bool>& nodes,
                        const std::vector<size_t>& more) const {
    for (const size_t j : more) {
      nodes[j] = true;
      for (size_t k = 0; k < j; k++) {
        if (before_[j][k]) nodes[k] = true;
      }
    }
  }
  bool begins_early(size_t node) const { return ended_[node] != before_[node]; }
  // Returns the nodes that are ordered before the current access. Before
  // await_predecessors these are only the nodes that have ended.
  const std::vector<bool>& ordered() const {
    const bool early = on_ && !awaited_[thread_];
    return early ? ended_[node_] : before_[node_];
  }

  bool is_shared(uintptr_t address) const {
    return std::any_of(shared_.begin(), shared_.end(), [&](const Range& range) {
      return address >= range.begin && address < range.end;
    });
  }

  uint16_t atomics_of_block() const {
    const auto entry = atomics_.find(block_);
    return entry == atomics_.end()
               ? uint16_t{0}
               : static_cast<uint16_t>(entry->second.size());
  }

  Word& word_at(uintptr_t index) {
    const uintptr_t number = index / kPageWords;
    auto& recent = recent_[number % kRecentPages];
    if (recent.second == nullptr || recent.first != number) {
      auto& page = pages_[number];
      if (page == nullptr) page = std::make_unique<Page>();
      recent = {number, page.get()};
    }
    return (*recent.second)[index % kPageWords];
  }

  void in_launch(Word& word, const Access& current, bool writes, bool shared) {
    const auto races_with = [&](const Access& other) {
      return other.launch == launch_ && !(shared && other.block != block_) &&
             !(other.is_atomic && current.is_atomic) && !is_ordered(other);
    };
    if (races_with(word.write)) {
      report(word.write, current, writes ? "written twice" : "read");
    }
    if (writes) {
      for (Access& read : word.reads) {
        if (races_with(read)) report(read, current, "overwritten");
        read.launch = 0;
      }
      word.write = current;
      return;
    }
    for (Access& read : word.reads) {
      if (read.launch == launch_ && read.block == block_ &&
          read.thread == thread_) {
        read = current;
        return;
      }
    }
    word.reads[word.next_read++ % kReaders] = current;
  }

  bool is_ordered(const Access& other) const {
    if (other.block != block_) return is_ordered_by_atomics(other);
    if (other.thread == thread_ || other.block_barriers != block_barriers_) {
      return true;
    }
    return other.thread / kWarp == thread_ / kWarp &&
           other.warp_barriers != warp_barriers_[thread_ / kWarp];
  }

  // True if the other block reached an atomic counter after its access, and
  // this block reached the same counter later.
  bool is_ordered_by_atomics(const Access& other) const {
    const auto theirs = atomics_.find(other.block);
    const auto ours = atomics_.find(block_);
    if (theirs == atomics_.end() || ours == atomics_.end()) return false;
    for (size_t i = other.atomics; i < theirs->second.size(); i++) {
      const Atomic& release = theirs->second[i];
      const bool came_first = other.thread == release.thread ||
                              other.block_barriers != release.block_barriers;
      const bool is_visible =
          other.is_atomic || release.fences[other.thread] != other.fences;
      if (!came_first || !is_visible) continue;
      const auto acquires = [&](const Atomic& later) {
        return later.address == release.address &&
               later.order > release.order &&
               (later.thread == thread_ ||
                later.block_barriers != block_barriers_);
      };
      if (std::any_of(ours->second.begin(), ours->second.end(), acquires)) {
        return true;
      }
    }
    return false;
  }

  void access_by_node(Word& word, uint32_t code, bool writes) {
    if (word.graph != graph_) {
      word.graph = graph_;
      word.written = false;
      word.reader_count = 0;
    }
    const auto races_with = [&](const NodeAccess& other) {
      return other.node != node_ && !ordered()[other.node];
    };
    if (word.written && races_with(word.writer)) {
      report(word.writer, code, writes ? "written twice" : "read");
    }
    // Keep only the readers that race with this access. A read represents all
    // readers that are ordered before it.
    auto* const end = word.readers.data() + word.reader_count;
    auto* const new_end =
        std::remove_if(word.readers.data(), end,
                       [&](const NodeAccess& r) { return !races_with(r); });
    if (writes) {
      for (const auto* reader = word.readers.data(); reader != new_end;
           reader++) {
        report(*reader, code, "overwritten");
      }
      word.written = true;
      word.writer = {node_, code};
      word.reader_count = 0;
      return;
    }
    word.reader_count = static_cast<uint32_t>(new_end - word.readers.data());
    word.readers[std::min<size_t>(word.reader_count, kReaders - 1)] = {node_,
                                                                       code};
    word.reader_count = std::min<uint32_t>(word.reader_count + 1, kReaders);
  }

  static std::string thread_text(const Access& access) {
    return "thread " + std::to_string(access.thread) + " of block " +
           std::to_string(access.block) + " at " + hexadecimal(access.code);
  }

  void report(const Access& first, const Access& second, const char* what) {
    if (!reported_.insert({first.code, second.code}).second) return;
    emit(std::string(kernel_) + ": a word is " + what + " by " +
         thread_text(second) + "; nothing orders this access after " +
         thread_text(first));
  }
  void report(const NodeAccess& first, uint32_t code, const char* what) {
    if (!reported_.insert({first.code, code}).second) return;
    const auto name = [&](uint32_t node) {
      return std::string(names_[node]) + " (node " + std::to_string(node);
    };
    emit("graph: a word is " + std::string(what) + " by " + name(node_) +
         " at " + hexadecimal(code) + "); nothing orders this access after " +
         name(first.node) + " at " + hexadecimal(first.code) + ")");
  }
  static void emit(const std::string& text) {
    if (reporter) {
      reporter(text);
      return;
    }
    std::fprintf(stderr, "emulation: race: %s\n", text.c_str());
    std::abort();
  }

  bool on_ = false;
  const char* kernel_ = "";
  uint32_t launch_ = 0;
  uint32_t block_ = 0;
  uint16_t thread_ = 0, block_barriers_ = 0;
  std::vector<uint16_t> warp_barriers_, fences_;
  // Which threads of the block have waited for other nodes, and the counts of
  // threads and of waiting threads of the launch.
  std::vector<bool> awaited_;
  uint64_t threads_ = 0, awaiting_ = 0;
  Range stack_{0, 0};
  std::vector<Range> shared_;
  std::unordered_map<uint32_t, std::vector<Atomic>> atomics_;
  uint64_t order_ = 0;
  bool in_graph_ = false;
  uint32_t graph_ = 0, node_ = 0;
  std::vector<const char*> names_;
  // Per node: the nodes that are ordered before it, and those that have ended
  // when it begins.
  std::vector<std::vector<bool>> before_, ended_;
  std::unordered_map<uintptr_t, std::unique_ptr<Page>> pages_;
  std::array<std::pair<uintptr_t, Page*>, kRecentPages> recent_{};
  std::set<std::pair<uint32_t, uint32_t>> reported_;
};

Detector& detector() {
  static thread_local Detector instance;
  return instance;
}

}  // namespace

void on_race(std::function<void(const std::string&)> report) {
  reporter = std::move(report);
}

void begin_launch(const char* kernel) { detector().begin_launch(kernel); }
void end_launch() { detector().end_launch(); }
void begin_block(uint32_t block, unsigned threads) {
  detector().begin_block(block, threads);
}
void resume(unsigned thread, const void* stack, size_t stack_bytes) {
  detector().resume(thread, stack, stack_bytes);
}
void share(const void* memory, size_t bytes) {
  detector().share(memory, bytes);
}
void pass_block_barrier() { detector().pass_block_barrier(); }
void pass_warp_barrier(unsigned warp) { detector().pass_warp_barrier(warp); }
void fence() { detector().fence(); }
void atomic(const void* address, size_t bytes) {
  detector().atomic(address, bytes, __builtin_return_address(0));
}
void await_nodes() { detector().await_nodes(); }
void begin_graph(const std::vector<std::vector<size_t>>& dependencies,
                 const std::vector<std::vector<size_t>>& ended) {
  detector().begin_graph(dependencies, ended);
}
void begin_node(size_t node) { detector().begin_node(node); }
void end_graph() { detector().end_graph(); }
void access_by_node(const void* memory, size_t bytes, bool writes) {
  detector().access_by_node(memory, bytes, writes);
}

}  // namespace interlatent::cuda::emulation::races

// The functions that compilers call with -fsanitize=thread.
#define IL_ACCESS(name, bytes, writes)                               \
  void __tsan_##name(void* address) {                                \
    interlatent::cuda::emulation::races::detector().access(          \
        address, bytes, writes, false, __builtin_return_address(0)); \
  }
#define IL_ACCESSES(bytes)                       \
  IL_ACCESS(read##bytes, bytes, false)           \
  IL_ACCESS(write##bytes, bytes, true)           \
  IL_ACCESS(unaligned_read##bytes, bytes, false) \
  IL_ACCESS(unaligned_write##bytes, bytes, true) \
  IL_ACCESS(volatile_read##bytes, bytes, false)  \
  IL_ACCESS(volatile_write##bytes, bytes, true)

extern "C" {
void __tsan_init() {}
void __tsan_func_entry(void*) {}
void __tsan_func_exit() {}
void __tsan_vptr_update(void**, void*) {}
void __tsan_vptr_read(void**) {}
IL_ACCESSES(1)
IL_ACCESSES(2)
IL_ACCESSES(4)
IL_ACCESSES(8)
IL_ACCESSES(16)
void __tsan_read_range(void* address, size_t bytes) {
  interlatent::cuda::emulation::races::detector().access(
      address, bytes, false, false, __builtin_return_address(0));
}
void __tsan_write_range(void* address, size_t bytes) {
  interlatent::cuda::emulation::races::detector().access(
      address, bytes, true, false, __builtin_return_address(0));
}
// Atomics of the host code in the same files as the kernels.
unsigned char __tsan_atomic8_load(const volatile unsigned char* value, int) {
  return *value;
}
unsigned __tsan_atomic32_load(const volatile unsigned* value, int) {
  return __atomic_load_n(value, __ATOMIC_SEQ_CST);
}
unsigned long __tsan_atomic64_load(const volatile unsigned long* value, int) {
  return __atomic_load_n(value, __ATOMIC_SEQ_CST);
}
unsigned __tsan_atomic32_fetch_add(volatile unsigned* value, unsigned more,
                                   int) {
  return __atomic_fetch_add(value, more, __ATOMIC_SEQ_CST);
}
unsigned __tsan_atomic32_fetch_sub(volatile unsigned* value, unsigned less,
                                   int) {
  return __atomic_fetch_sub(value, less, __ATOMIC_SEQ_CST);
}
}
