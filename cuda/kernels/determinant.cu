// Determinants and inverses of many small matrices. Up to d = 3 a thread
// computes a matrix by cofactors. For larger d a warp computes it by
// elimination with partial pivoting in shared memory (Golub & Van Loan, Matrix
// Computations, 3.4).
#include <algorithm>

#include "cuda/kernel.h"
#include "math/determinant.h"

namespace interlatent::cuda {
namespace {

constexpr unsigned kThreads = 128;
constexpr int kWarp = 32;
constexpr int64_t kMaxWarps = 8;
constexpr unsigned kAllLanes = 0xffffffffu;

struct DeterminantLaunch {
  DeterminantResult result;
  Blocks blocks;
  Located<float> out;
  Located<const float> matrices, upstream;
  int64_t batch, count;
  int32_t d;
  float log_floor;
  uint32_t groups;  // thread blocks per block of the plan
};

// Returns the offset of the first element of a matrix; its elements are `batch`
// apart.
__device__ inline int64_t first_element(const DeterminantLaunch& launch,
                                        int64_t index) {
  const int64_t d = launch.d;
  return index / launch.batch * (d * d - 1) * launch.batch + index;
}

template <int kSize>
__global__ void cofactor_kernel(DeterminantLaunch launch) {
  await_predecessors();
  constexpr int kElements = kSize * kSize;
  const int64_t index =
      int64_t{blockIdx.x % launch.groups} * blockDim.x + threadIdx.x;
  if (index >= launch.count) return;
  const Place place = launch.blocks.place(blockIdx.x / launch.groups);
  const int64_t first = first_element(launch, index);
  const float* source = launch.matrices.at(place) + first;
  float a[kElements];
  float cofactor[kElements];
  for (int e = 0; e < kElements; e++) a[e] = source[e * launch.batch];
  const float det = cofactors(a, cofactor);
  const float log_det = logarithm(fabsf(det));
  float* out = launch.out.at(place);
  if (launch.result == DeterminantResult::kLogAbs) {
    out[index] = floored_log(log_det, launch.log_floor);
    return;
  }
  if (launch.result == DeterminantResult::kSign) {
    out[index] = det == 0.0f ? 0.0f : copysignf(1.0f, det) + (det - det);
    return;
  }
  const float upstream = launch.upstream.at(place)[index];
  const float at_floor = copysignf(exponential(-launch.log_floor), det);
  const float factor = log_det < launch.log_floor ? at_floor : 1.0f / det;
  for (int e = 0; e < kElements; e++) {
    out[first + e * launch.batch] =
        bounded_slope(cofactor[e] * factor, log_det) * upstream;
  }
}

// A matrix in shared memory, and the lane of the warp that computes it. Rows
// are an odd number of elements apart, so that columns spread over the banks.
struct WarpMatrix {
  float* data;
  float* factors;     // elements of the current column
  int32_t* partners;  // rows that were exchanged
  int d, lane;

  __device__ float& at(int i, int j) const { return data[i * (d | 1) + j]; }

  // Returns the first row at or below row k with the largest absolute element
  // of column k, or row k if its element is NaN.
  __device__ int pivot_row(int k) const {
    float largest = -1.0f;
    int row = k;
    for (int i = k + lane; i < d; i += kWarp) {
      const float size = fabsf(at(i, k));
      const float rank =
          size == size ? size : (i == k ? __builtin_inff() : -1.0f);
      if (rank > largest) {
        largest = rank;
        row = i;
      }
    }
    for (int mask = kWarp / 2; mask > 0; mask /= 2) {
      const float other = __shfl_xor_sync(kAllLanes, largest, mask);
      const int other_row = __shfl_xor_sync(kAllLanes, row, mask);
      if (other > largest || (other == largest && other_row < row)) {
        largest = other;
        row = other_row;
      }
    }
    // Shuffles do not order memory. This barrier makes sure that the column has
    // been read before it is written.
    __syncwarp();
    return row;
  }

  __device__ void swap_rows(int k, int row, int first) const {
    for (int j = first + lane; row != k && j < d; j += kWarp) {
      const float saved = at(k, j);
      at(k, j) = at(row, j);
      at(row, j) = saved;
    }
    __syncwarp();
  }

  // Replaces the matrix by its upper triangle.
  __device__ PivotProduct eliminate() const {
    PivotProduct product = {1.0f, 0, false, false};
    for (int k = 0; k < d; k++) {
      const int row = pivot_row(k);
      swap_rows(k, row, k);
      const float inverse = 1.0f / take_pivot(&product, at(k, k), row != k);
      const int rest = d - k - 1;
      for (int e = lane; e < rest * rest; e += kWarp) {
        const int i = k + 1 + e / rest;
        const int j = k + 1 + e % rest;
        at(i, j) -= at(i, k) * inverse * at(k, j);
      }
      __syncwarp();
    }
    return product;
  }

  // Replaces the matrix by its inverse (Gauss-Jordan).
  __device__ PivotProduct invert() const {
    PivotProduct product = {1.0f, 0, false, false};
    for (int k = 0; k < d; k++) {
      const int row = pivot_row(k);
      swap_rows(k, row, 0);
      const float inverse = 1.0f / take_pivot(&product, at(k, k), row != k);
      if (lane == 0) partners[k] = row;
      for (int i = lane; i < d; i += kWarp) factors[i] = at(i, k);
      __syncwarp();
      for (int j = lane; j < d; j += kWarp) {
        at(k, j) = (j == k ? 1.0f : at(k, j)) * inverse;
      }
      __syncwarp();
      for (int e = lane; e < d * d; e += kWarp) {
        const int i = e / d;
        const int j = e % d;
        if (i == k) continue;
        const float start = j == k ? 0.0f : at(i, j);
        at(i, j) = start - factors[i] * at(k, j);
      }
      __syncwarp();
    }
    for (int k = d - 1; k >= 0; k--) {
      const int column = partners[k];
      for (int i = lane; column != k && i < d; i += kWarp) {
        const float saved = at(i, k);
        at(i, k) = at(i, column);
        at(i, column) = saved;
      }
      __syncwarp();
    }
    return product;
  }
};

// Returns the elements of shared memory per matrix: the matrix, factors and
// partners.
__host__ __device__ inline int matrix_room(int d) {
  return d * (d | 1) + 2 * d;
}

__global__ void elimination_kernel(DeterminantLaunch launch) {
  await_predecessors();
  IL_DYNAMIC_SHARED(float, room);
  IL_SHARED(float[kMaxWarps], log_dets);
  const int d = launch.d;
  const int warps = static_cast<int>(blockDim.x) / kWarp;
  const int warp = static_cast<int>(threadIdx.x) / kWarp;
  const int64_t first_index = int64_t{blockIdx.x % launch.groups} * warps;
  const Place place = launch.blocks.place(blockIdx.x / launch.groups);
  const float* matrices = launch.matrices.at(place);
  // Read neighbours in the batch together, because they are neighbours in
  // memory.
  for (int t = static_cast<int>(threadIdx.x); t < warps * d * d;
       t += static_cast<int>(blockDim.x)) {
    const int64_t index = first_index + t % warps;
    const int e = t / warps;
    if (index >= launch.count) continue;
    room[t % warps * matrix_room(d) + e / d * (d | 1) + e % d] =
        matrices[first_element(launch, index) + e * launch.batch];
  }
  __syncthreads();
  const int64_t index = first_index + warp;
  float* out = launch.out.at(place);
  if (index < launch.count) {
    WarpMatrix matrix;
    matrix.data = room + warp * matrix_room(d);
    matrix.factors = matrix.data + d * (d | 1);
    matrix.partners = reinterpret_cast<int32_t*>(matrix.factors + d);
    matrix.d = d;
    matrix.lane = static_cast<int>(threadIdx.x) % kWarp;
    const bool gradient = launch.result == DeterminantResult::kLogAbsGradient;
    const PivotProduct product =
        gradient ? matrix.invert() : matrix.eliminate();
    if (matrix.lane == 0) {
      const float log_det = log_of_product(product);
      log_dets[warp] = log_det;
      if (launch.result == DeterminantResult::kLogAbs) {
        out[index] = floored_log(log_det, launch.log_floor);
      } else if (!gradient) {
        out[index] = sign_of_product(product);
      }
    }
  }
  if (launch.result != DeterminantResult::kLogAbsGradient) return;
  __syncthreads();
  const float* upstream = launch.upstream.at(place);
  for (int t = static_cast<int>(threadIdx.x); t < warps * d * d;
       t += static_cast<int>(blockDim.x)) {
    const int matrix = t % warps;
    const int e = t / warps;
    if (first_index + matrix >= launch.count) continue;
    const float log_det = log_dets[matrix];
    const float slope =
        room[matrix * matrix_room(d) + e % d * (d | 1) + e / d] *
        floored_log_slope(log_det, launch.log_floor);
    out[first_element(launch, first_index + matrix) + e * launch.batch] =
        bounded_slope(slope, log_det) * upstream[first_index + matrix];
  }
}

class Determinant final : public Kernel {
 public:
  Determinant(RecordReader& in, const DeterminantRecord& record,
              const Preparation& preparation)
      : Kernel(in, record, preparation) {
    launch_.result = record.result;
    launch_.blocks = blocks_;
    launch_.out = locate(in, preparation, 0, record.out);
    launch_.matrices = locate(in, preparation, 1, record.matrices);
    launch_.upstream = locate(in, preparation, 2, record.upstream);
    launch_.batch = record.batch;
    launch_.count = record.groups * record.batch;
    launch_.d = static_cast<int32_t>(record.d);
    launch_.log_floor = record.log_floor;
    int64_t per_group = kThreads;
    threads_ = kThreads;
    if (record.d > 3) {
      const int64_t bytes = matrix_room(launch_.d) * int64_t{sizeof(float)};
      per_group = std::min(kMaxWarps, 47 * 1024 / bytes);
      threads_ = static_cast<unsigned>(per_group * kWarp);
      shared_bytes_ = static_cast<size_t>(per_group * bytes);
    }
    const int64_t groups = (record.groups * record.batch - 1) / per_group + 1;
    grid_ = grid_size(in, groups, preparation.blocks);
    launch_.groups = static_cast<uint32_t>(groups);
  }

  void enqueue(cudaStream_t stream, StepState*) const override {
    const auto kernel = launch_.d == 1   ? cofactor_kernel<1>
                        : launch_.d == 2 ? cofactor_kernel<2>
                        : launch_.d == 3 ? cofactor_kernel<3>
                                         : elimination_kernel;
    IL_LAUNCH(kernel, grid_, threads_, shared_bytes_, stream, launch_);
  }

 private:
  unsigned grid_ = 1, threads_ = 1;
  size_t shared_bytes_ = 0;
  DeterminantLaunch launch_{};
};

}  // namespace

extern const KernelFactory make_determinant =
    make_kernel<Determinant, DeterminantRecord>;

}  // namespace interlatent::cuda
