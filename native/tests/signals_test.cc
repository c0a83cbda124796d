// Sends signals while products are computed, to the calling thread and to the
// process. No handler may run on a thread whose stack pointer oneDNN may have
// moved, and the values must not change.
#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstring>
#include <thread>

#include "check.h"
#include "plan_builder.h"

namespace interlatent::testing {
namespace {

constexpr int64_t kRows = 96, kColumns = 300, kDepth = 1500;

pthread_t runner;
uintptr_t stack_begin, stack_end;
std::atomic<int> handled, handled_elsewhere, handled_off_the_stack;

void handle(int) {
  // Not the address of a variable, which AddressSanitizer may move elsewhere.
  const auto address = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
  handled++;
  if (pthread_equal(pthread_self(), runner) == 0) {
    handled_elsewhere++;
  } else if (address < stack_begin || address >= stack_end) {
    handled_off_the_stack++;
  }
}

void find_stack() {
  // No function here pushes as much as this.
  constexpr uintptr_t kReach = 256 << 10;
  const auto address = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
  stack_begin = address - kReach;
  stack_end = address + kReach;
}

// One product that oneDNN computes, because it is too large for the loops of
// the engine.
struct Plan {
  PlanBuilder plan;
  uint64_t c, a, b;

  Plan() {
    c = plan.place(IL_ACTIVATIONS, kRows * kColumns);
    a = plan.place(IL_PARAMETERS, kRows * kDepth);
    b = plan.place(IL_DATA, kDepth * kColumns);
    plan.entry("step");
    plan.kernel("matmul", "product")
        .writes(IL_ACTIVATIONS, c, kRows * kColumns)
        .reads(IL_PARAMETERS, a, kRows * kDepth)
        .reads(IL_DATA, b, kDepth * kColumns)
        .integers({kRows, kColumns, kDepth, 0, 0, kColumns, kDepth, kColumns, 0,
                   0, 0, 0, 0})
        .floats({0.2});
  }
};

void check_products(uint32_t threads) {
  const Plan plan;
  Loaded program(plan.plan.bytes(), threads);
  CHECK_MESSAGE(program.outcome().code.empty(), program.outcome().message);
  Numbers numbers(7);
  program.upload(IL_PARAMETERS, plan.a, numbers.floats(kRows * kDepth, -1, 1));
  program.upload(IL_DATA, plan.b, numbers.floats(kDepth * kColumns, -1, 1));
  program.run(0, 1);
  const auto expected =
      program.download(IL_ACTIVATIONS, plan.c, kRows * kColumns);
  std::atomic<bool> over = false;
  // Sends signals to the runner, and to any thread of the process that accepts
  // them.
  std::thread sender([&] {
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR2);
    pthread_sigmask(SIG_BLOCK, &blocked, nullptr);
    while (!over) {
      pthread_kill(runner, SIGUSR2);
      kill(getpid(), SIGUSR2);
      usleep(10);
    }
  });
  const int before = handled;
  const uint64_t steps = kSanitized ? 50 : 300;
  for (uint64_t step = 1; step <= steps; step++) {
    CHECK(program.run(step, 1).code.empty());
  }
  over = true;
  sender.join();
  const auto actual =
      program.download(IL_ACTIVATIONS, plan.c, kRows * kColumns);
  CHECK(std::memcmp(expected.data(), actual.data(), expected.size() * 4) == 0);
  CHECK(handled > before);
}

void run() {
  runner = pthread_self();
  find_stack();
  struct sigaction action{};
  action.sa_handler = handle;
  sigaction(SIGUSR2, &action, nullptr);
  for (const uint32_t threads : thread_counts()) check_products(threads);
  CHECK(handled_elsewhere == 0);
  CHECK(handled_off_the_stack == 0);
}

}  // namespace
}  // namespace interlatent::testing

int main() {
  interlatent::testing::run();
  return interlatent::testing::summary("signals");
}
