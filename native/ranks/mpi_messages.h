// Messages in transit. Each has its memory, because the library may still write
// to an abandoned message.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "ranks/mpi_library.h"

namespace interlatent {

struct MpiMessage {
  using Bytes = std::vector<std::byte>;

  uint32_t rank;  // sender or receiver, among all ranks
  std::shared_ptr<Bytes> bytes;
  std::unique_ptr<Mpi::Pending> pending = nullptr;
  bool is_done = false;
  std::string problem = {};  // error of the library

  void poll();
};
using MpiMessages = std::vector<MpiMessage>;

// Polls all messages and removes those that are done.
void poll(MpiMessages& messages);

// Keeps messages alive that nobody waits for any more.
void abandon(MpiMessages messages);

}  // namespace interlatent
