// Base class of the two implementations of matmul, and the factory of the one
// that uses cuBLASLt.
#pragma once

#include <memory>

#include "cuda/kernel.h"
#include "cuda/kernels/matmul_launch.h"

namespace interlatent::cuda {

class MatmulKernel : public Kernel {
 protected:
  // Fills in operands, batches and epilogue of launch_.
  MatmulKernel(const RecordReader& in, const MatmulRecord& record,
               const Preparation& preparation);

  MatmulLaunch launch_{};

 private:
  // Returns an operand, or null pointers if it is absent.
  template <class Element>
  static Located<Element> locate_matrix(
      const RecordReader& in, const Preparation& preparation,
      const MatmulRecord::Matrix<Element*>& matrix) {
    if (matrix.data == nullptr) return {nullptr, 0, 0};
    return locate(in, preparation, matrix.operand, matrix.data);
  }
};

// Returns a kernel that uses cuBLASLt, or null if the library is missing or
// would not be faster (docs/explanation/cuda-backend.md).
std::unique_ptr<Kernel> make_cublaslt_matmul(RecordReader& in,
                                             const MatmulRecord& record,
                                             const Preparation& preparation);

}  // namespace interlatent::cuda
