// matmul: a thread block computes a tile of one product in the requested
// precision. If there are few results, long sums are cut among thread blocks;
// the last one adds the partial sums in order.
#include "cuda/kernels/matmul_kernel.h"

namespace interlatent::cuda {
namespace {

MatmulVariants variants_of(MatmulPrecision precision,
                           const MatmulRecord& record) {
  switch (precision) {
    case MatmulPrecision::kTf32:
      return tf32_matmul();
    case MatmulPrecision::kBfloat16:
      return bfloat16_matmul();
    case MatmulPrecision::kFloat32:
      break;
  }
  return float32_matmul(record.m, record.n);
}

// Returns the largest tile that is mostly filled and of which there are enough
// for all multiprocessors, or else the smallest tile.
MatmulVariant choose(const MatmulRecord& record, int64_t products,
                     const Preparation& preparation) {
  const MatmulVariants all = variants_of(preparation.matmul_precision, record);
  for (const MatmulVariant& variant : {all.large, all.medium, all.small}) {
    const int64_t row_tiles = tiles(record.m, variant.rows);
    const int64_t column_tiles = tiles(record.n, variant.columns);
    const double filled = static_cast<double>(record.m * record.n) /
                          static_cast<double>(row_tiles * column_tiles *
                                              variant.rows * variant.columns);
    const double blocks = static_cast<double>(row_tiles * column_tiles) *
                          static_cast<double>(products);
    if (filled > 0.7 && blocks >= preparation.multiprocessors) return variant;
  }
  return all.small;
}

class Matmul final : public MatmulKernel {
 public:
  Matmul(RecordReader& in, const MatmulRecord& record,
         const Preparation& preparation)
      : MatmulKernel(in, record, preparation) {
    const int64_t products = in.product({record.batches, preparation.blocks});
    const int64_t cut_products =
        in.product({record.batches, preparation.cut_blocks});
    const MatmulVariant variant = choose(record, cut_products, preparation);
    kernel_ = variant.kernel;
    threads_ = variant.threads;
    const int64_t row_tiles = tiles(record.m, variant.rows);
    const int64_t column_tiles = tiles(record.n, variant.columns);
    const int64_t blocks = in.product({row_tiles, column_tiles, products});
    // Cut the sums into parts if there are few results. Every part has a
    // minimum depth.
    const int64_t depth_tiles = tiles(record.k, variant.depth);
    const int64_t wanted = preparation.multiprocessors /
                           in.product({row_tiles, column_tiles, cut_products});
    const int64_t max = std::clamp<int64_t>(
        depth_tiles / (variant.min_depth / variant.depth), 1, 16);
    const int64_t parts = std::clamp<int64_t>(wanted, 1, max);
    launch_.part_tiles = static_cast<uint32_t>((depth_tiles - 1) / parts + 1);
    launch_.parts =
        static_cast<uint32_t>((depth_tiles - 1) / launch_.part_tiles + 1);
    launch_.row_tiles = static_cast<uint32_t>(row_tiles);
    launch_.column_tiles = static_cast<uint32_t>(column_tiles);
    grid_ = grid_size(in, blocks, launch_.parts);
    if (launch_.parts > 1) {
      partials_ = scratch<float>(
          in, preparation, "partial products",
          {blocks, launch_.parts, variant.rows, variant.columns});
      counters_ = scratch<unsigned>(in, preparation, "counters", {blocks});
      launch_.partials = partials_.data();
      launch_.counters = counters_.data();
    }
    if (record.sums.data != nullptr && column_tiles > 1) {
      row_partials_ = scratch<float>(in, preparation, "partial sums",
                                     {blocks, variant.rows});
      row_counters_ =
          scratch<unsigned>(in, preparation, "counters", {products, row_tiles});
      launch_.row_partials = row_partials_.data();
      launch_.row_counters = row_counters_.data();
    }
  }

  void enqueue(cudaStream_t stream, StepState*) const override {
    IL_LAUNCH(kernel_, grid_, threads_, 0, stream, launch_);
  }

 private:
  void (*kernel_)(IL_CONSTANT(MatmulLaunch)) = nullptr;
  DeviceArray<float> partials_, row_partials_;
  DeviceArray<unsigned> counters_, row_counters_;
  unsigned grid_ = 1, threads_ = 1;
};

std::unique_ptr<Kernel> make(RecordReader& in, const Preparation& preparation) {
  const MatmulRecord record(in);
  auto kernel = make_cublaslt_matmul(in, record, preparation);
  if (kernel != nullptr) return kernel;
  return std::make_unique<Matmul>(in, record, preparation);
}

}  // namespace

extern const KernelFactory make_matmul = make;

MatmulKernel::MatmulKernel(const RecordReader& in, const MatmulRecord& record,
                           const Preparation& preparation)
    : Kernel(in, record, preparation) {
  launch_.blocks = blocks_;
  launch_.m = record.m;
  launch_.n = record.n;
  launch_.k = record.k;
  launch_.c = locate_matrix(in, preparation, record.c);
  launch_.a = locate_matrix(in, preparation, record.a);
  launch_.b = locate_matrix(in, preparation, record.b);
  launch_.bias = locate_matrix(in, preparation, record.bias);
  launch_.saved = locate_matrix(in, preparation, record.saved);
  launch_.sums = locate_matrix(in, preparation, record.sums);
  launch_.ldc = record.ldc;
  launch_.saved_stride = record.ld_saved;
  launch_.a_along_m = record.a_along_m;
  launch_.a_along_k = record.a_along_k;
  launch_.b_along_k = record.b_along_k;
  launch_.b_along_n = record.b_along_n;
  launch_.activation = record.activation_kind();
  launch_.slope = record.slope;
  launch_.rank = static_cast<int32_t>(record.dims.size());
  if (record.batches > INT32_MAX) in.refuse("it has more than 2^31 products");
  launch_.batches = static_cast<uint32_t>(record.batches);
  for (size_t dim = 0; dim < record.dims.size(); dim++) {
    launch_.dims[dim] = static_cast<uint32_t>(record.dims[dim]);
  }
  std::ranges::copy(record.c.strides, launch_.c_strides);
  std::ranges::copy(record.a.strides, launch_.a_strides);
  std::ranges::copy(record.b.strides, launch_.b_strides);
  std::ranges::copy(record.bias.strides, launch_.bias_strides);
  std::ranges::copy(record.saved.strides, launch_.saved_strides);
  std::ranges::copy(record.sums.strides, launch_.sums_strides);
  launch_.c_vectors =
      is_whole(record.n) && in_vectors(launch_.c, record.ldc, record.c.strides);
  launch_.a_vectors = record.a_along_k == 1 &&
                      in_vectors(launch_.a, record.a_along_m, record.a.strides);
  launch_.b_vectors = record.b_along_k == 1 &&
                      in_vectors(launch_.b, record.b_along_n, record.b.strides);
}

}  // namespace interlatent::cuda
