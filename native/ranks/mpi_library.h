// The functions of MPI 3.1 that ranks need, in a library that is opened at run
// time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "ranks/mpi.h"

namespace interlatent {

// The MPI library. Any thread may call it, but only one at a time. Functions
// throw std::runtime_error, with the name of the MPI function, if the library
// returns an error.
class Mpi {
 public:
  virtual ~Mpi() = default;
  // Waits for all ranks. Throws Error "no-mpi" if the library cannot be used;
  // it must not be called again then.
  virtual void begin() = 0;
  // Call it on the thread that called `begin`, when no message is pending.
  virtual void end() = 0;
  virtual MpiPlace place() const = 0;
  virtual const std::string& host() const = 0;
  // A message in transit. The library owns its memory until it is done, even if
  // nobody waits for it any more.
  class Pending {
   public:
    virtual ~Pending() = default;
    virtual bool is_done() = 0;
  };
  virtual std::unique_ptr<Pending> send(const void* data, size_t bytes,
                                        uint32_t to, int tag) = 0;
  virtual std::unique_ptr<Pending> receive(void* data, size_t bytes,
                                           uint32_t from, int tag) = 0;
};

// Opens the library at `path`, or that of the launcher if `path` is empty.
// Throws Error "no-mpi"; another library may be tried then.
std::unique_ptr<Mpi> open_mpi(const std::string& path);

}  // namespace interlatent
