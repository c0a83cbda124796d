// What a program that computes some of the tiles of mini-batches is to those
// that compute the others: when all begin a step, and how all come to have what
// each has computed.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "cuda/nccl.h"
#include "ranks/ranks.h"

namespace interlatent::cuda {

// Those of a mini-batch that a program computes. A launch must not be empty, so
// where there are more ranks than tiles some compute the first one too, to the
// same bits.
TileRange tiles_of(uint32_t tiles, const il_ranks& ranks);

class TileExchange {
 public:
  using IsCancelled = Ranks::IsCancelled;

  // Throws Error "no-nccl".
  explicit TileExchange(const il_ranks& ranks);

  // Once, when all are about to run. False when it was cancelled meanwhile;
  // throws Error "rank-lost" and "device". `fingerprint`: what all must have
  // alike, so that none waits for what another does not do.
  bool connect(uint64_t fingerprint, const IsCancelled& is_cancelled);
  bool is_connected() const { return communicator_.has_value(); }

  // Whether all begin another step: nobody was cancelled. All are told the
  // same, so that a device never waits for a step that others do not begin.
  bool all_go_on(const IsCancelled& is_cancelled);
  // Of the numbers of all.
  uint32_t least(uint32_t own);

  // One launch, as if all had computed all tiles.
  void enqueue(std::span<const il_piece> pieces, cudaStream_t stream) const;
  // Throws Error "rank-lost" and "device" for what has gone wrong since.
  void check() const;
  // Ends what is under way, without the others. Graphs that hold exchanges must
  // be gone.
  void abort();
  // Tells the others that this one does not go on.
  void leave(const std::string& why);

  // JSON: { index, count, library }.
  std::string describe() const;

 private:
  void check_left() const;
  void compare(uint64_t fingerprint, const IsCancelled& is_cancelled) const;

  const il_ranks ranks_;
  std::shared_ptr<const Nccl> library_;
  std::optional<Communicator> communicator_;
  std::string left_;  // why
};

}  // namespace interlatent::cuda
