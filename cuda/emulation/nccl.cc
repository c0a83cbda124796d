// NCCL as far as we call it, among threads of one process: a library of its own
// for INTERLATENT_NCCL_PATH. As NVIDIA's, a broadcast waits on its stream until
// all ranks have come to it, for ever where one does not, and ends early only
// where its own rank gives up. Ranks that come to different ones get an
// asynchronous error instead of wrong numbers. The call whose number
// INTERLATENT_EMULATION_NCCL_FAIL is fails.
#include "cuda/nccl.h"

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "cuda/emulation/stream.h"

namespace interlatent::cuda::nccl {
namespace {

constexpr Result kInvalidArgument = 4;
constexpr Result kInvalidUsage = 5;

struct Broadcast {
  const void* source;
  void* target;
  size_t bytes;
  int root;

  bool is_alike(const Broadcast& other) const {
    return bytes == other.bytes && root == other.root;
  }
};
using Group = std::vector<Broadcast>;

// Where the ranks of an id meet: all show what they are about to do, each
// copies what it lacks, and nobody goes on before all have.
struct Meeting {
  explicit Meeting(size_t count) : shown(count) {}

  bool all_have_come() const {
    for (const Group* one : shown) {
      if (one == nullptr) return false;
    }
    return true;
  }
  bool all_do_the_same() const {
    for (const Group* one : shown) {
      if (one->size() != shown[0]->size()) return false;
      for (size_t i = 0; i < one->size(); i++) {
        if (!(*one)[i].is_alike((*shown[0])[i])) return false;
      }
    }
    return true;
  }

  std::mutex mutex;
  std::condition_variable changed;
  size_t joined = 0;
  bool has_failed = false;
  std::vector<const Group*> shown;
  size_t copied = 0;
  uint64_t turn = 0;
};

std::mutex meetings_mutex;
std::map<std::string, std::shared_ptr<Meeting>> meetings;

// What a rank is to its meeting; streams keep it as long as they need it.
struct Member {
  std::shared_ptr<Meeting> meeting;
  size_t rank;
  bool has_aborted = false;
  Result error = 0;
  bool has_shown = false;
  bool has_copied = false;
  uint64_t turn = 0;

  // False while others are waited for.
  bool go_on(const Group& group) {
    const std::lock_guard<std::mutex> lock(meeting->mutex);
    if (has_aborted) {
      if (has_shown && turn == meeting->turn) meeting->shown[rank] = nullptr;
      return true;
    }
    if (!has_shown) {
      meeting->shown[rank] = &group;
      turn = meeting->turn;
      has_shown = true;
    }
    if (!has_copied) {
      if (error != 0 || !meeting->all_have_come()) return false;
      if (!meeting->all_do_the_same()) {
        error = kInvalidUsage;
        return false;
      }
      copy(group);
      has_copied = true;
      if (++meeting->copied == meeting->shown.size()) {
        meeting->shown.assign(meeting->shown.size(), nullptr);
        meeting->copied = 0;
        meeting->turn++;
      }
    }
    if (meeting->turn == turn) return false;
    has_shown = has_copied = false;
    return true;
  }

  void copy(const Group& group) const {
    for (size_t i = 0; i < group.size(); i++) {
      const auto root = static_cast<size_t>(group[i].root);
      const void* source = (*meeting->shown[root])[i].source;
      if (group[i].target != source) {
        std::memcpy(group[i].target, source, group[i].bytes);
      }
    }
  }
};

}  // namespace

struct CommunicatorOpaque {
  std::shared_ptr<Member> member;
};

namespace {

// What the calling thread has begun.
struct Begun {
  int depth = 0;
  Group group;
  Communicator communicator = nullptr;
  cudaStream_t stream = nullptr;
};
thread_local Begun begun;

bool call_fails() {
  static std::mutex mutex;
  static std::string chosen;
  static uint64_t calls = 0;
  const char* text = std::getenv("INTERLATENT_EMULATION_NCCL_FAIL");
  const std::lock_guard<std::mutex> lock(mutex);
  if (chosen != (text == nullptr ? "" : text)) {
    chosen = text == nullptr ? "" : text;
    calls = 0;
  }
  calls++;
  return !chosen.empty() && calls == std::strtoull(chosen.c_str(), nullptr, 10);
}

// In a capture it leaves two nodes to wait for: its kernel, and one for the
// part that it has on the host.
void launch() {
  emulation::Stream& stream = *begun.stream;
  const auto group = std::make_shared<Group>(std::move(begun.group));
  const auto member = begun.communicator->member;
  const auto before = stream.dependencies;
  const auto edges = stream.edges;
  stream.add_waiting(emulation::NodeType::kOther,
                     [=] { return member->go_on(*group); });
  if (stream.captured == nullptr) return;
  const auto after = stream.dependencies;
  stream.dependencies = before;
  stream.edges = edges;
  stream.add(emulation::NodeType::kOther, [] {});
  stream.dependencies.insert(stream.dependencies.end(), after.begin(),
                             after.end());
  stream.edges.assign(stream.dependencies.size(), {});
}

Result end_group() {
  if (begun.depth == 0) return kInvalidUsage;
  if (--begun.depth > 0) return 0;
  const bool fails = call_fails();
  if (!fails && !begun.group.empty()) launch();
  begun = {};
  return fails ? kUnhandledCudaError : 0;
}

}  // namespace
}  // namespace interlatent::cuda::nccl

using namespace interlatent::cuda::nccl;

#define IL_EXPORT extern "C" __attribute__((visibility("default")))

IL_EXPORT Result ncclGetVersion(int* version) {
  *version = 0;
  return 0;
}

IL_EXPORT const char* ncclGetErrorString(Result result) {
  switch (result) {
    case 0:
      return "no error";
    case kUnhandledCudaError:
      return "unhandled cuda error";
    case kInvalidArgument:
      return "invalid argument";
    case kInvalidUsage:
      return "invalid usage";
    case kRemoteError:
      return "remote process exited or there was a network error";
    default:
      return "unknown result code";
  }
}

IL_EXPORT Result ncclGetUniqueId(Id* id) {
  static std::atomic<uint64_t> made = 0;
  if (call_fails()) return kUnhandledCudaError;
  *id = {};
  const uint64_t number = ++made;
  std::memcpy(id->bytes, &number, sizeof number);
  return 0;
}

IL_EXPORT Result ncclCommInitRank(Communicator* communicator, int count, Id id,
                                  int rank) {
  if (count < 1 || rank < 0 || rank >= count) return kInvalidArgument;
  std::shared_ptr<Meeting> meeting;
  {
    const std::lock_guard<std::mutex> lock(meetings_mutex);
    auto& own = meetings[std::string(id.bytes, sizeof id.bytes)];
    if (own == nullptr) own = std::make_shared<Meeting>(count);
    meeting = own;
  }
  std::unique_lock<std::mutex> lock(meeting->mutex);
  const bool fails = call_fails();
  meeting->has_failed |= fails;
  meeting->joined++;
  meeting->changed.notify_all();
  if (fails) return kUnhandledCudaError;
  meeting->changed.wait(lock, [&] {
    return meeting->has_failed || meeting->joined == meeting->shown.size();
  });
  if (meeting->has_failed) return kRemoteError;
  auto member = std::make_shared<Member>();
  member->meeting = meeting;
  member->rank = static_cast<size_t>(rank);
  *communicator = new CommunicatorOpaque{std::move(member)};
  return 0;
}

IL_EXPORT Result ncclCommAbort(Communicator communicator) {
  {
    Member& member = *communicator->member;
    const std::lock_guard<std::mutex> lock(member.meeting->mutex);
    member.has_aborted = true;
  }
  delete communicator;
  return 0;
}

IL_EXPORT Result ncclCommDestroy(Communicator communicator) {
  return ncclCommAbort(communicator);
}

IL_EXPORT Result ncclCommGetAsyncError(Communicator communicator,
                                       Result* result) {
  if (call_fails()) return kUnhandledCudaError;
  const Member& member = *communicator->member;
  const std::lock_guard<std::mutex> lock(member.meeting->mutex);
  *result = member.error;
  return 0;
}

IL_EXPORT Result ncclGroupStart() {
  if (call_fails()) return kUnhandledCudaError;
  begun.depth++;
  return 0;
}

IL_EXPORT Result ncclGroupEnd() { return end_group(); }

IL_EXPORT Result ncclBroadcast(const void* source, void* target, size_t count,
                               int type, int root, Communicator communicator,
                               cudaStream_t stream) {
  if (call_fails()) return kUnhandledCudaError;
  const auto ranks =
      static_cast<int>(communicator->member->meeting->shown.size());
  if (type != kByte || root < 0 || root >= ranks) return kInvalidArgument;
  const bool is_other =
      begun.communicator != nullptr &&
      (begun.communicator != communicator || begun.stream != stream);
  if (begun.depth == 0 || is_other) return kInvalidUsage;
  begun.group.push_back({source, target, count, root});
  begun.communicator = communicator;
  begun.stream = stream;
  return 0;
}
