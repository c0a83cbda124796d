// The few functions of MPI 3.1 that ranks need, of a library that is opened at
// run time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "ranks/mpi.h"

namespace interlatent {

// What a rank needs of MPI, on any thread but one at a time.
class Mpi {
 public:
  virtual ~Mpi() = default;
  virtual MpiPlace place() const = 0;
  virtual std::string host() = 0;
  // A message on its way: its memory is the library's until it is done, also
  // when nobody waits for it any more.
  class Pending {
   public:
    virtual ~Pending() = default;
    virtual bool is_done() = 0;
  };
  virtual std::unique_ptr<Pending> send(const void* data, size_t bytes,
                                        uint32_t to, int tag) = 0;
  virtual std::unique_ptr<Pending> receive(void* data, size_t bytes,
                                           uint32_t from, int tag) = 0;
  virtual void end() = 0;
};

// Opens a library and begins MPI, which waits for all ranks. `path` may be
// empty: that of the launcher. Throws Error "no-mpi".
std::unique_ptr<Mpi> open_mpi(const std::string& path);

}  // namespace interlatent
