// A fiber runs threads of the block in sequence until one of them waits at a
// barrier. That thread keeps the fiber, and another fiber continues with the
// remaining threads. Kernels without barriers therefore never switch.
#include "cuda/emulation/fibers.h"

#include <setjmp.h>
#include <ucontext.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "cuda/emulation/races.h"

namespace interlatent::cuda::emulation {

constinit thread_local const Thread* current = nullptr;

namespace {

constexpr size_t kStackBytes = size_t{128} << 10;
constexpr unsigned kWarp = 32;

enum class Order { kForward, kReverse, kShuffle };

Order chosen_order() {
  const char* text = std::getenv("INTERLATENT_EMULATION_ORDER");
  if (text == nullptr || std::string(text) == "forward") return Order::kForward;
  if (std::string(text) == "reverse") return Order::kReverse;
  if (std::string(text) == "shuffle") return Order::kShuffle;
  std::fprintf(stderr,
               "INTERLATENT_EMULATION_ORDER is %s; valid values are forward, "
               "reverse, and shuffle\n",
               text);
  std::abort();
}

// The point at which a fiber continues. AddressSanitizer's longjmp asks the
// kernel for the stack and then checks the wrong one, and its swapcontext loses
// its data about both stacks. GCC's built-in jump does neither and is faster.
#if defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_THREAD__)
#define IL_UNWATCHED __attribute__((noinline, no_sanitize_address))
using Jump = void* [5];
#define IL_SET_JUMP(jump) __builtin_setjmp(jump)
// GCC requires that this jump is in a separate function.
IL_UNWATCHED void jump_to(Jump& jump) { __builtin_longjmp(jump, 1); }
#else
#define IL_UNWATCHED __attribute__((noinline))
using Jump = jmp_buf;
#define IL_SET_JUMP(jump) _setjmp(jump)
void jump_to(Jump& jump) { _longjmp(jump, 1); }
#endif

// A point where execution stops and continues. setcontext makes a system call
// for signals, so it is only used to start a fiber.
class Point {
 public:
  // Continues at `next` and returns when another fiber continues here.
  IL_UNWATCHED void leave_for(Point& next) {
    if (IL_SET_JUMP(jump_) != 0) return;
    if (next.started_) jump_to(next.jump_);
    next.started_ = true;
    setcontext(&next.context_);
  }

  void start_at(void (*function)(), std::byte* stack) {
    getcontext(&context_);
    context_.uc_stack.ss_sp = stack;
    context_.uc_stack.ss_size = kStackBytes;
    context_.uc_link = nullptr;
    makecontext(&context_, function, 0);
    started_ = false;
  }

 private:
  ucontext_t context_;
  Jump jump_;
  bool started_ = true;
};

struct Fiber {
  std::unique_ptr<std::byte[]> stack{new std::byte[kStackBytes]};
  Point point;
};

enum class State {
  kNew,
  kRunning,
  kAtBlockBarrier,
  kAtWarpBarrier,
  kAtShuffle,
  kReady,
  kDone
};

struct Slot {
  State state = State::kNew;
  Fiber* fiber = nullptr;  // set once the thread has waited
  Thread thread;
};

class Scheduler;
Scheduler& the_scheduler();

class Scheduler {
 public:
  void run_block(dim3 grid, dim3 block, dim3 threads, size_t shared_bytes,
                 const std::function<void()>& thread, Order order) {
    const unsigned count = threads.x * threads.y * threads.z;
    serial_++;
    shared_bytes_ = 0;
    max_shared_bytes_ = shared_bytes > kDefaultSharedBytes
                            ? kMaxSharedBytes
                            : kDefaultSharedBytes;
    add_shared(shared_bytes);
    body_ = &thread;
    order_ = order;
    slots_.assign(count, {});
    for (unsigned i = 0; i < count; i++) {
      slots_[i].thread = {
          {i % threads.x, i / threads.x % threads.y, i / threads.x / threads.y},
          block,
          threads,
          grid,
          i};
    }
    exchanged_.assign(count, 0);
    races::begin_block((block.z * grid.y + block.y) * grid.x + block.x, count);
    dynamic_ = allocate(shared_bytes);
    if (shared_bytes > 0) {
      std::memset(dynamic_.get(), 0xff, shared_bytes);
      races::share(dynamic_.get(), shared_bytes);
    }
    sequence_.resize(count);
    std::iota(sequence_.begin(), sequence_.end(), 0u);
    for (;;) {
      arrange();
      next_ = 0;
      home_.leave_for(next_point());
      if (!release()) return;
    }
  }

  // Lets another fiber continue with the next threads until the barrier of this
  // thread is complete.
  void wait(State state) {
    Slot& slot = slots_[current->in_block];
    Fiber* const fiber = running_;
    slot.state = state;
    slot.fiber = fiber;
    fiber->point.leave_for(next_point());
    current = &slot.thread;
    running_ = fiber;
    races::resume(current->in_block, fiber->stack.get(), kStackBytes);
  }

  uint64_t exchange(uint64_t value, unsigned lane) {
    const unsigned index = current->in_block;
    const unsigned source = index / kWarp * kWarp + lane;
    exchanged_[index] = value;
    wait(State::kAtShuffle);
    const uint64_t received =
        source < exchanged_.size() ? exchanged_[source] : value;
    wait(State::kAtShuffle);
    return received;
  }

  // Adds the size of a shared variable at its first use in a block, and ends
  // the program if the block exceeds its limit.
  void add_shared(size_t bytes) {
    shared_bytes_ += bytes;
    if (shared_bytes_ <= max_shared_bytes_) return;
    std::fprintf(stderr, "emulation: a block shares more than %zu KB\n",
                 max_shared_bytes_ / 1024);
    std::abort();
  }

  void* shared(const void* variable, size_t bytes) {
    auto entry = std::find_if(
        shared_.begin(), shared_.end(),
        [&](const Shared& known) { return known.variable == variable; });
    if (entry == shared_.end()) {
      entry = shared_.insert(entry, {variable, 0, allocate(bytes)});
    }
    if (entry->block != serial_) {
      entry->block = serial_;
      add_shared(bytes);
      races::share(entry->memory.get(), bytes);
      std::memset(entry->memory.get(), 0xff, bytes);
    }
    return entry->memory.get();
  }

  void* passed_by_warp() {
    return passed_.data() + current->in_block / kWarp * kWarp * kPassedBytes;
  }
  void* dynamic_shared() { return dynamic_.get(); }

 private:
  struct Free {
    void operator()(std::byte* memory) const { std::free(memory); }
  };
  using Block = std::unique_ptr<std::byte, Free>;
  // Allocates no more than needed, so that sanitizers detect accesses beyond
  // the end.
  static Block allocate(size_t bytes) {
    return Block(static_cast<std::byte*>(
        std::aligned_alloc(16, (bytes + 15) / 16 * 16)));
  }
  // The memory of a shared variable, which all blocks use in turn.
  struct Shared {
    const void* variable;
    uint64_t block;  // serial number of the last block that used it
    Block memory;
  };

  // Returns the point at which the next thread continues: its fiber, an idle
  // fiber, or the scheduler if no thread remains.
  Point& next_point() {
    for (; next_ < sequence_.size(); next_++) {
      Slot& slot = slots_[sequence_[next_]];
      if (slot.state == State::kNew) return idle_fiber();
      if (slot.state != State::kReady) continue;
      next_++;
      slot.state = State::kRunning;
      return slot.fiber->point;
    }
    return home_;
  }

  Point& idle_fiber() {
    if (!idle_.empty()) {
      Fiber* const fiber = idle_.back();
      idle_.pop_back();
      return fiber->point;
    }
    starting_ = fibers_.emplace_back(std::make_unique<Fiber>()).get();
    starting_->point.start_at([] { the_scheduler().run_threads(); },
                              starting_->stack.get());
    return starting_->point;
  }

  // The body of a fiber: runs new threads in sequence, and becomes idle when
  // there are none.
  void run_threads() {
    Fiber* const self = starting_;
    for (;;) {
      running_ = self;
      while (next_ < sequence_.size()) {
        Slot& slot = slots_[sequence_[next_]];
        if (slot.state != State::kNew) break;
        next_++;
        slot.state = State::kRunning;
        current = &slot.thread;
        races::resume(current->in_block, self->stack.get(), kStackBytes);
        (*body_)();
        slots_[current->in_block].state = State::kDone;
      }
      Point& next = next_point();
      idle_.push_back(self);
      self->point.leave_for(next);
    }
  }

  void arrange() {
    if (order_ == Order::kReverse && sequence_.front() == 0) {
      std::reverse(sequence_.begin(), sequence_.end());
    }
    if (order_ != Order::kShuffle) return;
    for (size_t i = sequence_.size(); i > 1; i--) {
      random_ = random_ * 6364136223846793005u + 1442695040888963407u;
      std::swap(sequence_[i - 1], sequence_[(random_ >> 33) % i]);
    }
  }

  // Releases the threads whose barrier is complete. Returns false if all
  // threads have ended.
  bool release() {
    const size_t count = slots_.size();
    size_t done = 0;
    size_t at_block_barrier = 0;
    bool released = false;
    const size_t warps = (count + kWarp - 1) / kWarp;
    for (size_t i = 0; i < warps; i++) {
      // In other orders than forward, the last warp runs ahead as far as it
      // can. If a barrier of the block is missing, it then reads data that are
      // not written yet.
      const size_t first =
          (order_ == Order::kForward ? i : warps - 1 - i) * kWarp;
      const size_t end = std::min(count, first + kWarp);
      size_t at_barrier = 0;
      size_t at_shuffle = 0;
      size_t alive = 0;
      for (size_t j = first; j < end; j++) {
        at_barrier += slots_[j].state == State::kAtWarpBarrier;
        at_shuffle += slots_[j].state == State::kAtShuffle;
        alive += slots_[j].state != State::kDone;
        at_block_barrier += slots_[j].state == State::kAtBlockBarrier;
        done += slots_[j].state == State::kDone;
      }
      if (alive == 0 || (at_barrier < alive && at_shuffle < alive)) continue;
      released = true;
      if (at_barrier > 0) {
        races::pass_warp_barrier(static_cast<unsigned>(first / kWarp));
      }
      for (size_t j = first; j < end; j++) make_ready(slots_[j]);
      if (order_ != Order::kForward) return true;
    }
    if (done == count) return false;
    if (!released && at_block_barrier + done == count) {
      released = true;
      races::pass_block_barrier();
      for (Slot& slot : slots_) make_ready(slot);
    }
    if (!released) {
      std::fprintf(stderr, "emulation: some threads do not reach a barrier\n");
      std::abort();
    }
    return true;
  }

  static void make_ready(Slot& slot) {
    if (slot.state != State::kDone) slot.state = State::kReady;
  }

  uint64_t serial_ = 0;
  size_t shared_bytes_ = 0, max_shared_bytes_ = 0;
  const std::function<void()>* body_ = nullptr;
  Order order_ = Order::kForward;
  std::vector<Slot> slots_;
  std::vector<unsigned> sequence_;
  size_t next_ = 0;
  std::vector<uint64_t> exchanged_;
  Block dynamic_;
  std::vector<Shared> shared_;
  std::vector<std::byte> passed_ =
      std::vector<std::byte>(kMaxThreads * kPassedBytes);
  std::vector<std::unique_ptr<Fiber>> fibers_;
  std::vector<Fiber*> idle_;
  Fiber* starting_ = nullptr;
  Fiber* running_ = nullptr;
  Point home_;
  uint64_t random_ = 1;
};

// The scheduler is needed at every barrier. Testing this pointer is faster than
// accessing a thread_local object with a destructor.
constinit thread_local Scheduler* scheduler_of_thread = nullptr;

void make_scheduler() {
  static thread_local const auto scheduler = std::make_unique<Scheduler>();
  scheduler_of_thread = scheduler.get();
}

Scheduler& the_scheduler() {
  if (scheduler_of_thread == nullptr) make_scheduler();
  return *scheduler_of_thread;
}

}  // namespace

void block_barrier() { the_scheduler().wait(State::kAtBlockBarrier); }
void warp_barrier() { the_scheduler().wait(State::kAtWarpBarrier); }
void shuffle_barrier() { the_scheduler().wait(State::kAtShuffle); }
uint64_t exchange(uint64_t value, unsigned lane) {
  return the_scheduler().exchange(value, lane);
}
void* passed_by_warp() { return the_scheduler().passed_by_warp(); }
void* shared(const void* variable, size_t bytes) {
  return the_scheduler().shared(variable, bytes);
}
void* dynamic_shared() { return the_scheduler().dynamic_shared(); }

bool is_forward() { return chosen_order() == Order::kForward; }

bool can_launch(dim3 grid, dim3 threads) {
  const uint64_t count = uint64_t{threads.x} * threads.y * threads.z;
  const uint64_t blocks = uint64_t{grid.x} * grid.y * grid.z;
  return count > 0 && count <= kMaxThreads && blocks > 0 &&
         grid.x <= INT32_MAX && grid.y <= UINT16_MAX && grid.z <= UINT16_MAX;
}

void run_grid(dim3 grid, dim3 threads, size_t shared_bytes,
              const std::function<void()>& thread) {
  const Order order = chosen_order();
  const uint64_t count = uint64_t{grid.x} * grid.y * grid.z;
  for (uint64_t i = 0; i < count; i++) {
    const uint64_t index = order == Order::kForward ? i : count - 1 - i;
    const dim3 block(static_cast<unsigned>(index % grid.x),
                     static_cast<unsigned>(index / grid.x % grid.y),
                     static_cast<unsigned>(index / grid.x / grid.y));
    the_scheduler().run_block(grid, block, threads, shared_bytes, thread,
                              order);
  }
}

}  // namespace interlatent::cuda::emulation
