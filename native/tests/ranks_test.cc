// Ranks that train the same runs together, each by some tiles of every
// mini-batch: whatever their number, they come to the bits of one; and whoever
// waits for one that is gone is told.
#include "ranks/ranks.h"

#include <atomic>
#include <string>
#include <thread>

#include "check.h"
#include "error.h"
#include "small_training.h"

namespace interlatent::testing {
namespace {

constexpr double kPatience = 60;

il_load_options options_of(const Ranks& rank, uint32_t threads) {
  il_load_options options{};
  options.threads = threads;
  options.ranks = &rank.c_interface();
  return options;
}

// Every tile has one rank, and no rank two tiles more than another.
void check_tiles() {
  for (uint32_t tiles = 1; tiles < 40; tiles++) {
    for (uint32_t ranks = 1; ranks < 12; ranks++) {
      uint32_t next = 0;
      for (uint32_t rank = 0; rank < ranks; rank++) {
        const auto [first, count] = tiles_of_rank(tiles, rank, ranks);
        CHECK(first == next);
        CHECK(count == tiles / ranks || count == tiles / ranks + 1);
        for (uint32_t tile = first; tile < first + count; tile++) {
          CHECK(rank_of_tile(tiles, tile, ranks) == rank);
        }
        next = first + count;
      }
      CHECK(next == tiles);
    }
  }
}

// What all ranks have learned after some steps.
std::vector<std::vector<float>> trained_by(const Training& training,
                                           uint32_t count, uint32_t threads) {
  const auto ranks = local_ranks(count, kPatience);
  std::vector<std::vector<float>> learned(count);
  std::vector<std::thread> running;
  for (uint32_t i = 0; i < count; i++) {
    running.emplace_back([&, i] {
      Trainer trainer(training, il_cpu_backend(),
                      options_of(*ranks[i], threads));
      trainer.run(0, 7);
      trainer.run(7, 5);
      learned[i] = trainer.parameters();
    });
  }
  for (std::thread& one : running) one.join();
  return learned;
}

void check_bits() {
  const Training training;
  Trainer alone(training, il_cpu_backend());
  alone.run(0, 12);
  const auto expected = alone.parameters();
  CHECK(expected != alone.started);
  for (const uint32_t count : {1u, 2u, 3u, 4u}) {
    for (const uint32_t threads : {1u, 2u}) {
      for (const auto& learned : trained_by(training, count, threads)) {
        CHECK(learned == expected);
      }
    }
  }
}

// A run that leaves the finite numbers is lost to all, in the same step and by
// the same tensor.
void check_lost_runs() {
  const Training training;
  const auto ranks = local_ranks(2, kPatience);
  std::vector<std::vector<il_run_failure>> failures(2);
  std::vector<std::thread> running;
  for (uint32_t i = 0; i < 2; i++) {
    running.emplace_back([&, i] {
      Trainer trainer(training, il_cpu_backend(), options_of(*ranks[i], 1));
      // Of the second run, in the first tile of step 1: rank 0's.
      auto index = trainer.index;
      auto data = trainer.data;
      const int32_t row = 4;
      for (auto& one : index) one = one == row ? 5 : one;
      index[size_t((kBatches + kTiles) * kBatch)] = row;
      data[size_t(row) * kFeatures] = -1;
      trainer.program.upload(IL_DATA, training.data, data);
      trainer.program.upload(IL_DATA, training.index, index);
      trainer.run(0, 6);
      failures[i] = trainer.program.failures;
    });
  }
  for (std::thread& one : running) one.join();
  for (const auto& own : failures) {
    CHECK(own.size() == 1);
    CHECK(own[0].run == 1);
    CHECK(own[0].step == 1);
    CHECK(std::string(own[0].label) == "noisy");
  }
}

// What `gather` of a rank says, while the other does something else.
template <class Other>
std::string error_while(const Other& other,
                        const Ranks::IsCancelled& is_cancelled,
                        double seconds = kPatience) {
  const auto ranks = local_ranks(2, seconds);
  float value = 1;
  const il_piece piece{&value, sizeof value, 0};
  std::string code;
  std::thread waiting([&] {
    try {
      ranks[0]->gather({&piece, 1}, is_cancelled);
    } catch (const Error& error) {
      code = error.code() + ": " + error.what();
    }
  });
  other(*ranks[1]);
  waiting.join();
  return code;
}

void check_lost_ranks() {
  const auto never = [] { return false; };
  const auto nothing = [](Ranks&) {};
  const auto leaves = [](Ranks& rank) { rank.leave("has no memory left"); };
  CHECK(error_while(leaves, never) ==
        "rank-lost: [ranks] rank 1 has no memory left");
  CHECK(error_while(nothing, never, 0.05) ==
        "rank-lost: [ranks] rank 1 was not heard of for too long");
  CHECK(error_while(nothing, [] { return true; }) ==
        "cancelled: [ranks] cancelled");
  const auto gathers_more = [](Ranks& rank) {
    double value = 0;
    const il_piece piece{&value, sizeof value, 0};
    try {
      rank.gather({&piece, 1}, [] { return false; });
    } catch (const Error&) {
    }
  };
  CHECK(error_while(gathers_more, never) ==
        "rank-lost: [ranks] rank 1 has other pieces than rank 0");
}

// A rank that waits for the others can be stopped, and has learned nothing.
void check_cancel() {
  const Training training;
  const auto ranks = local_ranks(2, kPatience);
  Trainer trainer(training, il_cpu_backend(), options_of(*ranks[0], 1));
  std::thread waiting([&] { trainer.run(0, 4); });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  il_cpu_backend()->cancel(trainer.program.program());
  waiting.join();
  CHECK(trainer.program.report.cancelled == 1);
  CHECK(trainer.program.report.steps_done == 0);
  CHECK(trainer.parameters() == trainer.started);
}

}  // namespace
}  // namespace interlatent::testing

int main() {
  using namespace interlatent::testing;
  check_tiles();
  check_bits();
  check_lost_runs();
  check_lost_ranks();
  check_cancel();
  return summary("ranks");
}
