#include "cuda/tile_exchange.h"

#include <algorithm>
#include <chrono>
#include <vector>

#include "error.h"
#include "profile.h"

namespace interlatent::cuda {
namespace {

using Clock = std::chrono::steady_clock;

// Time that a cancelled rank waits for the other ranks. It is longer than a
// step takes.
constexpr std::chrono::seconds kGrace{2};

// Returns the values of all ranks, in the order of the ranks.
template <class Value>
std::vector<Value> gather_from_all(const il_ranks& ranks, Value value,
                                   const Ranks::IsCancelled& is_cancelled) {
  std::vector<Value> values(ranks.count);
  values[ranks.index] = value;
  std::vector<il_piece> pieces;
  for (uint32_t i = 0; i < ranks.count; i++) {
    pieces.push_back({&values[i], sizeof(Value), i});
  }
  gather(ranks, pieces, is_cancelled);
  return values;
}

}  // namespace

TileRange tiles_of(uint32_t tiles, const il_ranks& ranks) {
  const TileRange range = tiles_of_rank(tiles, ranks.index, ranks.count);
  return tiles == 1 || range.count == 0 ? TileRange{0, 1} : range;
}

TileExchange::TileExchange(const il_ranks& ranks)
    : ranks_(ranks), library_(Nccl::open()) {}

void TileExchange::compare(uint64_t fingerprint,
                           const IsCancelled& is_cancelled) const {
  const auto all = gather_from_all(ranks_, fingerprint, is_cancelled);
  for (uint32_t i = 1; i < ranks_.count; i++) {
    if (all[i] == all[0]) continue;
    throw Error("rank-lost", "[run] rank " + std::to_string(i) +
                                 " has a different program from rank 0");
  }
}

bool TileExchange::connect(uint64_t fingerprint,
                           const IsCancelled& is_cancelled) {
  check_not_left();
  if (is_connected()) return true;
  nccl::Id id{};
  if (ranks_.index == 0) {
    library_->check(library_->functions().make_id(&id), "ncclGetUniqueId");
  }
  const il_piece piece{&id, sizeof id, 0};
  try {
    compare(fingerprint, is_cancelled);
    gather(ranks_, {&piece, 1}, is_cancelled);
  } catch (const Error& error) {
    if (error.code() != "cancelled") throw;
    return false;
  }
  communicator_.emplace(library_, ranks_, id);
  return true;
}

bool TileExchange::all_continue(const IsCancelled& is_cancelled) {
  check_not_left();
  std::optional<Clock::time_point> since;
  // A cancelled rank still waits for the other ranks, because they learn of the
  // cancellation from this gather. If it gave up at once, the process group
  // would be lost.
  const auto gives_up = [&] {
    if (!is_cancelled()) return false;
    if (!since) since = Clock::now();
    return Clock::now() - *since > kGrace;
  };
  try {
    const auto stopped =
        gather_from_all(ranks_, uint32_t{is_cancelled() ? 1u : 0u}, gives_up);
    return *std::max_element(stopped.begin(), stopped.end()) == 0;
  } catch (const Error& error) {
    if (error.code() != "cancelled") throw;
    return false;
  }
}

uint32_t TileExchange::min_over_ranks(uint32_t value) {
  const auto all = gather_from_all(ranks_, value, [] { return false; });
  return *std::min_element(all.begin(), all.end());
}

void TileExchange::enqueue(std::span<const il_piece> pieces,
                           cudaStream_t stream) const {
  communicator_->enqueue(pieces, stream);
}

void TileExchange::check() const {
  interlatent::check(ranks_);
  communicator_->check();
}

void TileExchange::abort() {
  if (!is_connected()) return;
  communicator_->abort();
  communicator_.reset();
}

void TileExchange::leave(const std::string& why) {
  if (!leave_reason_.empty()) return;
  leave_reason_ = why;
  ranks_.leave(ranks_.user, why.c_str());
}

void TileExchange::check_not_left() const {
  if (leave_reason_.empty()) return;
  throw Error("rank-lost", "[run] rank " + std::to_string(ranks_.index) + " " +
                               leave_reason_);
}

std::string TileExchange::describe() const {
  return R"({"index":)" + std::to_string(ranks_.index) + R"(,"count":)" +
         std::to_string(ranks_.count) + R"(,"library":)" +
         json_text(library_->name()) + "}";
}

}  // namespace interlatent::cuda
