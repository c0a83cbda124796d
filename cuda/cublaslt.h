// cuBLASLt, opened at run time. The functions that we call are declared here
// (NVIDIA, "cuBLAS", chapter "Using the cuBLASLt API"), so the build does not
// need cuBLASLt.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "cuda/runtime.h"

namespace interlatent::cuda {

// Types and values of cublasLt.h and cublas_api.h.
namespace lt {

using Status = int;  // 0: success
using Handle = struct HandleOpaque*;
using Description = struct DescriptionOpaque*;
using Layout = struct LayoutOpaque*;
using Preference = struct PreferenceOpaque*;

constexpr Status kInvalidValue = 7;
constexpr int kFloat32 = 0;  // CUDA_R_32F
constexpr int kTransposed = 1;
// Whether float32 factors are used as they are, or rounded to bfloat16 or TF32.
enum Compute { kCompute32 = 68, kComputeBfloat16 = 75, kComputeTf32 = 77 };
enum DescriptionAttribute { kTransposeA = 3, kTransposeB = 4 };
enum LayoutAttribute { kBatchCount = 5, kBatchStride = 6 };
enum PreferenceAttribute {
  kMaxWorkspace = 1,
  kReductions = 3,
  kAlignmentA = 5,
  kAlignmentB = 6,
  kAlignmentC = 7,
  kAlignmentD = 8
};
// Partial sums lie in the workspace and are added in float32.
constexpr uint32_t kReductionInFloat32 = 2;

struct Algorithm {
  uint64_t data[8];
};

struct Heuristic {
  Algorithm algorithm;
  size_t workspace;  // bytes
  Status state;
  float waves;
  int reserved[4];
};

// clang-format off
// Name, symbol, parameters. D = alpha op(A) op(B) + beta C, column-major.
#define IL_CUBLASLT_FUNCTIONS(each) \
  each(create, cublasLtCreate, (Handle*)) \
  each(destroy, cublasLtDestroy, (Handle)) \
  each(create_description, cublasLtMatmulDescCreate, (Description*, int compute, int scale_type)) \
  each(destroy_description, cublasLtMatmulDescDestroy, (Description)) \
  each(set_description, cublasLtMatmulDescSetAttribute, (Description, int attribute, const void*, size_t)) \
  each(create_layout, cublasLtMatrixLayoutCreate, (Layout*, int type, uint64_t rows, uint64_t columns, int64_t ld)) \
  each(destroy_layout, cublasLtMatrixLayoutDestroy, (Layout)) \
  each(set_layout, cublasLtMatrixLayoutSetAttribute, (Layout, int attribute, const void*, size_t)) \
  each(create_preference, cublasLtMatmulPreferenceCreate, (Preference*)) \
  each(destroy_preference, cublasLtMatmulPreferenceDestroy, (Preference)) \
  each(set_preference, cublasLtMatmulPreferenceSetAttribute, (Preference, int attribute, const void*, size_t)) \
  each(find_algorithms, cublasLtMatmulAlgoGetHeuristic, \
       (Handle, Description, Layout a, Layout b, Layout c, Layout d, Preference, int max_count, Heuristic*, \
        int* count)) \
  each(multiply, cublasLtMatmul, \
       (Handle, Description, const void* alpha, const void* a, Layout, const void* b, Layout, const void* beta, \
        const void* c, Layout, void* d, Layout, const Algorithm*, void* workspace, size_t, cudaStream_t))
// clang-format on

struct Functions {
#define IL_DECLARE(name, symbol, parameters) Status(*name) parameters = nullptr;
  IL_CUBLASLT_FUNCTIONS(IL_DECLARE)
#undef IL_DECLARE
};

}  // namespace lt

// The library at INTERLATENT_CUBLASLT_PATH, or else the newest one that the
// dynamic linker finds, or one in a package of Python. The emulation accepts
// only the first.
class CublasLt {
 public:
  // Opens the first library that starts on the selected device. Returns null if
  // there is none or INTERLATENT_CUBLASLT_PATH is "off". Throws Error "device"
  // if that variable names an unusable library.
  static std::shared_ptr<const CublasLt> open();
  ~CublasLt();
  CublasLt(const CublasLt&) = delete;
  CublasLt& operator=(const CublasLt&) = delete;

  const lt::Functions& functions() const { return functions_; }
  lt::Handle handle() const { return handle_; }
  // Returns file and version, for messages.
  const std::string& name() const { return name_; }

 private:
  CublasLt() = default;
  lt::Functions functions_;
  lt::Handle handle_ = nullptr;
  std::string name_;
};

// Counts the products that one program computes with cuBLASLt. The library is
// opened for the first product, so that small programs do not load hundreds of
// megabytes.
class CublasLtProducts {
 public:
  std::shared_ptr<const CublasLt> library();
  void add_one() { count_++; }
  // Returns JSON: null, or { library, products }.
  std::string describe() const;

 private:
  bool has_searched_ = false;
  std::shared_ptr<const CublasLt> library_;
  unsigned count_ = 0;
};

// Throws Error "out-of-memory" or "device" unless the status is success.
void check_cublaslt(lt::Status status, const char* what);

}  // namespace interlatent::cuda
