// Emulates the functions of MPI that the engine calls, among processes that
// share a file. It is a separate library for INTERLATENT_MPI_PATH. It is
// stricter than real libraries: calls that MPI does not allow end the process.
// INTERLATENT_EMULATION_MPI is `RANK SIZE FILE`.
// INTERLATENT_EMULATION_MPI_FAULTS contains words: `threads`, it does not
// support threads; `alone`, each process seems to be the only one; `endless`,
// MPI_Finalize never returns; `MPI_Isend=3`, the third call of that function
// fails.
#pragma once

#include <cstddef>
#include <cstdint>

namespace interlatent::mpi_emulation {

constexpr int kInvalid = 13;
constexpr int kRefused = 16;
constexpr int kSerialized = 2;

// Exists during a call of an MPI function. Calls that overlap violate
// MPI_THREAD_SERIALIZED.
class Call {
 public:
  explicit Call(const char* function);
  ~Call();
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  bool fails;
};

// `number` identifies a request. All functions except `rank` and `size` return
// the status of MPI.
int begin(int* allowed);
int rank();
int size();
int send(const void* data, int bytes, int to, int tag, uintptr_t* number);
int receive(void* data, int bytes, int from, int tag, uintptr_t* number);
int test(uintptr_t number, int* is_done);
int end();

// Returns the number of unfinished messages, after polling all.
size_t unfinished();

}  // namespace interlatent::mpi_emulation
