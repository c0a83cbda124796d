// A process group (il_ranks): programs that train the same runs together.
// Assigns tiles to ranks, and exchanges the results of each rank with all
// others.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "interlatent/backend.h"

namespace interlatent {

// Consecutive tiles.
struct TileRange {
  uint32_t first, count;
};

// Returns the tiles that a rank computes. Their counts differ by at most one
// between ranks.
constexpr TileRange tiles_of_rank(uint32_t tiles, uint32_t rank,
                                  uint32_t ranks) {
  const auto start = [=](uint64_t i) {
    return static_cast<uint32_t>(i * tiles / ranks);
  };
  return {start(rank), start(uint64_t{rank} + 1) - start(rank)};
}

// Returns the rank that computes a tile.
constexpr uint32_t rank_of_tile(uint32_t tiles, uint32_t tile, uint32_t ranks) {
  return static_cast<uint32_t>(((uint64_t{tile} + 1) * ranks - 1) / tiles);
}

// A process group as one of its ranks sees it.
class Ranks {
 public:
  using IsCancelled = std::function<bool()>;

  virtual ~Ranks() = default;

  uint32_t index() const { return interface_.index; }
  uint32_t count() const { return interface_.count; }

  // Exchanges pieces as il_ranks does. Throws Error "rank-lost" and
  // "cancelled". Only one call may run at a time.
  virtual void gather(std::span<const il_piece> pieces,
                      const IsCancelled& is_cancelled) = 0;
  // Notifies the other ranks that this one stops, and why. May be called from
  // any thread.
  virtual void leave(const std::string& why) = 0;
  // Notifies the other ranks that this one needs them no longer, and waits
  // until all have done the same. Returns false if some have not. Throws Error
  // "cancelled".
  virtual bool end(const IsCancelled&) { return true; }

  const il_ranks& c_interface() const { return interface_; }

 protected:
  Ranks(uint32_t index, uint32_t count);
  Ranks(const Ranks&) = delete;
  Ranks& operator=(const Ranks&) = delete;

 private:
  il_ranks interface_;
};

// Creates the ranks of a process group within one process, each for one thread.
// A rank waits at most `seconds` for the others.
std::vector<std::shared_ptr<Ranks>> local_ranks(uint32_t count, double seconds);

// Returns the process group of a program that trains alone.
il_ranks single_rank();

// Calls `gather` of il_ranks and throws its errors.
void gather(const il_ranks& ranks, std::span<const il_piece> pieces,
            const Ranks::IsCancelled& is_cancelled);

}  // namespace interlatent
