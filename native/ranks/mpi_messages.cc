#include "ranks/mpi_messages.h"

#include <mutex>
#include <stdexcept>
#include <utility>

namespace interlatent {

void MpiMessage::poll() {
  if (is_done || !problem.empty()) return;
  try {
    is_done = pending->is_done();
  } catch (const std::runtime_error& error) {
    problem = error.what();
  }
}

void poll(MpiMessages& messages) {
  for (MpiMessage& message : messages) message.poll();
  std::erase_if(messages,
                [](const MpiMessage& message) { return message.is_done; });
}

void abandon(MpiMessages messages) {
  static std::mutex mutex;
  // Never freed: these messages may be in transit until the process ends.
  static auto& abandoned = *new MpiMessages;
  const std::lock_guard<std::mutex> lock(mutex);
  for (MpiMessage& message : messages) {
    if (!message.is_done) abandoned.push_back(std::move(message));
  }
}

}  // namespace interlatent
