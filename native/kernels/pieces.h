// Cuts a list of tensors, each [runs, count], into pieces of bounded length,
// and assigns pieces to tasks, without storing a record per piece.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "kernels/task_count.h"

namespace interlatent {

class Pieces {
 public:
  struct Piece {
    size_t tensor;
    int64_t run;
    int64_t start;
    int64_t count;
  };

  // Adds a tensor. Refuses more pieces than a step can count.
  void add(const RecordReader& in, int64_t runs, int64_t count) {
    const int64_t chunks = (count + kLength - 1) / kLength;
    const int64_t factors[] = {runs, chunks};
    const int64_t pieces = in.product(factors);
    task_count(in, pieces, 1);
    tensors_.push_back({total_, chunks, count});
    total_ += pieces;
    elements_ += runs * count;
  }

  uint32_t tasks(const RecordReader& in) {
    // Small tensors share a task.
    const int64_t average = std::max<int64_t>(1, elements_ / total_);
    per_task_ = std::max<int64_t>(1, kLength / average);
    return task_count(in, total_, per_task_);
  }

  template <class Visit>
  void visit(uint32_t task, const Visit& visit_piece) const {
    const int64_t first = task * per_task_;
    const int64_t end = std::min(total_, first + per_task_);
    auto tensor = std::upper_bound(
        tensors_.begin(), tensors_.end(), first,
        [](int64_t piece, const Tensor& t) { return piece < t.first; });
    --tensor;
    for (int64_t piece = first; piece < end; piece++) {
      while (tensor + 1 != tensors_.end() && piece >= (tensor + 1)->first) {
        ++tensor;
      }
      const int64_t index = piece - tensor->first;
      const int64_t start = index % tensor->chunks * kLength;
      visit_piece(Piece{static_cast<size_t>(tensor - tensors_.begin()),
                        index / tensor->chunks, start,
                        std::min(kLength, tensor->count - start)});
    }
  }

 private:
  static constexpr int64_t kLength = 8192;
  struct Tensor {
    int64_t first;
    int64_t chunks;
    int64_t count;
  };
  std::vector<Tensor> tensors_;
  int64_t total_ = 0;
  int64_t elements_ = 0;
  int64_t per_task_ = 1;
};

}  // namespace interlatent
