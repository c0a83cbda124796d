// Ranks that send each other what they have through MPI: all pieces reach all,
// ranks that are out of step, silent or gone are found and named, and what is
// given up stays the library's for as long as it may write there.
#include <atomic>
#include <cstring>
#include <thread>

#include "check.h"
#include "mpi_processes.h"
#include "small_training.h"

namespace interlatent::testing {
namespace {

// More than the emulated library keeps of one rank for another.
constexpr size_t kLong = 300000;
// More than a machine that is busy keeps a process waiting.
constexpr double kShort = 1;

// The pieces of a gathering, of which each rank fills its own. Sizes by owner.
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
      // A vector that was assigned to may lie elsewhere.
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

// Beginnings and ends of pieces at those of messages, and elsewhere.
void check_several_messages(uint32_t) {
  const auto ranks = join(2, kPatience, 256);
  for (const size_t size : {239u, 240u, 241u, 495u, 496u, 497u, 5000u}) {
    check_gathered(*ranks, {{size}, {3, size, 0, 300}});
  }
  CHECK(ranks->end(never));
}

// Two teams of two, which do not gather with each other but end together.
void check_teams(uint32_t rank) {
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

// Rank 1 sends other pieces than rank 0 waits for.
void check_longer(uint32_t rank) {
  const auto ranks = join(2);
  const Pieces pieces(*ranks, {{}, {rank == 0 ? 8u : 16u}});
  const std::string error = pieces.gather(*ranks);
  CHECK(error == (rank == 1 ? ""
                            : "rank-lost: [mpi] rank 1 on host-1 is lost: "
                              "MPI_Test answers 15"));
}

void check_shorter(uint32_t rank) {
  const auto ranks = join(2);
  const Pieces pieces(*ranks, {{}, {rank == 0 ? 16u : 8u}});
  const std::string error = pieces.gather(*ranks);
  CHECK(error == (rank == 1 ? ""
                            : "rank-lost: [mpi] rank 1 on host-1 is at "
                              "something else"));
}

// Rank 0 is one gathering ahead.
void check_out_of_step(uint32_t rank) {
  const auto ranks = join(2);
  if (rank == 0) check_gathered(*ranks, {{}, {}});
  const Pieces pieces(*ranks, {{}, {8}});
  const std::string error = pieces.gather(*ranks);
  CHECK(error == (rank == 1 ? ""
                            : "rank-lost: [mpi] rank 1 on host-1 is at "
                              "something else"));
}

void check_silent(uint32_t rank) {
  const auto ranks = join(2, kShort);
  if (rank == 0) {
    CHECK(Pieces(*ranks, {{8}, {8}}).gather(*ranks) ==
          "rank-lost: [mpi] rank 1 on host-1 was not heard of for too long");
    tell_others("seen");
  }
  wait_for("seen");
}

// What rank 0 sends is never taken.
void check_stuck(uint32_t rank) {
  const auto ranks = join(2, kShort);
  if (rank == 0) {
    CHECK(Pieces(*ranks, {{kLong}, {}}).gather(*ranks) ==
          "rank-lost: [mpi] rank 1 on host-1 was not heard of for too long");
    ranks->leave("has lost a rank");
    tell_others("seen");
  }
  wait_for("seen");
}

// Whoever waits, and whoever will wait, is told why; whoever has left, that it
// has. In the other team nobody is.
void check_news(uint32_t rank) {
  begin_mpi(library(), kPatience, never);
  const bool is_apart = rank == 3;
  const MpiTeam team = is_apart ? MpiTeam{3, 1} : MpiTeam{0, 3};
  const auto ranks = mpi_ranks(team, kPatience, never);
  wait_until_joined({0, 1, 2}, rank);
  if (is_apart) {
    check_gathered(*ranks, {{8}});
  } else {
    const Pieces pieces(*ranks, {{8}, {8}, {8}});
    if (rank == 1) {
      ranks->leave("has no memory left");
      ranks->leave("says no more");
      CHECK(pieces.gather(*ranks) == "cancelled: [mpi] cancelled");
      CHECK(error_of([&] { ranks->end(never); }) ==
            "cancelled: [mpi] cancelled");
      tell_others("gone");
      return;
    }
    if (rank == 2) wait_for("gone");
    CHECK(pieces.gather(*ranks) ==
          "rank-lost: [mpi] rank 1 on host-1 has no memory left");
  }
  CHECK(!ranks->end(never));
}

void check_long_news(uint32_t rank) {
  const auto ranks = join(2);
  if (rank == 1) return ranks->leave(std::string(1000, 'x'));
  CHECK(Pieces(*ranks, {{8}, {8}}).gather(*ranks) ==
        "rank-lost: [mpi] rank 1 on host-1 " + std::string(255, 'x'));
}

void check_left_without_words(uint32_t rank) {
  const auto ranks = join(2);
  if (rank == 1) return ranks->leave("");
  CHECK(Pieces(*ranks, {{8}, {8}}).gather(*ranks) ==
        "rank-lost: [mpi] rank 1 on host-1 has left");
}

// From another thread, while it waits.
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
    tell_others("seen");
  }
  wait_for("seen");
}

// What rank 0 no longer waits for comes, and goes, afterwards.
void check_given_up(uint32_t rank) {
  auto ranks = join(2);
  const Pieces::Sizes sizes{{kLong}, {kLong}};
  if (rank == 1) {
    wait_for("given up");
    check_gathered(*ranks, sizes);
    return ranks->leave("has seen it");
  }
  CHECK(Pieces(*ranks, sizes).gather(*ranks, [] { return true; }) ==
        "cancelled: [mpi] cancelled");
  ranks.reset();
  tell_others("given up");
  wait_for_given_up();
}

// The library refuses what rank 0 has for rank 2, when what it has for rank 1
// is on its way. (Its first two messages tell of its host.)
void check_refused_send(uint32_t rank) {
  if (rank == 0) set_faults("MPI_Isend=4");
  auto ranks = join(3);
  const Pieces::Sizes sizes{{kLong}, {8}, {8}};
  if (rank == 0) {
    CHECK(Pieces(*ranks, sizes).gather(*ranks) ==
          "rank-lost: [mpi] rank 2 on host-2 is lost: MPI_Isend answers 16");
    tell_others("given up");
    // But for news of the two others.
    wait_for_given_up(2);
    wait_for("whole");
    ranks->leave("has lost a rank");
    ranks.reset();
    return wait_for_given_up();
  }
  wait_for("given up");
  const std::string error = Pieces(*ranks, sizes).gather(*ranks);
  if (rank == 1) {
    CHECK_MESSAGE(error.empty(), error);
    tell_others("whole");
    wait_for("told");
  } else {
    CHECK(error == "rank-lost: [mpi] rank 0 on host-0 has lost a rank");
    tell_others("told");
  }
  ranks->leave("has seen it");
}

void check_refused_receive(uint32_t rank) {
  if (rank == 0) set_faults("MPI_Irecv=3");
  const auto ranks = join(2);
  const std::string error = Pieces(*ranks, {{8}, {8}}).gather(*ranks);
  CHECK(error == (rank == 1 ? ""
                            : "rank-lost: [mpi] rank 1 on host-1 is lost: "
                              "MPI_Irecv answers 16"));
}

// Rank 1 has all that rank 0 has sent.
void check_refused_test(uint32_t rank) {
  if (rank == 0) set_faults("MPI_Test=1");
  const std::string error = error_of([] { join(2); });
  CHECK(error == (rank == 1 ? ""
                            : "rank-lost: [mpi] rank 1 is lost: MPI_Test "
                              "answers 16"));
}

// The news cannot be listened to.
void check_refused_beginning(uint32_t rank) {
  if (rank == 0) set_faults("MPI_Irecv=1");
  const std::string error = error_of([] { join(2, kShort); });
  CHECK(error == (rank == 0 ? "rank-lost: [mpi] rank 1 is lost: MPI_Irecv "
                              "answers 16"
                            : "rank-lost: [mpi] rank 0 was not heard of for "
                              "too long"));
}

// One that cannot be told keeps the others from nothing.
void check_refused_news(uint32_t rank) {
  if (rank == 0) set_faults("MPI_Isend=3");
  const auto ranks = join(3);
  wait_until_joined({0, 1, 2}, rank);
  if (rank == 0) {
    ranks->leave("has ended");
    tell_others("gone");
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
      {"teams", 4, check_teams},
      {"training", 2, check_training},
      {"longer", 2, check_longer},
      {"shorter", 2, check_shorter},
      {"out-of-step", 2, check_out_of_step},
      {"silent", 2, check_silent},
      {"stuck", 2, check_stuck},
      {"news", 4, check_news},
      {"long-news", 2, check_long_news},
      {"without-words", 2, check_left_without_words},
      {"left-while-waiting", 2, check_left_while_waiting},
      {"given-up", 2, check_given_up},
      {"refused-send", 3, check_refused_send},
      {"refused-receive", 2, check_refused_receive},
      {"refused-test", 2, check_refused_test},
      {"refused-beginning", 2, check_refused_beginning},
      {"refused-news", 3, check_refused_news},
  });
  return summary("mpi_ranks");
}
