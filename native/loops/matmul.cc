// Products and epilogues that complement oneDNN. Bias and activation are
// applied to a tile while it is in cache. Small products need no packing and
// apply the epilogue to registers: 75-115 GFLOP/s at 2-128 rows, where oneDNN
// reaches 25-114. Gradients by weights transpose their right matrix first. On
// an AMD EPYC with 250 GFLOP/s, they reach 234 at 64 x 64 x 256, where oneDNN
// reaches 217 in a step.
#include "loops/table.h"
#include "loops/vector.h"
#include "math/functions.h"

namespace interlatent::IL_ISA {
namespace {

// Register tiles: accumulators, one vector of each operand and the broadcast
// must fit 32 registers with AVX-512, 16 otherwise.
#if defined(__AVX512F__)
constexpr int kTileRows = 6;
constexpr int kTileVectors = 4;
constexpr int kDotRows = 6;
constexpr int kDotColumns = 4;
#else
constexpr int kTileRows = 6;
constexpr int kTileVectors = 2;
constexpr int kDotRows = 4;
constexpr int kDotColumns = 2;
#endif

#define IL_INLINE inline __attribute__((always_inline))

// Returns the last `count` lanes of a vector, with zeros in the others.
IL_INLINE Vector last_lanes(Vector x, int64_t count) {
  for (int64_t lane = 0; lane < kVector - count; lane++) x[lane] = 0;
  return x;
}

// Applies the epilogue to a tile and stores it. Only the last `counted` of its
// columns are added to the sums; the others have been summed before.
template <int kRows, int kVectors>
IL_INLINE void finish_tile(const TileProduct& p, int64_t i, int64_t j,
                           int64_t counted, Vector (&sums)[kRows][kVectors]) {
  const Epilogue& epilogue = p.epilogue;
  if (p.addition == Addition::kProduct) {
    for (int r = 0; r < kRows; r++) {
      const float* c = p.c + (i + r) * p.ldc + j;
      for (int v = 0; v < kVectors; v++) {
        sums[r][v] += load_vector(c + v * kVector);
      }
    }
  }
  if (epilogue.activation == Activation::kLeakyRelu) {
    for (int r = 0; r < kRows; r++) {
      for (int v = 0; v < kVectors; v++) {
        const Vector x = sums[r][v];
        sums[r][v] = x > 0.0f ? x : x * epilogue.slope;
      }
    }
  } else if (epilogue.saved != nullptr) {
    const bool leaky = epilogue.activation == Activation::kLeakyReluSlope;
    for (int r = 0; r < kRows; r++) {
      const float* saved = epilogue.saved + (i + r) * epilogue.saved_stride + j;
      for (int v = 0; v < kVectors; v++) {
        const Vector y = load_vector(saved + v * kVector);
        const Vector x = sums[r][v];
        sums[r][v] =
            leaky ? (y > 0.0f ? x : x * epilogue.slope) : x * (1.0f - y * y);
      }
    }
  }
  for (int r = 0; r < kRows; r++) {
    float* c = p.c + (i + r) * p.ldc + j;
    for (int v = 0; v < kVectors; v++) {
      store_vector(c + v * kVector, sums[r][v]);
    }
  }
  if (epilogue.sums == nullptr) return;
  for (int r = 0; r < kRows; r++) {
    float* lanes = epilogue.lanes + (i + r) * kVector;
    Vector total = load_vector(lanes);
    if (counted == kVectors * kVector) {
      for (int v = 0; v < kVectors; v++) total += sums[r][v];
    } else {
      total += last_lanes(sums[r][0], counted);
    }
    store_vector(lanes, total);
  }
}

// Computes kRows x (kVectors vectors) of c, starting at row i and column j.
template <int kRows, int kVectors>
IL_INLINE void tile(const TileProduct& p, int64_t i, int64_t j,
                    int64_t counted) {
  Vector sums[kRows][kVectors];
  for (int r = 0; r < kRows; r++) {
    const float start = p.epilogue.bias == nullptr ? 0 : p.epilogue.bias[i + r];
    const float* c = p.c + (i + r) * p.ldc + j;
    for (int v = 0; v < kVectors; v++) {
      sums[r][v] = p.addition == Addition::kSums ? load_vector(c + v * kVector)
                                                 : Vector{} + start;
    }
  }
  const float* a = p.a + i * p.a_along_m;
  const float* b = p.b + j;
  for (int64_t k = 0; k < p.k; k++) {
    Vector row[kVectors];
    for (int v = 0; v < kVectors; v++) row[v] = load_vector(b + v * kVector);
    for (int r = 0; r < kRows; r++) {
      const float factor = a[r * p.a_along_m];
      for (int v = 0; v < kVectors; v++)
        sums[r][v] = multiply_add(factor, row[v], sums[r][v]);
    }
    a += p.a_along_k;
    b += p.b_along_k;
  }
  finish_tile<kRows, kVectors>(p, i, j, counted, sums);
}

// Computes `rows` rows of c, at most kRows.
template <int kRows, int kVectors>
IL_INLINE void tile_of(int64_t rows, const TileProduct& p, int64_t i, int64_t j,
                       int64_t counted) {
  if constexpr (kRows > 1) {
    if (rows < kRows) {
      tile_of<kRows - 1, kVectors>(rows, p, i, j, counted);
      return;
    }
  }
  tile<kRows, kVectors>(p, i, j, counted);
}

// Cuts the rows into tiles that differ by one row at most, because a tile of
// few rows leaves the multipliers idle.
template <int kVectors>
void tile_rows(const TileProduct& p, int64_t j, int64_t counted) {
  // Few vectors need more rows to keep both multipliers busy.
  constexpr int kRows = kVectors < kTileVectors && kVectors <= 2
                            ? 2 * kTileRows / kVectors
                            : kTileRows;
  int64_t tiles = (p.m + kRows - 1) / kRows;
  for (int64_t i = 0; i < p.m; tiles--) {
    const int64_t rows = (p.m - i + tiles - 1) / tiles;
    tile_of<kRows, kVectors>(rows, p, i, j, counted);
    i += rows;
  }
}

// Returns the lane sums of four vectors. First, every quarter becomes the sums
// of the quarters of the four vectors.
IL_INLINE Four sums_of_four(Vector a, Vector b, Vector c, Vector d) {
#if defined(__AVX512F__)
  const auto pairs = [](__m512 x, __m512 y) {
    return _mm512_castps_pd(
        _mm512_add_ps(_mm512_unpacklo_ps(x, y), _mm512_unpackhi_ps(x, y)));
  };
  const __m512d left = pairs(a, b);
  const __m512d right = pairs(c, d);
  return fold_to_four<Plus>(
      _mm512_add_ps(_mm512_castpd_ps(_mm512_unpacklo_pd(left, right)),
                    _mm512_castpd_ps(_mm512_unpackhi_pd(left, right))));
#elif defined(__AVX__)
  const auto pairs = [](__m256 x, __m256 y) {
    return _mm256_castps_pd(
        _mm256_add_ps(_mm256_unpacklo_ps(x, y), _mm256_unpackhi_ps(x, y)));
  };
  const __m256d left = pairs(a, b);
  const __m256d right = pairs(c, d);
  return fold_to_four<Plus>(
      _mm256_add_ps(_mm256_castpd_ps(_mm256_unpacklo_pd(left, right)),
                    _mm256_castpd_ps(_mm256_unpackhi_pd(left, right))));
#else
  const auto pairs = [](Four x, Four y) {
    return __builtin_shufflevector(x, y, 0, 4, 1, 5) +
           __builtin_shufflevector(x, y, 2, 6, 3, 7);
  };
  const Four left = pairs(a, b);
  const Four right = pairs(c, d);
  return __builtin_shufflevector(left, right, 0, 1, 4, 5) +
         __builtin_shufflevector(left, right, 2, 3, 6, 7);
#endif
}

template <int kRows, int kColumns>
IL_INLINE void dots(const TileProduct& p, int64_t i, int64_t j) {
  Vector sums[kRows][kColumns] = {};
  const float* a = p.a + i * p.a_along_m;
  const float* b = p.b + j * p.b_along_n;
  int64_t k = 0;
  for (; k + kVector <= p.k; k += kVector) {
    Vector right[kColumns];
    for (int c = 0; c < kColumns; c++)
      right[c] = load_vector(b + c * p.b_along_n + k);
    for (int r = 0; r < kRows; r++) {
      const Vector left = load_vector(a + r * p.a_along_m + k);
      for (int c = 0; c < kColumns; c++) sums[r][c] += left * right[c];
    }
  }
  for (int r = 0; r < kRows; r++) {
    float* to = p.c + (i + r) * p.ldc + j;
    const Vector* row = sums[r];
    const Four folded =
        sums_of_four(row[0], row[kColumns > 1 ? 1 : 0],
                     row[kColumns > 2 ? 2 : 0], row[kColumns > 3 ? 3 : 0]);
    if (kColumns == 4 && k == p.k) {
      *reinterpret_cast<UnalignedFour*>(to) = folded;
      continue;
    }
    float totals[4];
    __builtin_memcpy(totals, &folded, sizeof totals);
    for (int c = 0; c < kColumns; c++) {
      for (int64_t rest = k; rest < p.k; rest++) {
        totals[c] += a[r * p.a_along_m + rest] * b[c * p.b_along_n + rest];
      }
      to[c] = totals[c];
    }
  }
}

// Computes `rows` rows of kColumns columns, at most kRows.
template <int kRows, int kColumns>
IL_INLINE void dots_of(int64_t rows, const TileProduct& p, int64_t i,
                       int64_t j) {
  if constexpr (kRows > 1) {
    if (rows < kRows) {
      dots_of<kRows - 1, kColumns>(rows, p, i, j);
      return;
    }
  }
  dots<kRows, kColumns>(p, i, j);
}

// Computes kColumns columns in tiles that differ by one row at most.
template <int kColumns>
void dot_columns(const TileProduct& p, int64_t j) {
  // Few columns need more rows, because every row is loaded once per tile.
  constexpr int kRows = kColumns < kDotColumns ? kDotRows + 2 : kDotRows;
  int64_t tiles = (p.m + kRows - 1) / kRows;
  for (int64_t i = 0; i < p.m; tiles--) {
    const int64_t rows = (p.m - i + tiles - 1) / tiles;
    dots_of<kRows, kColumns>(rows, p, i, j);
    i += rows;
  }
}

template <class Function>
IL_INLINE void for_each_row(const TileProduct& p, Function function) {
  for (int64_t i = 0; i < p.m; i++) {
    float* row = p.c + i * p.ldc;
    const float bias = p.epilogue.bias == nullptr ? 0 : p.epilogue.bias[i];
#pragma omp simd
    for (int64_t j = 0; j < p.n; j++) row[j] = function(row[j] + bias);
  }
}

template <class Function>
IL_INLINE void multiply_rows(const TileProduct& p, Function slope) {
  for (int64_t i = 0; i < p.m; i++) {
    float* row = p.c + i * p.ldc;
    const float* saved = p.epilogue.saved + i * p.epilogue.saved_stride;
#pragma omp simd
    for (int64_t j = 0; j < p.n; j++) row[j] *= slope(saved[j]);
  }
}

IL_INLINE float sum_of_lanes(Vector lanes) {
  const Four four = fold_to_four<Plus>(lanes);
  return (four[0] + four[1]) + (four[2] + four[3]);
}

void sum_rows(const TileProduct& p) {
  for (int64_t i = 0; i < p.m; i++) {
    const float* row = p.c + i * p.ldc;
    Vector total = {};
    int64_t j = 0;
    for (; j + kVector <= p.n; j += kVector) total += load_vector(row + j);
    float sum = sum_of_lanes(total);
    for (; j < p.n; j++) sum += row[j];
    p.epilogue.sums[i] = sum;
  }
}

}  // namespace

void apply_epilogue(const TileProduct& p) {
  const float leak = p.epilogue.slope;
  switch (p.epilogue.activation) {
    case Activation::kNone:
      if (p.epilogue.bias != nullptr) {
        for_each_row(p, [](float x) { return x; });
      }
      break;
    case Activation::kLeakyRelu:
      for_each_row(p, [leak](float x) { return x > 0.0f ? x : leak * x; });
      break;
    case Activation::kTanh:
      for_each_row(p, [](float x) { return hyperbolic_tangent(x); });
      break;
    case Activation::kLeakyReluSlope:
      multiply_rows(p, [leak](float y) { return y > 0.0f ? 1.0f : leak; });
      break;
    case Activation::kTanhSlope:
      multiply_rows(p, [](float y) { return 1.0f - y * y; });
      break;
  }
  if (p.epilogue.sums != nullptr) sum_rows(p);
}

void small_product(const TileProduct& p) {
  constexpr int64_t wide = kTileVectors * kVector;
  const bool sums = p.epilogue.sums != nullptr;
  for (int64_t i = 0; sums && i < p.m; i++) {
    store_vector(p.epilogue.lanes + i * kVector, Vector{});
  }
  int64_t j = 0;
  for (; j + wide <= p.n; j += wide) tile_rows<kTileVectors>(p, j, wide);
  const int64_t vectors = (p.n - j) / kVector;
  if constexpr (kTileVectors > 2) {
    if (vectors == 3) tile_rows<3>(p, j, 3 * kVector);
    if (vectors == 2) tile_rows<2>(p, j, 2 * kVector);
  }
  if (vectors == 1) tile_rows<1>(p, j, kVector);
  j += vectors * kVector;
  // Compute the last whole vector again, which gives the same values, instead
  // of single columns.
  if (j < p.n) tile_rows<1>(p, p.n - kVector, p.n - j);
  for (int64_t i = 0; sums && i < p.m; i++) {
    p.epilogue.sums[i] =
        sum_of_lanes(load_vector(p.epilogue.lanes + i * kVector));
  }
  if (p.epilogue.activation == Activation::kTanh) {
    TileProduct activation = p;
    activation.epilogue.bias = nullptr;
    apply_epilogue(activation);
  }
}

// Transposes kPackedDepth columns of b at a time, so that they are rows of a
// small product, and stay in the first-level cache.
void packed_product(const TileProduct& p, float* scratch) {
  const int64_t padded = (p.n + kLanes - 1) / kLanes * kLanes;
  float* result = scratch + kPackedDepth * padded;
  TileProduct part = p;
  part.n = padded;
  part.b = scratch;
  part.b_along_k = padded;
  part.b_along_n = 1;
  part.epilogue = {};
  if (padded > p.n) {
    part.c = result;
    part.ldc = padded;
  }
  for (int64_t k = 0; k < p.k; k += kPackedDepth) {
    part.k = p.k - k < kPackedDepth ? p.k - k : kPackedDepth;
    part.addition = k == 0 ? Addition::kNone : Addition::kProduct;
    transpose({.to = scratch,
               .from = p.b + k,
               .rows = p.n,
               .columns = part.k,
               .to_row = padded,
               .from_row = p.b_along_n,
               .fills = 1});
    small_product(part);
    part.a += part.k * p.a_along_k;
  }
  for (int64_t i = 0; padded > p.n && i < p.m; i++) {
    const float* from = result + i * padded;
    float* to = p.c + i * p.ldc;
#pragma omp simd
    for (int64_t j = 0; j < p.n; j++) to[j] = from[j];
  }
  apply_epilogue(p);
}

void dot_product(const TileProduct& p) {
  int64_t j = 0;
  for (; j + kDotColumns <= p.n; j += kDotColumns) {
    dot_columns<kDotColumns>(p, j);
  }
  const int64_t rest = p.n - j;
  if constexpr (kDotColumns > 2) {
    if (rest == 3) dot_columns<3>(p, j);
    if (rest == 2) dot_columns<2>(p, j);
  }
  if (rest == 1) dot_columns<1>(p, j);
  apply_epilogue(p);
}

void plain_product(const TileProduct& p) {
  for (int64_t i = 0; i < p.m; i++) {
    for (int64_t j = 0; j < p.n; j++) {
      double sum = 0;
      for (int64_t k = 0; k < p.k; k++) {
        sum += double{p.a[i * p.a_along_m + k * p.a_along_k]} *
               double{p.b[k * p.b_along_k + j * p.b_along_n]};
      }
      p.c[i * p.ldc + j] = static_cast<float>(sum);
    }
  }
  apply_epilogue(p);
}

}  // namespace interlatent::IL_ISA
