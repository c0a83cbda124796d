// The few functions of MPI 3.1 that ranks need, of a library that is opened at
// run time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "ranks/mpi.h"

namespace interlatent {

// What a rank needs of MPI, on any thread but one at a time. Where the library
// answers with an error: std::runtime_error, which says so.
class Mpi {
 public:
  virtual ~Mpi() = default;
  // Waits for all ranks. Throws Error "no-mpi" where it cannot be used; it must
  // not be tried again then.
  virtual void begin() = 0;
  // On the thread that began, once nothing is on its way.
  virtual void end() = 0;
  virtual MpiPlace place() const = 0;
  virtual const std::string& host() const = 0;
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
};

// Opens a library; `path` may be empty: that of the launcher. Throws Error
// "no-mpi"; another may be tried then.
std::unique_ptr<Mpi> open_mpi(const std::string& path);

}  // namespace interlatent
