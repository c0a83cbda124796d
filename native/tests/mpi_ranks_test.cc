// Checks ranks that exchange data through MPI. All pieces reach all ranks.
// Ranks at different steps, silent ranks and lost ranks are detected and named.
// The library owns abandoned messages for as long as it may write to them.
#include <atomic>
#include <cstring>
#include <thread>

#include "check.h"
#include "mpi_processes.h"
#include "small_training.h"

namespace interlatent::testing {
namespace {

// More bytes than the emulated library buffers between two ranks.
constexpr size_t kLong = 300000;
// Longer than a busy machine delays a process.
constexpr double kShort = 1;

// The pieces of an exchange, of which each rank fills its part. Sizes by owner.
class Pieces {
 public:
  using Sizes = std::vector<std::vector<size_t>>;

  Pieces(const Ranks& ranks, const Sizes& sizes, uint32_t round = 0)
      : round_(round) {
    for (uint32_t owner = 0; owner < sizes.size(); owner++) {
      for (const size_t size : sizes[owner]) {
        memory_.emplace_back(size);
        pieces_.push_back({nullptr, size, owner});
      }
    }
    for (size_t i = 0; i < pieces_.size(); i++) {
      pieces_[i].data = memory_[i].data();
      if (pieces_[i].rank == ranks.index()) memory_[i] = content(i);
      // The assignment may have moved the memory of the vector.
      pieces_[i].data = memory_[i].data();
    }
  }

  std::string gather(Ranks& ranks,
                     const Ranks::IsCancelled& is_cancelled = never) const {
    return error_of([&] { ranks.gather(pieces_, is_cancelled); });
  }

  bool are_here() const {
    for (size_t i = 0; i < pieces_.size(); i++) {
      if (memory_[i] != content(i)) return false;
    }
    return true;
  }

 private:
  std::vector<uint8_t> content(size_t i) const {
    std::vector<uint8_t> all(pieces_[i].bytes);
    for (size_t k = 0; k < all.size(); k++) {
      all[k] = static_cast<uint8_t>(1 + round_ + 7 * i + k % 251 + k / 251);
    }
    return all;
  }

  const uint32_t round_;
  std::vector<std::vector<uint8_t>> memory_;
  std::vector<il_piece> pieces_;
};

void check_gathered(Ranks& ranks, const Pieces::Sizes& sizes,
                    uint32_t round = 0) {
  const Pieces pieces(ranks, sizes, round);
  const std::string error = pieces.gather(ranks);
  CHECK_MESSAGE(error.empty(), error);
  CHECK(pieces.are_here());
}

MpiTest gathering(const std::string& name, const Pieces::Sizes& sizes) {
  return {name, static_cast<uint32_t>(sizes.size()), [sizes](uint32_t) {
            const auto count = static_cast<uint32_t>(sizes.size());
            const auto ranks = join(count);
            for (uint32_t i = 0; i < 20; i++) check_gathered(*ranks, sizes, i);
            CHECK(ranks->end(never));
          }};
}

// The boundaries of pieces and messages coincide in some of these cases.
void check_several_messages(uint32_t) {
  const auto ranks = join(2, kPatience, 256);
  for (const size_t size : {239u, 240u, 241u, 495u, 496u, 497u, 5000u}) {
    check_gathered(*ranks, {{size}, {3, size, 0, 300}});
  }
  CHECK(ranks->end(never));
}

// Two process groups of two ranks, which exchange nothing with each other but
// end together.
void check_groups(uint32_t rank) {
  CHECK(begin_mpi(library(), kPatience, never).rank == rank);
  const auto ranks = mpi_ranks({rank / 2 * 2, 2}, kPatience, never);
  CHECK(ranks->index() == rank % 2);
  for (uint32_t i = 0; i <= 3 * (rank / 2); i++) {
    check_gathered(*ranks, {{10 + rank / 2}, {20}}, i);
  }
  CHECK(ranks->end(never));
}

void check_training(uint32_t) {
  const Training training;
  Trainer alone(training, il_cpu_backend());
  alone.run(0, 5);
  const auto ranks = join(2);
  il_load_options options{};
  options.threads = 2;
  options.ranks = &ranks->c_interface();
  Trainer together(training, il_cpu_backend(), options);
  together.run(0, 5);
  CHECK(together.parameters() == alone.parameters());
  CHECK(together.parameters() != together.started);
  CHECK(ranks->end(never));
}

// Rank 1 sends other pieces than rank 0 expects.
void check_longer(uint32_t rank) {
  const auto ranks = join(2);
  const Pieces pieces(*ranks, {{}, {rank == 0 ? 8u : 16u}});
  const std::string error = pieces.gather(*ranks);
  CHECK(error == (rank == 1 ? ""
                            : "rank-lost: [mpi] rank 1 on host-1 is lost: "
                              "MPI_Test returned 15"));
}

void check_shorter(uint32_t rank) {
  const auto ranks = join(2);
  const Pieces pieces(*ranks, {{}, {rank == 0 ? 16u : 8u}});
  const std::string error = pieces.gather(*ranks);
  CHECK(error == (rank == 1 ? ""
                            : "rank-lost: [mpi] rank 1 on host-1 is at "
                              "another step"));
}

// Rank 0 is one exchange ahead.
void check_out_of_step(uint32_t rank) {
  const auto ranks = join(2);
  if (rank == 0) check_gathered(*ranks, {{}, {}});
  const Pieces pieces(*ranks, {{}, {8}});
  const std::string error = pieces.gather(*ranks);
  CHECK(error == (rank == 1 ? ""
                            : "rank-lost: [mpi] rank 1 on host-1 is at "
                              "another step"));
}

void check_silent(uint32_t rank) {
  const auto ranks = join(2, kShort);
  if (rank == 0) {
    CHECK(Pieces(*ranks, {{8}, {8}}).gather(*ranks) ==
          "rank-lost: [mpi] rank 1 on host-1 did not respond in time");
    signal_others("seen");
  }
  wait_for("seen");
}

// Rank 1 never receives what rank 0 sends.
void check_stuck(uint32_t rank) {
  const auto ranks = join(2, kShort);
  if (rank == 0) {
    CHECK(Pieces(*ranks, {{kLong}, {}}).gather(*ranks) ==
          "rank-lost: [mpi] rank 1 on host-1 did not respond in time");
    ranks->leave("has lost a rank");
    signal_others("seen");
  }
  wait_for("seen");
}

// Ranks that wait, or will wait, receive the reason. The rank that left gets an
// error too. The other group is not affected.
void check_notices(uint32_t rank) {
  begin_mpi(library(), kPatience, never);
  const bool is_separate = rank == 3;
  const ProcessGroup group =
      is_separate ? ProcessGroup{3, 1} : ProcessGroup{0, 3};
  const auto ranks = mpi_ranks(group, kPatience, never);
  wait_until_joined({0, 1, 2}, rank);
  if (is_separate) {
    check_gathered(*ranks, {{8}});
  } else {
    const Pieces pieces(*ranks, {{8}, {8}, {8}});
    if (rank == 1) {
      ranks->leave("has no memory left");
      ranks->leave("says no more");
      CHECK(pieces.gather(*ranks) == "cancelled: [mpi] cancelled");
      CHECK(error_of([&] { ranks->end(never); }) ==
            "cancelled: [mpi] cancelled");
      signal_others("gone");
      return;
    }
    if (rank == 2) wait_for("gone");
    CHECK(pieces.gather(*ranks) ==
          "rank-lost: [mpi] rank 1 on host-1 has no memory left");
  }
  CHECK(!ranks->end(never));
}

void check_long_notice(uint32_t rank) {
  const auto ranks = join(2);
  if (rank == 1) return ranks->leave(std::string(1000, 'x'));
  CHECK(Pieces(*ranks, {{8}, {8}}).gather(*ranks) ==
        "rank-lost: [mpi] rank 1 on host-1 " + std::string(255, 'x'));
}

void check_left_without_reason(uint32_t rank) {
  const auto ranks = join(2);
  if (rank == 1) return ranks->leave("");
  CHECK(Pieces(*ranks, {{8}, {8}}).gather(*ranks) ==
        "rank-lost: [mpi] rank 1 on host-1 has left");
}

// A rank leaves from another thread while it waits.
void check_left_while_waiting(uint32_t rank) {
  const auto ranks = join(2);
  if (rank == 0) {
    std::atomic<bool> is_waiting = false;
    std::string error;
    std::thread waiting([&] {
      error = Pieces(*ranks, {{8}, {8}}).gather(*ranks, [&] {
        is_waiting = true;
        return false;
      });
    });
    while (!is_waiting) std::this_thread::yield();
    ranks->leave("was stopped");
    waiting.join();
    CHECK(error == "cancelled: [mpi] cancelled");
    signal_others("seen");
  }
  wait_for("seen");
}

// Messages that rank 0 no longer waits for are still transferred afterwards.
void check_abandoned(uint32_t rank) {
  auto ranks = join(2);
  const Pieces::Sizes sizes{{kLong}, {kLong}};
  if (rank == 1) {
    wait_for("abandoned");
    check_gathered(*ranks, sizes);
    return ranks->leave("has seen it");
  }
  CHECK(Pieces(*ranks, sizes).gather(*ranks, [] { return true; }) ==
        "cancelled: [mpi] cancelled");
  ranks.reset();
  signal_others("abandoned");
  wait_for_abandoned();
}

// The library refuses the message from rank 0 to rank 2 while that to rank 1 is
// in transit. (The first two messages of rank 0 exchange its host.)
void check_refused_send(uint32_t rank) {
  if (rank == 0) set_faults("MPI_Isend=4");
  auto ranks = join(3);
  const Pieces::Sizes sizes{{kLong}, {8}, {8}};
  if (rank == 0) {
    CHECK(Pieces(*ranks, sizes).gather(*ranks) ==
          "rank-lost: [mpi] rank 2 on host-2 is lost: MPI_Isend returned 16");
    signal_others("abandoned");
    // Except the notices from the two other ranks.
    wait_for_abandoned(2);
    wait_for("whole");
    ranks->leave("has lost a rank");
    ranks.reset();
    return wait_for_abandoned();
  }
  wait_for("abandoned");
  const std::string error = Pieces(*ranks, sizes).gather(*ranks);
  if (rank == 1) {
    CHECK_MESSAGE(error.empty(), error);
    signal_others("whole");
    wait_for("reported");
  } else {
    CHECK(error == "rank-lost: [mpi] rank 0 on host-0 has lost a rank");
    signal_others("reported");
  }
  ranks->leave("has seen it");
}

void check_refused_receive(uint32_t rank) {
  if (rank == 0) set_faults("MPI_Irecv=3");
  const auto ranks = join(2);
  const std::string error = Pieces(*ranks, {{8}, {8}}).gather(*ranks);
  CHECK(error == (rank == 1 ? ""
                            : "rank-lost: [mpi] rank 1 on host-1 is lost: "
                              "MPI_Irecv returned 16"));
}

// Rank 1 has received all messages of rank 0.
void check_refused_test(uint32_t rank) {
  if (rank == 0) set_faults("MPI_Test=1");
  const std::string error = error_of([] { join(2); });
  CHECK(error == (rank == 1 ? ""
                            : "rank-lost: [mpi] rank 1 is lost: MPI_Test "
                              "returned 16"));
}

// Rank 0 cannot receive notices.
void check_refused_beginning(uint32_t rank) {
  if (rank == 0) set_faults("MPI_Irecv=1");
  const std::string error = error_of([] { join(2, kShort); });
  CHECK(error == (rank == 0 ? "rank-lost: [mpi] rank 1 is lost: MPI_Irecv "
                              "returned 16"
                            : "rank-lost: [mpi] rank 0 did not respond in "
                              "time"));
}

// A notice that cannot be sent to one rank still reaches the others.
void check_refused_notice(uint32_t rank) {
  if (rank == 0) set_faults("MPI_Isend=3");
  const auto ranks = join(3);
  wait_until_joined({0, 1, 2}, rank);
  if (rank == 0) {
    ranks->leave("has ended");
    signal_others("gone");
  }
  wait_for("gone");
  if (rank == 2) {
    CHECK(Pieces(*ranks, {{8}, {}, {}}).gather(*ranks) ==
          "rank-lost: [mpi] rank 0 on host-0 has ended");
  }
}

}  // namespace
}  // namespace interlatent::testing

int main() {
  using namespace interlatent::testing;
  run_processes({
      gathering("one", {{8, 0, 3}}),
      gathering("two", {{8, 0, 3}, {5}}),
      gathering("two-open", {{8, 0, 3}, {kLong}}),
      gathering("three", {{}, {1, kLong, 0}, {4, 4}}),
      gathering("three-open", {{0}, {1, 2, 0}, {4, 4}}),
      {"several-messages", 2, check_several_messages},
      {"groups", 4, check_groups},
      {"training", 2, check_training},
      {"longer", 2, check_longer},
      {"shorter", 2, check_shorter},
      {"out-of-step", 2, check_out_of_step},
      {"silent", 2, check_silent},
      {"stuck", 2, check_stuck},
      {"notices", 4, check_notices},
      {"long-notice", 2, check_long_notice},
      {"without-reason", 2, check_left_without_reason},
      {"left-while-waiting", 2, check_left_while_waiting},
      {"abandoned", 2, check_abandoned},
      {"refused-send", 3, check_refused_send},
      {"refused-receive", 2, check_refused_receive},
      {"refused-test", 2, check_refused_test},
      {"refused-beginning", 2, check_refused_beginning},
      {"refused-notice", 3, check_refused_notice},
  });
  return summary("mpi_ranks");
}
