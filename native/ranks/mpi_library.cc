// The functions of MPI 3.1 that ranks need, for the two existing binary
// interfaces. Handles are addresses in that of Open MPI, and numbers in that of
// MPICH, which Intel MPI, Cray MPI and MVAPICH share.
#include "ranks/mpi_library.h"

#ifndef _WIN32
#include <dlfcn.h>
#endif

#include <array>
#include <cstdlib>
#include <stdexcept>
#include <utility>
#include <vector>

#include "error.h"

namespace interlatent {
namespace {

constexpr int kSerialized = 2;  // MPI_THREAD_SERIALIZED

[[noreturn]] void refuse(const std::string& reason) {
  throw Error("no-mpi", "[mpi] " + reason);
}

void* open_library(const std::string& path) {
#ifdef _WIN32
  (void)path;
  refuse("ranks of a launcher are not supported on Windows");
#else
  // RTLD_GLOBAL, because components of the library look up its functions.
  return dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL);
#endif
}

// Returns an error that names the library, or one that it depends on.
std::string why_not_opened() {
#ifdef _WIN32
  return "";
#else
  return dlerror();
#endif
}

void* find(void* library, const char* name) {
#ifdef _WIN32
  (void)library, (void)name;
  return nullptr;
#else
  return dlsym(library, name);
#endif
}

struct OpenMpi {
  using Handle = void*;
  static constexpr const char* kWorld = "ompi_mpi_comm_world";
  static void* ignored_status() { return nullptr; }
};

struct Mpich {
  using Handle = int;
  static void* ignored_status() { return reinterpret_cast<void*>(1); }
};

template <class Abi>
class OpenedMpi final : public Mpi {
 public:
  using Handle = typename Abi::Handle;

  OpenedMpi(void* library, std::string name)
      : library_(library), name_(std::move(name)) {
    find_function(begin_, "MPI_Init_thread");
    find_function(rank_, "MPI_Comm_rank");
    find_function(size_, "MPI_Comm_size");
    find_function(set_handler_, "MPI_Comm_set_errhandler");
    find_function(host_name_, "MPI_Get_processor_name");
    find_function(send_, "MPI_Isend");
    find_function(receive_, "MPI_Irecv");
    find_function(test_, "MPI_Test");
    find_function(end_, "MPI_Finalize");
    find_handles(world_, byte_, returning_);
  }

  void begin() override {
    int allowed = 0;
    const int status = begin_(nullptr, nullptr, kSerialized, &allowed);
    if (status != 0) {
      refuse(name_ + ": MPI_Init_thread returned " + std::to_string(status));
    }
    if (allowed < kSerialized) {
      refuse(name_ + " does not support calls from several threads");
    }
    int rank = 0;
    int size = 0;
    std::array<char, 1024> host{};
    int length = 0;
    try {
      check(set_handler_(world_, returning_), "MPI_Comm_set_errhandler");
      check(rank_(world_, &rank), "MPI_Comm_rank");
      check(size_(world_, &size), "MPI_Comm_size");
      check(host_name_(host.data(), &length), "MPI_Get_processor_name");
    } catch (const std::runtime_error& error) {
      refuse(name_ + ": " + error.what());
    }
    place_ = {uint32_t(rank), uint32_t(size)};
    host_.assign(host.data(), static_cast<size_t>(length));
  }

  void end() override { check(end_(), "MPI_Finalize"); }

  MpiPlace place() const override { return place_; }
  const std::string& host() const override { return host_; }

  std::unique_ptr<Pending> send(const void* data, size_t bytes, uint32_t to,
                                int tag) override {
    Handle request{};
    check(send_(data, int(bytes), byte_, int(to), tag, world_, &request),
          "MPI_Isend");
    return std::make_unique<Begun>(*this, request);
  }

  std::unique_ptr<Pending> receive(void* data, size_t bytes, uint32_t from,
                                   int tag) override {
    Handle request{};
    check(receive_(data, int(bytes), byte_, int(from), tag, world_, &request),
          "MPI_Irecv");
    return std::make_unique<Begun>(*this, request);
  }

 private:
  class Begun final : public Pending {
   public:
    Begun(OpenedMpi& mpi, Handle request) : mpi_(mpi), request_(request) {}
    bool is_done() override {
      int done = 0;
      mpi_.check(mpi_.test_(&request_, &done, Abi::ignored_status()),
                 "MPI_Test");
      return done != 0;
    }

   private:
    OpenedMpi& mpi_;
    Handle request_;
  };

  template <class Function>
  void find_function(Function& function, const char* name) {
    function = reinterpret_cast<Function>(find(library_, name));
    if (function == nullptr) refuse(name_ + " lacks " + name);
  }

  static void check(int status, const char* what) {
    if (status == 0) return;
    throw std::runtime_error(std::string(what) + " returned " +
                             std::to_string(status));
  }

  void find_handles(void*& world, void*& byte, void*& returning) {
    world = find(library_, OpenMpi::kWorld);
    byte = find(library_, "ompi_mpi_byte");
    returning = find(library_, "ompi_mpi_errors_return");
    if (byte == nullptr || returning == nullptr) {
      refuse(name_ + " lacks the handles of Open MPI");
    }
  }

  void find_handles(int& world, int& byte, int& returning) {
    world = 0x44000000;
    byte = 0x4c00010d;
    returning = 0x54000001;
  }

  void* const library_;
  const std::string name_;
  Handle world_{}, byte_{}, returning_{};
  MpiPlace place_{};
  std::string host_;
  int (*begin_)(int*, char***, int, int*) = nullptr;
  int (*rank_)(Handle, int*) = nullptr;
  int (*size_)(Handle, int*) = nullptr;
  int (*set_handler_)(Handle, Handle) = nullptr;
  int (*host_name_)(char*, int*) = nullptr;
  int (*send_)(const void*, int, Handle, int, int, Handle, Handle*) = nullptr;
  int (*receive_)(void*, int, Handle, int, int, Handle, Handle*) = nullptr;
  int (*test_)(Handle*, int*, void*) = nullptr;
  int (*end_)() = nullptr;
};

// Returns the names to try. Variables of the launcher tell which library it
// uses.
std::vector<std::string> candidates(const std::string& library) {
  if (!library.empty()) return {library};
  const std::vector<std::string> open_mpi{"libmpi.so.40"};
  const std::vector<std::string> mpich{"libmpich.so.12", "libmpi.so.12"};
  const bool is_open = std::getenv("OMPI_COMM_WORLD_SIZE") != nullptr;
  const bool is_mpich = std::getenv("MPI_LOCALNRANKS") != nullptr;
  std::vector<std::string> all = is_mpich && !is_open ? mpich : open_mpi;
  if (!is_open && !is_mpich) all.insert(all.end(), mpich.begin(), mpich.end());
  return all;
}

}  // namespace

// When they are opened, libraries below MPI patch the functions that allocate
// and free memory. To test the patch, they move the end of the heap while other
// threads of this process use these functions.
void prepare_mpi() {
#ifndef _WIN32
  setenv("OMPI_MCA_memory", "^patcher", 0);
  setenv("UCX_MEM_EVENTS", "no", 0);
#endif
}

std::unique_ptr<Mpi> open_mpi(const std::string& path) {
  std::string tried;
  for (const std::string& name : candidates(path)) {
    void* handle = open_library(name);
    if (handle == nullptr) {
      tried += (tried.empty() ? "" : "; ") + why_not_opened();
      continue;
    }
    if (find(handle, OpenMpi::kWorld) != nullptr) {
      return std::make_unique<OpenedMpi<OpenMpi>>(handle, name);
    }
    return std::make_unique<OpenedMpi<Mpich>>(handle, name);
  }
  refuse("no MPI library could be opened: " + tried);
}

}  // namespace interlatent
