// Those who train the same runs together (il_ranks): how tiles are shared out
// among them, and how what each has computed comes to all.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "interlatent/backend.h"

namespace interlatent {

// Tiles that follow each other.
struct TileRange {
  uint32_t first, count;
};

// The tiles that a rank computes: as many as any other, or one less.
constexpr TileRange tiles_of_rank(uint32_t tiles, uint32_t rank,
                                  uint32_t ranks) {
  const auto start = [=](uint64_t i) {
    return static_cast<uint32_t>(i * tiles / ranks);
  };
  return {start(rank), start(uint64_t{rank} + 1) - start(rank)};
}

// The rank that computes a tile.
constexpr uint32_t rank_of_tile(uint32_t tiles, uint32_t tile, uint32_t ranks) {
  return static_cast<uint32_t>(((uint64_t{tile} + 1) * ranks - 1) / tiles);
}

// One of them, as it sees the others.
class Ranks {
 public:
  using IsCancelled = std::function<bool()>;

  virtual ~Ranks() = default;

  uint32_t index() const { return interface_.index; }
  uint32_t count() const { return interface_.count; }

  // As il_ranks: throws Error "rank-lost" and "cancelled". One call at a time.
  virtual void gather(std::span<const il_piece> pieces,
                      const IsCancelled& is_cancelled) = 0;
  // Tells the others, who wait or will, that this one does not go on, and why.
  // From any thread.
  virtual void leave(const std::string& why) = 0;
  // Tells the others that this one needs no more of them, and waits until all
  // have said so: false where some have not. Throws Error "cancelled".
  virtual bool end(const IsCancelled&) { return true; }
  // Throws Error "rank-lost" where another is known to be gone. From any
  // thread.
  virtual void check() {}

  const il_ranks& c_interface() const { return interface_; }

 protected:
  Ranks(uint32_t index, uint32_t count);
  Ranks(const Ranks&) = delete;
  Ranks& operator=(const Ranks&) = delete;

 private:
  il_ranks interface_;
};

// Of one process, each for a thread of its own. They wait for each other for so
// long.
std::vector<std::shared_ptr<Ranks>> local_ranks(uint32_t count, double seconds);

// A program that is the only one.
il_ranks alone();

// The functions of il_ranks, with errors thrown.
void check(const il_ranks& ranks);
void gather(const il_ranks& ranks, std::span<const il_piece> pieces,
            const Ranks::IsCancelled& is_cancelled);

}  // namespace interlatent
