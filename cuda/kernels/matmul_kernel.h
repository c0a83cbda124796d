// What both ways to compute a matmul have in common, and the second of them.
#pragma once

#include <memory>

#include "cuda/kernel.h"
#include "cuda/kernels/matmul_launch.h"

namespace interlatent::cuda {

class MatmulKernel : public Kernel {
 protected:
  // Describes operands, batches and epilogue in launch_.
  MatmulKernel(const RecordReader& in, const MatmulRecord& record,
               const Preparation& preparation);

  MatmulLaunch launch_{};

 private:
  // An operand that may be absent.
  template <class Element>
  static Located<Element> locate_matrix(
      const RecordReader& in, const Preparation& preparation,
      const MatmulRecord::Matrix<Element*>& matrix) {
    if (matrix.data == nullptr) return {nullptr, 0, 0};
    return locate(in, preparation, matrix.operand, matrix.data);
  }
};

// By cuBLASLt; null where it is not there, or wins nothing (docs/gpu.md).
std::unique_ptr<Kernel> make_cublaslt_matmul(RecordReader& in,
                                             const MatmulRecord& record,
                                             const Preparation& preparation);

}  // namespace interlatent::cuda
