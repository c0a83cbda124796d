#include "ranks/mpi_messages.h"

#include <mutex>
#include <stdexcept>
#include <utility>

namespace interlatent {

void MpiMessage::look() {
  if (is_done || !problem.empty()) return;
  try {
    is_done = pending->is_done();
  } catch (const std::runtime_error& error) {
    problem = error.what();
  }
}

void look(MpiMessages& all) {
  for (MpiMessage& one : all) one.look();
  std::erase_if(all, [](const MpiMessage& one) { return one.is_done; });
}

void give_up(MpiMessages all) {
  static std::mutex mutex;
  // Never freed: what nobody asks for is on its way until the process ends.
  static auto& given_up = *new MpiMessages;
  const std::lock_guard<std::mutex> lock(mutex);
  for (MpiMessage& one : all) {
    if (!one.is_done) given_up.push_back(std::move(one));
  }
}

}  // namespace interlatent
