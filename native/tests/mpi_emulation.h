// MPI as far as we call it, among processes that share a file: a library of its
// own for INTERLATENT_MPI_PATH. Stricter than others: what MPI does not allow
// ends the process. INTERLATENT_EMULATION_MPI is `RANK SIZE FILE`;
// INTERLATENT_EMULATION_MPI_FAULTS are words: `threads`, it allows none;
// `alone`, it takes each process for the only one; `endless`, MPI_Finalize does
// not return; `MPI_Isend=3`, the third call of that function fails.
#pragma once

#include <cstddef>
#include <cstdint>

namespace interlatent::mpi_emulation {

constexpr int kInvalid = 13;
constexpr int kRefused = 16;
constexpr int kSerialized = 2;

// As long as a function of MPI is called: calls that overlap are what
// MPI_THREAD_SERIALIZED does not allow.
class Call {
 public:
  explicit Call(const char* function);
  ~Call();
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  bool fails;
};

// Numbers are of requests. All but `rank` and `size` answer as MPI does.
int begin(int* allowed);
int rank();
int size();
int send(const void* data, int bytes, int to, int tag, uintptr_t* number);
int receive(void* data, int bytes, int from, int tag, uintptr_t* number);
int test(uintptr_t number, int* is_done);
int end();

// Messages that are not done, after another look at all.
size_t unfinished();

}  // namespace interlatent::mpi_emulation
