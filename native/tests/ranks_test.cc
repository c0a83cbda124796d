// Checks ranks that train the same runs together, each by some tiles of every
// mini-batch. Any number of ranks gives the same bits. A rank that waits for a
// lost rank gets an error.
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

// Every tile has one rank, and the numbers of tiles differ by at most one
// between ranks.
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

// Returns the parameters of all ranks after some steps.
std::vector<std::vector<float>> trained_by(const Training& training,
                                           uint32_t count, uint32_t threads) {
  const auto ranks = local_ranks(count, kPatience);
  std::vector<std::vector<float>> parameters(count);
  std::vector<std::thread> rank_threads;
  for (uint32_t i = 0; i < count; i++) {
    rank_threads.emplace_back([&, i] {
      Trainer trainer(training, il_cpu_backend(),
                      options_of(*ranks[i], threads));
      trainer.run(0, 7);
      trainer.run(7, 5);
      parameters[i] = trainer.parameters();
    });
  }
  for (std::thread& thread : rank_threads) thread.join();
  return parameters;
}

void check_bits() {
  const Training training;
  Trainer alone(training, il_cpu_backend());
  alone.run(0, 12);
  const auto expected = alone.parameters();
  CHECK(expected != alone.started);
  for (const uint32_t count : {1u, 2u, 3u, 4u}) {
    for (const uint32_t threads : {1u, 2u}) {
      for (const auto& parameters : trained_by(training, count, threads)) {
        CHECK(parameters == expected);
      }
    }
  }
}

// A run that becomes non-finite is lost on all ranks, in the same step and by
// the same tensor.
void check_lost_runs() {
  const Training training;
  const auto ranks = local_ranks(2, kPatience);
  std::vector<std::vector<il_run_failure>> failures(2);
  std::vector<std::thread> rank_threads;
  for (uint32_t i = 0; i < 2; i++) {
    rank_threads.emplace_back([&, i] {
      Trainer trainer(training, il_cpu_backend(), options_of(*ranks[i], 1));
      // The second run fails in the first tile of step 1, which belongs to rank
      // 0.
      auto index = trainer.index;
      auto data = trainer.data;
      const int32_t row = 4;
      for (auto& entry : index) entry = entry == row ? 5 : entry;
      index[size_t((kBatches + kTiles) * kBatch)] = row;
      data[size_t(row) * kFeatures] = -1;
      trainer.program.upload(IL_DATA, training.data, data);
      trainer.program.upload(IL_DATA, training.index, index);
      trainer.run(0, 6);
      failures[i] = trainer.program.failures;
    });
  }
  for (std::thread& thread : rank_threads) thread.join();
  for (const auto& lost : failures) {
    CHECK(lost.size() == 1);
    CHECK(lost[0].run == 1);
    CHECK(lost[0].step == 1);
    CHECK(std::string(lost[0].label) == "noisy");
  }
}

// Returns the error of `gather` on a rank while the other rank does something
// else.
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
        "rank-lost: [ranks] rank 1 did not respond in time");
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
        "rank-lost: [ranks] rank 1 exchanges other data than rank 0");
}

// A rank that waits for the others can be cancelled. Its parameters are then
// unchanged.
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
