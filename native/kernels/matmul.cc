// matmul: batched products with transposes, cut into pieces by shape. Pieces
// are tiles of columns, or tiles of rows if a gradient product has few columns.
// The loop that computes a piece depends on its shape alone.
#include <algorithm>
#include <limits>

#include "kernels/task_count.h"
#include "registry.h"

namespace interlatent {
namespace {

constexpr int64_t kColumnTile = 256;
constexpr int64_t kRowTile = 32;
// Work is counted in floating-point operations, about 100 per nanosecond.
// A product of 5 µs is worth splitting if that costs nothing.
constexpr int64_t kWorthSplitting = 500'000;
// A product of 20 µs is worth splitting if smaller pieces are slower (by a
// tenth in oneDNN).
constexpr int64_t kWorthSplittingOneDnn = 2'000'000;
// A task of 2 µs is worth passing to another thread.
constexpr int64_t kWorthATask = 200'000;
// Measured cost of the epilogue, in operations per element.
constexpr int64_t kTanhWork = 75;
constexpr int64_t kOtherWork = 4;
// The left matrix of a small product must fit the second-level cache together
// with the other operands.
constexpr int64_t kSmallMatrix = 256 * 128;
// Larger results need the blocks of oneDNN.
constexpr int64_t kPackedResult = 128 * 128;

enum class Method { kSmall, kPacked, kDots, kPlain, kOneDnn };

// A cut of one dimension into equal tiles; the last tile is longer.
struct Cut {
  int64_t size, tile, count;

  Cut(int64_t whole, int64_t preferred)
      : size(whole),
        tile(whole < 2 * preferred ? whole : preferred),
        count(whole / tile) {}
  int64_t start(int64_t index) const { return index * tile; }
  int64_t length(int64_t index) const {
    return index == count - 1 ? size - start(index) : tile;
  }
};

class Matmul final : public Kernel {
 public:
  Matmul(RecordReader& in, const Preparation& preparation)
      : loops_(preparation.loops) {
    read(in);
    const int64_t flops = multiply(in, 2 * m_, multiply(in, n_, k_));
    method_ = choose_method();
    const bool tanh = activation() == Activation::kTanh;
    const int64_t epilogue =
        multiply(in, tanh ? kTanhWork : kOtherWork, multiply(in, m_, n_));
    const int64_t work = flops + epilogue;
    cut(work);
    if (method_ == Method::kOneDnn) find_products(preparation.products);
    if (method_ == Method::kPacked) {
      scratch_bytes_ =
          static_cast<size_t>(packed_scratch(m_, n_)) * sizeof(float);
    }
    const int64_t pieces =
        multiply(in, batches_, multiply(in, rows_.count, columns_.count));
    const int64_t piece = work / (rows_.count * columns_.count);
    pieces_ = pieces;
    if (sums_ > 0) {
      // Space for vectors of the widest kind, after the scratch of oneDNN.
      product_scratch_ = (scratch_bytes_ + 63) / 64 * 64;
      const int64_t lanes[] = {m_, kLanes};
      scratch_bytes_ = product_scratch_ +
                       static_cast<size_t>(in.product(lanes)) * sizeof(float);
    }
    if (sums_ > 0 && columns_.count > 1) {
      total_sums_ = multiply(in, batches_, multiply(in, columns_.count, m_));
      partials_.resize(static_cast<size_t>(
          multiply(in, total_sums_, int64_t{preparation.copies})));
    }
    pieces_per_task_ = even_share(
        pieces,
        std::max<int64_t>(1, kWorthATask / std::max<int64_t>(1, piece)));
    tasks_ = task_count(in, pieces, pieces_per_task_);
  }

  // Adds the sums of rows over the tiles of columns.
  void finish(const Place& place, Step&) override {
    if (sums_ == 0 || columns_.count == 1) return;
    const float* partial = partials_.data() + place.copy * total_sums_;
    for (int64_t batch = 0; batch < batches_; batch++) {
      float* sums = whole_.epilogue.sums + shift(sums_, place);
      int64_t rest = batch;
      for (size_t dim = dims_.size(); dim-- > 0;) {
        sums += rest % dims_[dim] * sums_strides_[dim];
        rest /= dims_[dim];
      }
      for (int64_t i = 0; i < m_; i++) sums[i] = partial[i];
      partial += m_;
      for (int64_t column = 1; column < columns_.count; column++) {
        for (int64_t i = 0; i < m_; i++) sums[i] += partial[i];
        partial += m_;
      }
    }
  }

  void run(uint32_t task, const Place& place, const Worker& worker,
           Step& step) override {
    TileProduct whole = whole_;
    whole.c += shift(0, place);
    whole.a += shift(1, place);
    whole.b += shift(2, place);
    if (bias_ > 0) whole.epilogue.bias += shift(bias_, place);
    if (saved_ > 0) whole.epilogue.saved += shift(saved_, place);
    if (sums_ > 0) {
      whole.epilogue.sums = columns_.count > 1
                                ? partials_.data() + place.copy * total_sums_
                                : whole.epilogue.sums + shift(sums_, place);
      whole.epilogue.lanes =
          reinterpret_cast<float*>(worker.scratch + product_scratch_);
    }
    const int64_t first = task * pieces_per_task_;
    const int64_t end = std::min(pieces_, first + pieces_per_task_);
    for (int64_t piece = first; piece < end; piece++) {
      const int64_t column = piece % columns_.count;
      const int64_t row = piece / columns_.count % rows_.count;
      int64_t batch = piece / columns_.count / rows_.count;
      TileProduct product = whole;
      for (size_t dim = dims_.size(); dim-- > 0;) {
        const int64_t position = batch % dims_[dim];
        batch /= dims_[dim];
        product.c += position * c_strides_[dim];
        product.a += position * a_strides_[dim];
        product.b += position * b_strides_[dim];
        product.epilogue.bias += position * bias_strides_[dim];
        product.epilogue.saved += position * saved_strides_[dim];
        if (columns_.count == 1) {
          product.epilogue.sums += position * sums_strides_[dim];
        }
      }
      const int64_t i = rows_.start(row);
      const int64_t j = columns_.start(column);
      product.c += i * product.ldc + j;
      product.a += i * product.a_along_m;
      product.b += j * product.b_along_n;
      product.m = rows_.length(row);
      product.n = columns_.length(column);
      if (bias_ > 0) product.epilogue.bias += i;
      if (saved_ > 0) {
        product.epilogue.saved += i * product.epilogue.saved_stride + j;
      }
      if (sums_ > 0) {
        product.epilogue.sums += i;
        if (columns_.count > 1) {
          product.epilogue.sums +=
              (piece / columns_.count / rows_.count * columns_.count + column) *
              m_;
        }
      }
      multiply(product, row, column, worker, step, piece);
    }
  }

 private:
  static int64_t multiply(const RecordReader& in, int64_t a, int64_t b) {
    const int64_t factors[] = {a, b};
    return in.product(factors);
  }

  void read(RecordReader& in) {
    MatmulRecord record(in);
    m_ = record.m;
    n_ = record.n;
    k_ = record.k;
    batches_ = record.batches;
    b_transposed_ = record.trans_b;
    bias_ = record.bias.operand;
    saved_ = record.saved.operand;
    sums_ = record.sums.operand;
    whole_.c = record.c.data;
    whole_.a = record.a.data;
    whole_.b = record.b.data;
    whole_.k = k_;
    whole_.ldc = record.ldc;
    whole_.a_along_m = record.a_along_m;
    whole_.a_along_k = record.a_along_k;
    whole_.b_along_k = record.b_along_k;
    whole_.b_along_n = record.b_along_n;
    whole_.epilogue.bias = record.bias.data;
    whole_.epilogue.activation = record.activation_kind();
    whole_.epilogue.slope = record.slope;
    whole_.epilogue.saved = record.saved.data;
    whole_.epilogue.saved_stride = record.ld_saved;
    whole_.epilogue.sums = record.sums.data;
    dims_ = std::move(record.dims);
    c_strides_ = std::move(record.c.strides);
    a_strides_ = std::move(record.a.strides);
    b_strides_ = std::move(record.b.strides);
    bias_strides_ = std::move(record.bias.strides);
    saved_strides_ = std::move(record.saved.strides);
    sums_strides_ = std::move(record.sums.strides);
    flops_ = record.flops;
    written_ = std::move(record.written);
  }

  Activation activation() const { return whole_.epilogue.activation; }

  Method choose_method() const {
    const bool small = n_ >= kLanes && m_ * k_ <= kSmallMatrix;
    if (!b_transposed_ && small) return Method::kSmall;
    const bool a_rows = whole_.a_along_k == 1;
    const bool b_columns = whole_.b_along_k == 1;
    if (m_ == 1 || n_ == 1) {
      // oneDNN 3.7 mistakes the gaps of a strided vector for a transposition.
      return a_rows && b_columns ? Method::kDots : Method::kPlain;
    }
    if (!a_rows || !b_columns) return Method::kOneDnn;
    const bool tiny = m_ < 12 || m_ * n_ <= 256;
    const bool packed = n_ > kLanes / 2 && m_ * n_ <= kPackedResult;
    if (packed && !tiny) return Method::kPacked;
    // oneDNN pads narrow results to whole vectors.
    const bool narrow = n_ < 2 * kLanes && n_ % kLanes != 0;
    const bool deep = n_ <= 2 * kLanes && k_ >= 512;
    return narrow || tiny || deep ? Method::kDots : Method::kOneDnn;
  }

  // Cuts columns by default. If there would be too few pieces for the threads,
  // uses smaller tiles, or tiles of rows if a long sum has few columns.
  void cut(int64_t work) {
    const bool is_worth_splitting =
        work >=
        (method_ == Method::kOneDnn ? kWorthSplittingOneDnn : kWorthSplitting);
    if (b_transposed_) {
      rows_ = Cut(m_, is_worth_splitting && batches_ == 1 ? kRowTile : m_);
      columns_ = Cut(n_, n_);
      return;
    }
    rows_ = Cut(m_, m_);
    columns_ = Cut(n_, kColumnTile);
    if (is_worth_splitting && batches_ * columns_.count < 4) {
      columns_ = Cut(n_, kColumnTile / 2);
    }
  }

  void find_products(ProductCache& cache) {
    for (const int64_t row : {int64_t{0}, rows_.count - 1}) {
      for (const int64_t column : {int64_t{0}, columns_.count - 1}) {
        const ProductShape shape = {rows_.length(row),
                                    columns_.length(column),
                                    k_,
                                    whole_.a_along_m,
                                    whole_.a_along_k,
                                    whole_.b_along_k,
                                    whole_.b_along_n,
                                    whole_.ldc};
        const Product& product = cache.get(shape);
        scratch_bytes_ = std::max(scratch_bytes_, product.scratch_bytes());
        products_[row == rows_.count - 1][column == columns_.count - 1] =
            &product;
      }
    }
  }

  void multiply(const TileProduct& product, int64_t row, int64_t column,
                const Worker& worker, Step& step, int64_t piece) const {
    switch (method_) {
      case Method::kSmall:
        loops_.small_product(product);
        return;
      case Method::kPacked:
        loops_.packed_product(product,
                              reinterpret_cast<float*>(worker.scratch));
        return;
      case Method::kDots:
        loops_.dot_product(product);
        return;
      case Method::kPlain:
        loops_.plain_product(product);
        return;
      case Method::kOneDnn: {
        const Product& primitive =
            *products_[row == rows_.count - 1][column == columns_.count - 1];
        if (!primitive.run(worker.index, product.c, product.a, product.b,
                           worker.scratch)) {
          step.fail(static_cast<uint64_t>(piece), "device",
                    "[matmul] oneDNN failed");
        }
        loops_.apply_epilogue(product);
        return;
      }
    }
  }

  const Loops& loops_;
  int64_t m_ = 0, n_ = 0, k_ = 0;
  int64_t batches_ = 1;
  bool b_transposed_ = false;
  std::vector<int64_t> dims_, c_strides_, a_strides_, b_strides_;
  std::vector<int64_t> bias_strides_, saved_strides_, sums_strides_;
  size_t bias_ = 0, saved_ = 0, sums_ = 0;  // operands; 0: none
  size_t product_scratch_ = 0;
  int64_t total_sums_ = 0;
  std::vector<float> partials_;
  TileProduct whole_{};
  Method method_ = Method::kOneDnn;
  Cut rows_{1, 1}, columns_{1, 1};
  int64_t pieces_ = 0, pieces_per_task_ = 1;
  const Product* products_[2][2] = {};
};

}  // namespace

std::unique_ptr<Kernel> make_matmul(RecordReader& in,
                                    const Preparation& preparation) {
  return std::make_unique<Matmul>(in, preparation);
}

}  // namespace interlatent
