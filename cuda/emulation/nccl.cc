// Emulation of the NCCL functions that we call, among threads of one process.
// It is a separate library for INTERLATENT_NCCL_PATH. As in NCCL, a broadcast
// waits on its stream until all ranks have reached it, forever if one does not,
// and ends early only if its rank aborts. Ranks with different broadcasts get
// an asynchronous error instead of wrong numbers.
// INTERLATENT_EMULATION_NCCL_FAIL is the number of the call that fails.
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

  bool matches(const Broadcast& other) const {
    return bytes == other.bytes && root == other.root;
  }
};
using Group = std::vector<Broadcast>;

// The state that the ranks of an id share. Each rank announces its broadcasts,
// copies the pieces of the other ranks, and continues when all ranks have
// copied.
struct Meeting {
  explicit Meeting(size_t count) : announced(count) {}

  bool all_have_arrived() const {
    for (const Group* group : announced) {
      if (group == nullptr) return false;
    }
    return true;
  }
  bool all_match() const {
    for (const Group* group : announced) {
      if (group->size() != announced[0]->size()) return false;
      for (size_t i = 0; i < group->size(); i++) {
        if (!(*group)[i].matches((*announced[0])[i])) return false;
      }
    }
    return true;
  }

  std::mutex mutex;
  std::condition_variable changed;
  size_t joined = 0;
  bool has_failed = false;
  std::vector<const Group*> announced;
  size_t copied = 0;
  uint64_t turn = 0;
};

std::mutex meetings_mutex;
std::map<std::string, std::shared_ptr<Meeting>> meetings;

// The state of one rank. Streams keep it as long as they need it.
struct Member {
  std::shared_ptr<Meeting> meeting;
  size_t rank;
  bool has_aborted = false;
  Result error = 0;
  bool has_announced = false;
  bool has_copied = false;
  uint64_t turn = 0;

  // Returns false while it waits for other ranks.
  bool advance(const Group& group) {
    const std::lock_guard<std::mutex> lock(meeting->mutex);
    if (has_aborted) {
      if (has_announced && turn == meeting->turn)
        meeting->announced[rank] = nullptr;
      return true;
    }
    if (!has_announced) {
      meeting->announced[rank] = &group;
      turn = meeting->turn;
      has_announced = true;
    }
    if (!has_copied) {
      if (error != 0 || !meeting->all_have_arrived()) return false;
      if (!meeting->all_match()) {
        error = kInvalidUsage;
        return false;
      }
      copy(group);
      has_copied = true;
      if (++meeting->copied == meeting->announced.size()) {
        meeting->announced.assign(meeting->announced.size(), nullptr);
        meeting->copied = 0;
        meeting->turn++;
      }
    }
    if (meeting->turn == turn) return false;
    has_announced = has_copied = false;
    return true;
  }

  void copy(const Group& group) const {
    for (size_t i = 0; i < group.size(); i++) {
      const auto root = static_cast<size_t>(group[i].root);
      const void* source = (*meeting->announced[root])[i].source;
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

// The group of calls that the calling thread has open_group.
struct OpenGroup {
  int depth = 0;
  Group group;
  Communicator communicator = nullptr;
  cudaStream_t stream = nullptr;
};
thread_local OpenGroup open_group;

bool call_fails() {
  static std::mutex mutex;
  static std::string setting;
  static uint64_t calls = 0;
  const char* text = std::getenv("INTERLATENT_EMULATION_NCCL_FAIL");
  const std::lock_guard<std::mutex> lock(mutex);
  if (setting != (text == nullptr ? "" : text)) {
    setting = text == nullptr ? "" : text;
    calls = 0;
  }
  calls++;
  return !setting.empty() &&
         calls == std::strtoull(setting.c_str(), nullptr, 10);
}

// Adds a group to its stream. In a capture it ends in two nodes, as in NCCL:
// the kernel, and a node for the work on the host.
void launch() {
  emulation::Stream& stream = *open_group.stream;
  const auto group = std::make_shared<Group>(std::move(open_group.group));
  const auto member = open_group.communicator->member;
  const auto before = stream.dependencies;
  const auto edges = stream.edges;
  stream.add_waiting(emulation::NodeType::kOther,
                     [=] { return member->advance(*group); });
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
  if (open_group.depth == 0) return kInvalidUsage;
  if (--open_group.depth > 0) return 0;
  const bool fails = call_fails();
  if (!fails && !open_group.group.empty()) launch();
  open_group = {};
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
  static std::atomic<uint64_t> last_id = 0;
  if (call_fails()) return kUnhandledCudaError;
  *id = {};
  const uint64_t number = ++last_id;
  std::memcpy(id->bytes, &number, sizeof number);
  return 0;
}

IL_EXPORT Result ncclCommInitRank(Communicator* communicator, int count, Id id,
                                  int rank) {
  if (count < 1 || rank < 0 || rank >= count) return kInvalidArgument;
  std::shared_ptr<Meeting> meeting;
  {
    const std::lock_guard<std::mutex> lock(meetings_mutex);
    auto& entry = meetings[std::string(id.bytes, sizeof id.bytes)];
    if (entry == nullptr) entry = std::make_shared<Meeting>(count);
    meeting = entry;
  }
  std::unique_lock<std::mutex> lock(meeting->mutex);
  const bool fails = call_fails();
  meeting->has_failed |= fails;
  meeting->joined++;
  meeting->changed.notify_all();
  if (fails) return kUnhandledCudaError;
  meeting->changed.wait(lock, [&] {
    return meeting->has_failed || meeting->joined == meeting->announced.size();
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
  open_group.depth++;
  return 0;
}

IL_EXPORT Result ncclGroupEnd() { return end_group(); }

IL_EXPORT Result ncclBroadcast(const void* source, void* target, size_t count,
                               int type, int root, Communicator communicator,
                               cudaStream_t stream) {
  if (call_fails()) return kUnhandledCudaError;
  const auto ranks =
      static_cast<int>(communicator->member->meeting->announced.size());
  if (type != kByte || root < 0 || root >= ranks) return kInvalidArgument;
  const bool is_other =
      open_group.communicator != nullptr &&
      (open_group.communicator != communicator || open_group.stream != stream);
  if (open_group.depth == 0 || is_other) return kInvalidUsage;
  open_group.group.push_back({source, target, count, root});
  open_group.communicator = communicator;
  open_group.stream = stream;
  return 0;
}
