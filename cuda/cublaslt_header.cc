// Compares the declarations in cuda/cublaslt.h with NVIDIA's header if it is
// installed: constants, structures, and the size of each parameter.
#include "cuda/cublaslt.h"

#if !defined(INTERLATENT_CUDA_EMULATED) && __has_include(<cublasLt.h>)

#include <cublasLt.h>

#include <array>
#include <cstddef>

namespace interlatent::cuda::lt {
namespace {

static_assert(sizeof(Status) == sizeof(cublasStatus_t));
static_assert(kInvalidValue == CUBLAS_STATUS_INVALID_VALUE);
static_assert(kFloat32 == CUDA_R_32F);
static_assert(kTransposed == CUBLAS_OP_T);
static_assert(sizeof kTransposed == sizeof(cublasOperation_t));
static_assert(int{kCompute32} == CUBLAS_COMPUTE_32F);
static_assert(int{kComputeBfloat16} == CUBLAS_COMPUTE_32F_FAST_16BF);
static_assert(int{kComputeTf32} == CUBLAS_COMPUTE_32F_FAST_TF32);
static_assert(int{kTransposeA} == CUBLASLT_MATMUL_DESC_TRANSA);
static_assert(int{kTransposeB} == CUBLASLT_MATMUL_DESC_TRANSB);
static_assert(int{kBatchCount} == CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT);
static_assert(int{kBatchStride} == CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET);
static_assert(int{kMaxWorkspace} == CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES);
static_assert(int{kReductions} == CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK);
static_assert(int{kAlignmentA} == CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES);
static_assert(int{kAlignmentB} == CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES);
static_assert(int{kAlignmentC} == CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES);
static_assert(int{kAlignmentD} == CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES);
static_assert(kReductionInFloat32 == CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE);

static_assert(sizeof(Algorithm) == sizeof(cublasLtMatmulAlgo_t));
using Result = cublasLtMatmulHeuristicResult_t;
static_assert(sizeof(Heuristic) == sizeof(Result));
static_assert(offsetof(Heuristic, algorithm) == offsetof(Result, algo));
static_assert(offsetof(Heuristic, workspace) ==
              offsetof(Result, workspaceSize));
static_assert(offsetof(Heuristic, state) == offsetof(Result, state));
static_assert(offsetof(Heuristic, waves) == offsetof(Result, wavesCount));

template <class Answer, class... Parameters>
constexpr std::array<size_t, sizeof...(Parameters) + 1> sizes(
    Answer (*)(Parameters...)) {
  return {sizeof(Answer), sizeof(Parameters)...};
}
template <auto kMember, auto kFunction>
constexpr bool has_same_sizes() {
  return sizes(Functions{}.*kMember) == sizes(kFunction);
}

#define IL_COMPARE(name, symbol, parameters) \
  static_assert(has_same_sizes<&Functions::name, &symbol>());
IL_CUBLASLT_FUNCTIONS(IL_COMPARE)
#undef IL_COMPARE

}  // namespace
}  // namespace interlatent::cuda::lt

#endif
