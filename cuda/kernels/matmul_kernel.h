// Base class of the two implementations of matmul, the factory of the one that
// uses cuBLASLt, and what matmul and convolutions share on the host.
#pragma once

#include <algorithm>
#include <memory>
#include <vector>

#include "cuda/kernel.h"
#include "cuda/kernels/matmul_launch.h"

namespace interlatent::cuda {

inline bool is_whole(int64_t elements) { return elements % 4 == 0; }

// True if rows that are `stride` apart begin at multiples of four floats in
// every batch and block.
template <class Element>
bool in_vectors(const Located<Element>& matrix, int64_t stride,
                const std::vector<int64_t>& batch_strides) {
  return is_whole(stride) && is_whole(matrix.run_stride) &&
         is_whole(matrix.tile_stride) &&
         reinterpret_cast<uintptr_t>(matrix.first) % sizeof(float4) == 0 &&
         std::all_of(batch_strides.begin(), batch_strides.end(), is_whole);
}

// Returns the number of tiles that cover `size` elements.
inline int64_t tiles(int64_t size, int64_t tile) {
  return (size - 1) / tile + 1;
}

class MatmulKernel : public Kernel {
 protected:
  // Fills in operands, batches and epilogue of launch_.
  MatmulKernel(const RecordReader& in, const MatmulRecord& record,
               const Preparation& preparation);

  MatmulLaunch launch_{};

 private:
  template <class Element>
  static Located<Element> locate_matrix(
      const RecordReader& in, const Preparation& preparation,
      const MatmulRecord::Matrix<Element*>& matrix) {
    return locate(in, preparation, matrix.operand, matrix.data);
  }
};

// Returns a kernel that uses cuBLASLt, or null if the library is missing or
// would not be faster (docs/explanation/cuda-backend.md).
std::unique_ptr<Kernel> make_cublaslt_matmul(RecordReader& in,
                                             const MatmulRecord& record,
                                             const Preparation& preparation);

}  // namespace interlatent::cuda
