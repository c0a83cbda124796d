// NCCL, opened at run time: the few of its functions that we call, declared
// here (NVIDIA, "NCCL API"), and what one program is to the others by it.
// Nothing of it is needed to build.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "cuda/runtime.h"
#include "interlatent/backend.h"

namespace interlatent::cuda {

// As in nccl.h, under its numbers.
namespace nccl {

using Result = int;  // 0: success
constexpr Result kUnhandledCudaError = 1;
constexpr Result kRemoteError = 6;
constexpr Result kInProgress = 7;
constexpr int kByte = 1;  // ncclUint8

// What those who join have in common.
struct Id {
  char bytes[128];
};
using Communicator = struct CommunicatorOpaque*;

#define IL_NCCL_FUNCTIONS(each)                                             \
  each(make_id, "ncclGetUniqueId", (Id*)) each(                             \
      join, "ncclCommInitRank", (Communicator*, int count, Id, int i))      \
      each(destroy, "ncclCommDestroy", (Communicator))                      \
          each(abort, "ncclCommAbort", (Communicator)) each(                \
              find_error, "ncclCommGetAsyncError", (Communicator, Result*)) \
              each(begin_group, "ncclGroupStart", ())                       \
                  each(end_group, "ncclGroupEnd", ())                       \
                      each(broadcast, "ncclBroadcast",                      \
                           (const void* source, void* target, size_t count, \
                            int type, int root, Communicator, cudaStream_t))

struct Functions {
#define IL_DECLARE(name, symbol, parameters) Result(*name) parameters = nullptr;
  IL_NCCL_FUNCTIONS(IL_DECLARE)
#undef IL_DECLARE
};

}  // namespace nccl

class Nccl {
 public:
  // That of INTERLATENT_NCCL_PATH, or what the dynamic linker or Python's
  // wheels have; the emulation takes only the former. Throws Error "no-nccl".
  static std::shared_ptr<const Nccl> open();

  const nccl::Functions& functions() const { return functions_; }
  // File and version, for people.
  const std::string& name() const { return name_; }
  // Throws Error "rank-lost" where another is to blame, otherwise "device".
  void check(nccl::Result result, const char* what) const;

 private:
  Nccl() = default;
  nccl::Functions functions_;
  const char* (*explain_)(nccl::Result) = nullptr;
  std::string name_;
};

// A program among those that compute the other tiles of its mini-batches.
class Communicator {
 public:
  // Waits for all others, who make theirs too, of the same id.
  Communicator(std::shared_ptr<const Nccl> library, const il_ranks& ranks,
               const nccl::Id& id);
  ~Communicator();
  Communicator(const Communicator&) = delete;
  Communicator& operator=(const Communicator&) = delete;

  // Every piece goes from the rank that has it to all others, in one launch.
  void enqueue(std::span<const il_piece> pieces, cudaStream_t stream) const;
  // Throws what has gone wrong since.
  void check() const;
  // Ends what is under way, without the others. What NCCL has launched in
  // graphs must be gone: it would wait for them.
  void abort();

 private:
  std::shared_ptr<const Nccl> library_;
  nccl::Communicator communicator_ = nullptr;
};

}  // namespace interlatent::cuda
