// The functions of the emulated MPI, with the binary interface of MPICH or, if
// INTERLATENT_OPEN_MPI is defined, of Open MPI.
#include <string>

#include "mpi_emulation.h"

using namespace interlatent::mpi_emulation;

#ifdef INTERLATENT_OPEN_MPI
using Handle = void*;
#else
using Handle = int;
#endif

#define IL_EXPORT extern "C" __attribute__((visibility("default")))

#ifdef INTERLATENT_OPEN_MPI
IL_EXPORT int ompi_mpi_comm_world, ompi_mpi_byte, ompi_mpi_errors_return;
int ompi_mpi_comm_world, ompi_mpi_byte, ompi_mpi_errors_return;

namespace {
void* const kWorld = &ompi_mpi_comm_world;
void* const kByte = &ompi_mpi_byte;
void* const kErrorsReturn = &ompi_mpi_errors_return;
void* const kIgnored = nullptr;
}  // namespace
#else
namespace {
constexpr int kWorld = 0x44000000;
constexpr int kByte = 0x4c00010d;
constexpr int kErrorsReturn = 0x54000001;
void* const kIgnored = reinterpret_cast<void*>(1);
}  // namespace
#endif

IL_EXPORT int MPI_Init_thread(int*, char***, int required, int* allowed) {
  const Call call("MPI_Init_thread");
  if (call.fails || required != kSerialized) return kRefused;
  return begin(allowed);
}

IL_EXPORT int MPI_Comm_set_errhandler(Handle world, Handle handler) {
  const Call call("MPI_Comm_set_errhandler");
  if (call.fails) return kRefused;
  return world == kWorld && handler == kErrorsReturn ? 0 : kInvalid;
}

IL_EXPORT int MPI_Comm_rank(Handle world, int* answer) {
  const Call call("MPI_Comm_rank");
  if (call.fails) return kRefused;
  *answer = rank();
  return world == kWorld ? 0 : kInvalid;
}

IL_EXPORT int MPI_Comm_size(Handle world, int* answer) {
  const Call call("MPI_Comm_size");
  if (call.fails) return kRefused;
  *answer = size();
  return world == kWorld ? 0 : kInvalid;
}

IL_EXPORT int MPI_Get_processor_name(char* name, int* length) {
  const Call call("MPI_Get_processor_name");
  if (call.fails) return kRefused;
  const std::string host = "host-" + std::to_string(rank());
  host.copy(name, host.size());
  *length = static_cast<int>(host.size());
  return 0;
}

IL_EXPORT int MPI_Isend(const void* data, int count, Handle type, int to,
                        int tag, Handle world, Handle* request) {
  const Call call("MPI_Isend");
  if (call.fails) return kRefused;
  if (type != kByte || world != kWorld) return kInvalid;
  uintptr_t number = 0;
  const int status = send(data, count, to, tag, &number);
  *request = (Handle)number;
  return status;
}

IL_EXPORT int MPI_Irecv(void* data, int count, Handle type, int from, int tag,
                        Handle world, Handle* request) {
  const Call call("MPI_Irecv");
  if (call.fails) return kRefused;
  if (type != kByte || world != kWorld) return kInvalid;
  uintptr_t number = 0;
  const int status = receive(data, count, from, tag, &number);
  *request = (Handle)number;
  return status;
}

IL_EXPORT int MPI_Test(Handle* request, int* is_done, void* status) {
  const Call call("MPI_Test");
  if (call.fails) return kRefused;
  if (status != kIgnored) return kInvalid;
  return test((uintptr_t)*request, is_done);
}

IL_EXPORT int MPI_Finalize() {
  const Call call("MPI_Finalize");
  if (call.fails) return kRefused;
  return end();
}

// Not part of MPI: lets a test wait until abandoned messages have been
// transferred.
IL_EXPORT size_t interlatent_mpi_unfinished() {
  const Call call("interlatent_mpi_unfinished");
  return unfinished();
}
