// A stream runs what is added at once or, while it captures, records it as a
// node of a graph. Virtual, so that a library of its own can add to it.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

namespace interlatent::cuda::emulation {

struct Graph;

struct Stream {
  virtual ~Stream() = default;
  virtual void add(std::function<void()> work) = 0;

  Graph* captured = nullptr;
  std::vector<size_t> dependencies;  // of what is captured next
};

}  // namespace interlatent::cuda::emulation
