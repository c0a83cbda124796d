// Numbers of tasks, and of pieces of work per task.
#pragma once

#include <cstdint>
#include <limits>

#include "record_reader.h"

namespace interlatent {

// Returns ceil(pieces / pieces_per_task). Refuses plans with more tasks than a
// step can count.
inline uint32_t task_count(const RecordReader& in, int64_t pieces,
                           int64_t pieces_per_task) {
  const int64_t tasks = (pieces - 1) / pieces_per_task + 1;
  if (tasks > std::numeric_limits<int32_t>::max()) {
    in.refuse("it splits into more than 2^31 tasks");
  }
  return static_cast<uint32_t>(tasks);
}

// Returns the pieces per task, at most `max`, such that all tasks have about
// the same number.
inline int64_t even_share(int64_t pieces, int64_t max) {
  const int64_t tasks = (pieces - 1) / max + 1;
  return (pieces - 1) / tasks + 1;
}

}  // namespace interlatent
