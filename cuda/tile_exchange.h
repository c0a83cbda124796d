// Synchronises the programs of a process group, each of which computes some
// tiles of every mini-batch. They begin a step together and exchange their
// results.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "cuda/nccl.h"
#include "ranks/ranks.h"

namespace interlatent::cuda {

// Returns the tiles of a mini-batch that this program computes. A launch must
// not be empty. If there are more ranks than tiles, the ranks without a tile
// compute the first one too, to the same bits.
TileRange tiles_of(uint32_t tiles, const il_ranks& ranks);

class TileExchange {
 public:
  using IsCancelled = Ranks::IsCancelled;

  // Throws Error "no-nccl".
  explicit TileExchange(const il_ranks& ranks);

  // Connects to the other ranks; all ranks call it before their first step.
  // Returns false if it was cancelled. Throws Error "rank-lost" or "device".
  // `fingerprint` must be equal on all ranks: ranks with different exchanges
  // would wait for each other forever.
  bool connect(uint64_t fingerprint, const IsCancelled& is_cancelled);
  bool is_connected() const { return communicator_.has_value(); }

  // True if no rank was cancelled, so that all begin another step. All ranks
  // get the same answer. A device therefore never waits for a step that another
  // one does not begin.
  bool all_continue(const IsCancelled& is_cancelled);
  // Returns the minimum of the values of all ranks.
  uint32_t min_over_ranks(uint32_t value);

  // Enqueues one launch that copies the pieces of every rank to all other
  // ranks.
  void enqueue(std::span<const il_piece> pieces, cudaStream_t stream) const;
  // Throws Error "rank-lost" or "device" if an exchange has failed since the
  // last call.
  void check() const;
  // Aborts the exchanges in progress without waiting for the other ranks.
  // Destroy graphs that contain exchanges first.
  void abort();
  // Informs the other ranks that this one stops. `why` completes a sentence
  // that begins with the rank's name.
  void leave(const std::string& why);

  // Returns JSON: { index, count, library }.
  std::string describe() const;

 private:
  void check_not_left() const;
  void compare(uint64_t fingerprint, const IsCancelled& is_cancelled) const;

  const il_ranks ranks_;
  std::shared_ptr<const Nccl> library_;
  std::optional<Communicator> communicator_;
  std::string leave_reason_;  // empty before `leave`
};

}  // namespace interlatent::cuda
