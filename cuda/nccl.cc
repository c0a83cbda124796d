#include "cuda/nccl.h"

#include <dlfcn.h>
#include <glob.h>

#include <cstdlib>
#include <utility>
#include <vector>

#include "cuda/device.h"
#include "error.h"

namespace interlatent::cuda {
namespace {

const char* requested_path() {
  const char* path = std::getenv("INTERLATENT_NCCL_PATH");
  return path == nullptr || path[0] == '\0' ? nullptr : path;
}

// Adds the folders in which Python installs packages, of the active environment
// and of the system. The linker does not search them.
void add_wheels(std::vector<std::string>& paths) {
  for (const char* name : {"VIRTUAL_ENV", "CONDA_PREFIX", ""}) {
    const char* prefix = name[0] == '\0' ? "/usr/local" : std::getenv(name);
    if (prefix == nullptr || prefix[0] == '\0') continue;
    for (const char* folder : {"site-packages", "dist-packages"}) {
      const std::string pattern = std::string(prefix) + "/lib/python3*/" +
                                  folder + "/nvidia/nccl/lib/libnccl.so.2";
      glob_t matches{};
      if (glob(pattern.c_str(), 0, nullptr, &matches) == 0) {
        for (size_t i = matches.gl_pathc; i-- > 0;) {
          paths.emplace_back(matches.gl_pathv[i]);
        }
      }
      globfree(&matches);
    }
  }
}

std::vector<std::string> nccl_paths() {
  if (const char* path = requested_path()) return {path};
  // NVIDIA's library would treat the emulation's memory as device memory.
  if (kEmulated) return {};
  std::vector<std::string> paths{"libnccl.so.2"};
  add_wheels(paths);
  return paths;
}

[[noreturn]] void refuse(const std::string& why) {
  throw Error("no-nccl",
              "[nccl] " + why +
                  ". Devices that share mini-batches communicate through NCCL. "
                  "Install NVIDIA's package libnccl2 or Python's "
                  "nvidia-nccl-cu13 (part of PyTorch), or set "
                  "INTERLATENT_NCCL_PATH to the path of libnccl.so.2");
}

// Formats an NCCL version: 22703 is 2.27.3.
std::string dotted(int version) {
  return std::to_string(version / 10000) + "." +
         std::to_string(version / 100 % 100) + "." +
         std::to_string(version % 100);
}

template <class Function>
bool find(void* library, const char* symbol, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, symbol));
  return function != nullptr;
}

bool find_all(void* library, nccl::Functions& functions) {
#define IL_FIND(name, symbol, parameters) \
  if (!find(library, symbol, functions.name)) return false;
  IL_NCCL_FUNCTIONS(IL_FIND)
#undef IL_FIND
  return true;
}

}  // namespace

std::shared_ptr<const Nccl> Nccl::open() {
  for (const std::string& path : nccl_paths()) {
    // The library is never closed, because its threads may still run.
    void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    const char* why = library == nullptr ? dlerror() : "functions are missing";
    std::shared_ptr<Nccl> opened(new Nccl);
    int (*get_version)(int*) = nullptr;
    int version = 0;
    if (library == nullptr || !find_all(library, opened->functions_) ||
        !find(library, "ncclGetErrorString", opened->explain_) ||
        !find(library, "ncclGetVersion", get_version) ||
        get_version(&version) != 0) {
      if (requested_path() == nullptr) continue;
      refuse("INTERLATENT_NCCL_PATH is " + path + ", which cannot be used: " +
             (why == nullptr ? "unknown reason" : why));
    }
    opened->name_ = path.substr(path.rfind('/') + 1) + " " + dotted(version);
    return opened;
  }
  refuse("NCCL was not found");
}

void Nccl::check(nccl::Result result, const char* what) const {
  if (result == 0) return;
  throw Error(result == nccl::kRemoteError ? "rank-lost" : "device",
              std::string("[nccl] ") + what + ": " + explain_(result));
}

Communicator::Communicator(std::shared_ptr<const Nccl> library,
                           const il_ranks& ranks, const nccl::Id& id)
    : library_(std::move(library)) {
  library_->check(
      library_->functions().join(&communicator_, static_cast<int>(ranks.count),
                                 id, static_cast<int>(ranks.index)),
      "ncclCommInitRank");
}

Communicator::~Communicator() {
  if (communicator_ != nullptr) library_->functions().destroy(communicator_);
}

// Broadcasts of one group are a single launch. All-gather would need the same
// number of bytes from every rank, in one contiguous buffer; ranks can have
// different numbers of tiles, and their copies need not be contiguous. On a
// ring, both send the same number of bytes over every link. NCCL only copies
// bytes and adds nothing up, so the results do not depend on the order of the
// ranks.
void Communicator::enqueue(std::span<const il_piece> pieces,
                           cudaStream_t stream) const {
  const nccl::Functions& call = library_->functions();
  library_->check(call.begin_group(), "ncclGroupStart");
  nccl::Result result = 0;
  for (const il_piece& piece : pieces) {
    if (result != 0) break;
    result =
        call.broadcast(piece.data, piece.data, piece.bytes, nccl::kByte,
                       static_cast<int>(piece.rank), communicator_, stream);
  }
  // End the group even after an error, or the thread would stay in it.
  const nccl::Result ended = call.end_group();
  library_->check(result, "ncclBroadcast");
  library_->check(ended, "ncclGroupEnd");
}

void Communicator::check() const {
  nccl::Result result = 0;
  library_->check(library_->functions().find_error(communicator_, &result),
                  "ncclCommGetAsyncError");
  if (result != nccl::kInProgress) library_->check(result, "a gather of tiles");
}

void Communicator::abort() {
  library_->functions().abort(std::exchange(communicator_, nullptr));
}

}  // namespace interlatent::cuda
