// Computes large products with cuBLASLt. A kernel adds what cuBLASLt does not
// support: bias per row, activation or its derivative, and sums of rows. A
// row-major product is a column-major product with swapped factors: C^T = B^T
// A^T.
#include <algorithm>
#include <array>
#include <cstdlib>

#include "cuda/cublaslt.h"
#include "cuda/kernels/matmul_epilogue.h"
#include "cuda/kernels/matmul_kernel.h"

namespace interlatent::cuda {
namespace {

constexpr int64_t kMinSize = 512;  // of m, n and k
constexpr int64_t kMaxCalls = 8;   // calls of cuBLASLt for one record
constexpr uint64_t kMaxWorkspace = uint64_t{32} << 20;
constexpr int kRowThreads = 256;

bool has_epilogue(const MatmulRecord& record) {
  return record.activation_kind() != Activation::kNone ||
         record.bias.data != nullptr || record.sums.data != nullptr;
}

// True if a product is large enough for cuBLASLt. An epilogue doubles the
// required depth on tensor cores: there, reading and writing the result once
// more costs as much as a short sum.
bool is_large(const MatmulRecord& record, MatmulPrecision precision) {
  const char* text = std::getenv("INTERLATENT_CUBLASLT_MIN");
  const int64_t min = text == nullptr ? kMinSize : std::atoll(text);
  const bool twice =
      precision != MatmulPrecision::kFloat32 && has_epilogue(record);
  return std::min(record.m, record.n) >= min &&
         record.k >= (twice ? 2 * min : min);
}

// Products at constant strides in all three matrices.
struct Batch {
  int64_t count;
  std::array<int64_t, 3> strides;  // of c, a, b
};

// Returns runs, tiles and batch dimensions. Neighbouring dimensions are merged
// if the strides allow it.
std::vector<Batch> batches_of(const MatmulLaunch& launch) {
  const auto of = [&](const auto& c, const auto& a, const auto& b) {
    return std::array<int64_t, 3>{c, a, b};
  };
  const int64_t tiles = launch.blocks.tiles;
  std::vector<Batch> all = {
      {launch.blocks.count / tiles,
       of(launch.c.run_stride, launch.a.run_stride, launch.b.run_stride)},
      {tiles,
       of(launch.c.tile_stride, launch.a.tile_stride, launch.b.tile_stride)}};
  for (int dim = 0; dim < launch.rank; dim++) {
    all.push_back(
        {launch.dims[dim], of(launch.c_strides[dim], launch.a_strides[dim],
                              launch.b_strides[dim])});
  }
  std::vector<Batch> joined;
  for (const Batch& batch : all) {
    if (batch.count == 1) continue;
    bool is_contiguous = !joined.empty();
    for (size_t i = 0; i < 3 && is_contiguous; i++) {
      is_contiguous =
          joined.back().strides[i] == batch.count * batch.strides[i];
    }
    if (is_contiguous) {
      joined.back().count *= batch.count;
      joined.back().strides = batch.strides;
    } else {
      joined.push_back(batch);
    }
  }
  return joined;
}

// Removes the largest batch from the list and returns it, or returns a single
// product if the list is empty.
Batch take_largest(std::vector<Batch>& batches) {
  if (batches.empty()) return {1, {0, 0, 0}};
  const auto largest = std::max_element(
      batches.begin(), batches.end(),
      [](const Batch& x, const Batch& y) { return x.count < y.count; });
  const Batch batch = *largest;
  batches.erase(largest);
  return batch;
}

// Returns the offsets of all products of the batches, in elements.
std::vector<std::array<int64_t, 3>> starts_of(
    const std::vector<Batch>& batches) {
  std::vector<std::array<int64_t, 3>> starts = {{0, 0, 0}};
  for (const Batch& batch : batches) {
    std::vector<std::array<int64_t, 3>> next;
    for (const auto& start : starts) {
      for (int64_t i = 0; i < batch.count; i++) {
        next.push_back({start[0] + i * batch.strides[0],
                        start[1] + i * batch.strides[1],
                        start[2] + i * batch.strides[2]});
      }
    }
    starts = std::move(next);
  }
  return starts;
}

lt::Compute compute_of(MatmulPrecision precision) {
  switch (precision) {
    case MatmulPrecision::kTf32:
      return lt::kComputeTf32;
    case MatmulPrecision::kBfloat16:
      return lt::kComputeBfloat16;
    case MatmulPrecision::kFloat32:
      break;
  }
  return lt::kCompute32;
}

// The cuBLASLt objects that describe one product, and the algorithm that it
// chose.
class Multiplication {
 public:
  Multiplication(std::shared_ptr<const CublasLt> library,
                 MatmulPrecision precision)
      : library_(std::move(library)) {
    const lt::Functions& call = library_->functions();
    check_cublaslt(call.create_description(&description_, compute_of(precision),
                                           lt::kFloat32),
                   "a description");
    check_cublaslt(call.create_preference(&preference_), "a preference");
  }
  ~Multiplication() {
    const lt::Functions& call = library_->functions();
    for (const lt::Layout layout : layouts_) {
      if (layout != nullptr) call.destroy_layout(layout);
    }
    if (preference_ != nullptr) call.destroy_preference(preference_);
    if (description_ != nullptr) call.destroy_description(description_);
  }
  Multiplication(const Multiplication&) = delete;
  Multiplication& operator=(const Multiplication&) = delete;

  void transpose(lt::DescriptionAttribute factor) {
    check_cublaslt(
        library_->functions().set_description(
            description_, factor, &lt::kTransposed, sizeof lt::kTransposed),
        "a transpose");
  }

  // Describes matrix `index` of c, a, b, row-major with rows `stride` apart.
  void describe(size_t index, int64_t rows, int64_t columns, int64_t stride,
                int64_t count, int64_t batch_stride) {
    const lt::Functions& call = library_->functions();
    lt::Layout& layout = layouts_[index];
    // The stride of a single row has no effect, but cuBLASLt requires at least
    // the number of columns.
    const int64_t ld = std::max(stride, columns);
    check_cublaslt(call.create_layout(&layout, lt::kFloat32,
                                      static_cast<uint64_t>(columns),
                                      static_cast<uint64_t>(rows), ld),
                   "a layout");
    const auto batches = static_cast<int32_t>(count);
    check_cublaslt(
        call.set_layout(layout, lt::kBatchCount, &batches, sizeof batches),
        "a batch");
    check_cublaslt(call.set_layout(layout, lt::kBatchStride, &batch_stride,
                                   sizeof batch_stride),
                   "a batch");
  }

  template <class Value>
  void prefer(lt::PreferenceAttribute attribute, const Value& value) {
    check_cublaslt(library_->functions().set_preference(preference_, attribute,
                                                        &value, sizeof value),
                   "a preference");
  }

  // Chooses an algorithm. Returns false if there is none.
  bool choose() {
    int count = 0;
    const lt::Status status = library_->functions().find_algorithms(
        library_->handle(), description_, layouts_[2], layouts_[1], layouts_[0],
        layouts_[0], preference_, 1, &chosen_, &count);
    // Our kernels compute products that cuBLASLt does not support. An invalid
    // description is an error in this file.
    if (status == lt::kInvalidValue) check_cublaslt(status, "an algorithm");
    return status == 0 && count == 1 && chosen_.state == 0;
  }
  size_t workspace() const { return chosen_.workspace; }

  void enqueue(float* c, const float* a, const float* b, void* workspace,
               cudaStream_t stream) const {
    const float one = 1;
    const float zero = 0;
    check_cublaslt(
        library_->functions().multiply(
            library_->handle(), description_, &one, b, layouts_[2], a,
            layouts_[1], &zero, c, layouts_[0], c, layouts_[0],
            &chosen_.algorithm, workspace, chosen_.workspace, stream),
        "a product");
  }

 private:
  std::shared_ptr<const CublasLt> library_;
  lt::Description description_ = nullptr;
  lt::Preference preference_ = nullptr;
  std::array<lt::Layout, 3> layouts_{};  // c, a, b
  lt::Heuristic chosen_{};
};

// Returns the alignment of all products in bytes: the largest power of two, at
// most 256, that divides their addresses.
template <class Element>
uint32_t alignment(const Element* first,
                   const std::vector<std::array<int64_t, 3>>& starts,
                   const Batch& batch, size_t index) {
  auto bits = reinterpret_cast<uintptr_t>(first) | 256u;
  const auto add = [&](int64_t elements) {
    bits |= static_cast<uintptr_t>(elements) * sizeof(Element);
  };
  if (batch.count > 1) add(batch.strides[index]);
  for (const auto& start : starts) add(start[index]);
  return static_cast<uint32_t>(bits & (~bits + 1));
}

// Applies the epilogue to a row of the result. One thread block computes it;
// each thread adds its results to `sum`.
struct EpilogueRow {
  const MatmulLaunch& launch;
  float* results;
  const float* saved;
  float bias;
  float& sum;

  template <Activation kActivation>
  __device__ void operator()() const {
    for (int64_t i = threadIdx.x; i < launch.n; i += kRowThreads) {
      const float known = kIsSlope<kActivation> ? saved[i] : 0.0f;
      const float x =
          matmul_result<kActivation>(results[i], bias, known, launch.slope);
      results[i] = x;
      sum += x;
    }
  }
};

__global__ void matmul_epilogue_kernel(IL_CONSTANT(MatmulLaunch) launch) {
  await_predecessors();
  IL_SHARED(float[kRowThreads], parts);
  const int64_t row = blockIdx.x % static_cast<uint32_t>(launch.m);
  const MatmulProduct product =
      product_of(launch, blockIdx.x / static_cast<uint32_t>(launch.m));
  float sum = 0;
  const EpilogueRow epilogue = {
      launch, product.c + row * launch.ldc,
      product.saved == nullptr ? nullptr
                               : product.saved + row * launch.saved_stride,
      product.bias == nullptr ? 0.0f : product.bias[row], sum};
  with_activation(launch.activation, epilogue);
  if (product.sums == nullptr) return;
  parts[threadIdx.x] = sum;
  __syncthreads();
  for (unsigned half = kRowThreads / 2; half > 0; half /= 2) {
    if (threadIdx.x < half) parts[threadIdx.x] += parts[threadIdx.x + half];
    __syncthreads();
  }
  if (threadIdx.x == 0) product.sums[row] = parts[0];
}

class CublasLtMatmul final : public MatmulKernel {
 public:
  CublasLtMatmul(RecordReader& in, const MatmulRecord& record,
                 const Preparation& preparation,
                 std::shared_ptr<const CublasLt> library)
      : MatmulKernel(in, record, preparation),
        multiplication_(std::move(library), preparation.matmul_precision) {
    std::vector<Batch> batches = batches_of(launch_);
    const Batch batch = take_largest(batches);
    int64_t calls = 1;
    for (const Batch& other : batches) {
      calls = in.product({calls, other.count});
    }
    if (calls > kMaxCalls || batch.count > INT32_MAX) return;
    starts_ = starts_of(batches);
    describe(record, batch);
    if (!multiplication_.choose()) return;
    if (has_epilogue(record)) {
      const int64_t products = in.product({record.batches, preparation.blocks});
      grid_ = grid_size(in, in.product({products, record.m}), 1);
    }
    if (multiplication_.workspace() > 0) {
      workspace_ =
          DeviceArray<std::byte>(preparation.memory, "cuBLASLt's workspace",
                                 multiplication_.workspace());
    }
    ready_ = true;
  }

  bool ready() const { return ready_; }

  LaunchType launch_type() const override { return LaunchType::kOther; }

  void enqueue(cudaStream_t stream, StepState*) const override {
    for (const auto& [c, a, b] : starts_) {
      multiplication_.enqueue(launch_.c.first + c, launch_.a.first + a,
                              launch_.b.first + b, workspace_.data(), stream);
    }
    if (grid_ == 0) return;
    IL_LAUNCH(matmul_epilogue_kernel, grid_, kRowThreads, 0, stream, launch_);
  }

 private:
  // C^T = op(B)^T op(A)^T, so B is the first factor of cuBLASLt.
  void describe(const MatmulRecord& record, const Batch& batch) {
    const int64_t m = record.m;
    const int64_t n = record.n;
    const int64_t k = record.k;
    const bool ta = record.trans_a;
    const bool tb = record.trans_b;
    if (tb) multiplication_.transpose(lt::kTransposeA);
    if (ta) multiplication_.transpose(lt::kTransposeB);
    multiplication_.describe(0, m, n, record.ldc, batch.count,
                             batch.strides[0]);
    multiplication_.describe(1, ta ? k : m, ta ? m : k,
                             ta ? record.a_along_k : record.a_along_m,
                             batch.count, batch.strides[1]);
    multiplication_.describe(2, tb ? n : k, tb ? k : n,
                             tb ? record.b_along_n : record.b_along_k,
                             batch.count, batch.strides[2]);
    multiplication_.prefer(lt::kMaxWorkspace, kMaxWorkspace);
    multiplication_.prefer(lt::kReductions, lt::kReductionInFloat32);
    const uint32_t of_c = alignment(launch_.c.first, starts_, batch, 0);
    multiplication_.prefer(lt::kAlignmentA,
                           alignment(launch_.b.first, starts_, batch, 2));
    multiplication_.prefer(lt::kAlignmentB,
                           alignment(launch_.a.first, starts_, batch, 1));
    multiplication_.prefer(lt::kAlignmentC, of_c);
    multiplication_.prefer(lt::kAlignmentD, of_c);
  }

  Multiplication multiplication_;
  std::vector<std::array<int64_t, 3>> starts_;  // offsets of c, a, b per call
  DeviceArray<std::byte> workspace_;
  unsigned grid_ = 0;  // of the epilogue; 0: there is none
  bool ready_ = false;
};

}  // namespace

std::unique_ptr<Kernel> make_cublaslt_matmul(RecordReader& in,
                                             const MatmulRecord& record,
                                             const Preparation& preparation) {
  if (!is_large(record, preparation.matmul_precision)) return nullptr;
  const auto library = preparation.cublaslt.library();
  if (library == nullptr) return nullptr;
  auto kernel =
      std::make_unique<CublasLtMatmul>(in, record, preparation, library);
  if (!kernel->ready()) return nullptr;
  preparation.cublaslt.add_one();
  return kernel;
}

}  // namespace interlatent::cuda
