// NCCL, opened at run time. The functions that we call are declared here
// (NVIDIA, "NCCL API"), so the build does not need NCCL.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "cuda/runtime.h"
#include "interlatent/backend.h"

namespace interlatent::cuda {

// Types and values of nccl.h.
namespace nccl {

using Result = int;  // 0: success
constexpr Result kUnhandledCudaError = 1;
constexpr Result kRemoteError = 6;
constexpr Result kInProgress = 7;
constexpr int kByte = 1;  // ncclUint8

// Identifier that all ranks of a communicator share (ncclUniqueId).
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
  // Opens the library at INTERLATENT_NCCL_PATH, or else the one of the dynamic
  // linker or of Python's wheels. The emulation accepts only the former. Throws
  // Error "no-nccl".
  static std::shared_ptr<const Nccl> open();

  const nccl::Functions& functions() const { return functions_; }
  // Returns file and version, for messages.
  const std::string& name() const { return name_; }
  // Throws Error "rank-lost" if another rank caused the failure, otherwise
  // "device".
  void check(nccl::Result result, const char* what) const;

 private:
  Nccl() = default;
  nccl::Functions functions_;
  const char* (*explain_)(nccl::Result) = nullptr;
  std::string name_;
};

// One rank of an NCCL communicator.
class Communicator {
 public:
  // Waits until all ranks have constructed theirs with the same id.
  Communicator(std::shared_ptr<const Nccl> library, const il_ranks& ranks,
               const nccl::Id& id);
  ~Communicator();
  Communicator(const Communicator&) = delete;
  Communicator& operator=(const Communicator&) = delete;

  // Enqueues one launch that copies every piece from the rank that has it to
  // all other ranks.
  void enqueue(std::span<const il_piece> pieces, cudaStream_t stream) const;
  // Throws Error if an operation has failed since the last call.
  void check() const;
  // Aborts the operations in progress without waiting for the other ranks.
  // Destroy graphs that contain NCCL launches first, because NCCL would wait
  // for them.
  void abort();

 private:
  std::shared_ptr<const Nccl> library_;
  nccl::Communicator communicator_ = nullptr;
};

}  // namespace interlatent::cuda
