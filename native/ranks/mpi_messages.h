// Messages on their way. They have memory of their own: one that is given up
// stays the library's, which may still write to it.
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

  uint32_t rank;  // who sends it, or is to have it, of all
  std::shared_ptr<Bytes> bytes;
  std::unique_ptr<Mpi::Pending> pending = nullptr;
  bool is_done = false;
  std::string problem = {};  // what the library has said of it

  void look();
};
using MpiMessages = std::vector<MpiMessage>;

// What is done is taken out.
void look(MpiMessages& all);

// Nobody waits for them any more.
void give_up(MpiMessages all);

}  // namespace interlatent
