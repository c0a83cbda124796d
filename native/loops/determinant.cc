// Determinants and inverses of a vector of matrices, one per lane: by cofactors
// up to d = 3, for larger d by elimination with partial pivoting. Each lane
// swaps its rows separately (Golub & Van Loan, Matrix Computations, 3.4).
#include "math/determinant.h"

#include "loops/table.h"
#include "loops/vector.h"

namespace interlatent::IL_ISA {
namespace {

using Lanes = Vector;
typedef int32_t Whole __attribute__((vector_size(sizeof(Lanes))));

#define IL_LANES IL_INDEPENDENT for (int64_t l = 0; l < kVector; l++)
#define IL_INLINE inline __attribute__((always_inline))

// The locations of the matrices of one block. Lanes beyond the last matrix
// repeat it.
struct Place {
  int64_t first, lanes;
  // Offsets of the first elements of the matrices. Only the first one is set if
  // the lanes are neighbours in memory.
  int64_t offset[kVector];
  bool adjacent;
  bool streams;  // results are written past the caches
};

Place place_of(const DeterminantLoop& loop, int64_t first) {
  Place place;
  place.first = first;
  const int64_t rest = loop.count - place.first;
  place.lanes = rest < kVector ? rest : kVector;
  const int64_t size = loop.d * loop.d - 1;
  const int64_t group = first / loop.batch;
  const int64_t column = first - group * loop.batch;
  place.offset[0] = group * size * loop.batch + first;
  place.adjacent = place.lanes == kVector && column + kVector <= loop.batch;
  // Elements that no cache holds.
  constexpr int64_t kStreamed = 1 << 24;
  place.streams = loop.count * loop.d * loop.d > kStreamed &&
                  loop.batch % kVector == 0 &&
                  reinterpret_cast<uintptr_t>(loop.out) % sizeof(Lanes) == 0;
  if (place.adjacent) return place;
  for (int64_t l = 1; l < kVector; l++) {
    const int64_t index = first + (l < place.lanes ? l : place.lanes - 1);
    place.offset[l] = index / loop.batch * size * loop.batch + index;
  }
  return place;
}

// Elements of a matrix are a row of all matrices apart, which the hardware does
// not prefetch if no cache holds them.
constexpr int64_t kAhead = 4 * kVector;

IL_INLINE Lanes load(const float* source, const Place& place) {
  if (place.adjacent) {
    __builtin_prefetch(source + place.offset[0] + kAhead);
    return load_vector(source + place.offset[0]);
  }
  Lanes x;
  for (int64_t l = 0; l < kVector; l++) x[l] = source[place.offset[l]];
  return x;
}

IL_INLINE void store(float* target, const Place& place, const Lanes& x) {
  if (place.adjacent) {
    if (place.streams) {
      stream_vector(target + place.offset[0], x);
    } else {
      store_vector(target + place.offset[0], x);
    }
    return;
  }
  for (int64_t l = 0; l < place.lanes; l++) target[place.offset[l]] = x[l];
}

// Loads one value per matrix.
IL_INLINE Lanes load_single(const float* source, const Place& place) {
  if (place.lanes == kVector) return load_vector(source + place.first);
  Lanes x;
  for (int64_t l = 0; l < kVector; l++) {
    x[l] = source[place.first + (l < place.lanes ? l : place.lanes - 1)];
  }
  return x;
}

IL_INLINE void store_single(float* target, const Place& place, const Lanes& x) {
  if (place.lanes == kVector) {
    store_vector(target + place.first, x);
    return;
  }
  for (int64_t l = 0; l < place.lanes; l++) target[place.first + l] = x[l];
}

IL_INLINE Lanes magnitude(Lanes x) {
  return (Lanes)((Whole)x & (int32_t)0x7fffffff);
}

IL_INLINE Lanes with_sign_of(Lanes size, Lanes x) {
  return (Lanes)((Whole)size | ((Whole)x & (int32_t)0x80000000));
}

// A product of pivots: mantissas times a power of two. 64 mantissas below 2
// cannot overflow, and one logarithm suffices.
struct Product {
  Lanes mantissa = Lanes{} + 1.0f;
  Whole exponent = {};
  Whole singular = {};  // -1 where a pivot was too small
  Whole sign = {};      // in the highest bit

  // Multiplies the product by the pivot, and returns the pivot, moved away from
  // 0.
  IL_INLINE Lanes take(Lanes pivot, Whole swapped) {
    const Whole small = magnitude(pivot) < kMinPivot;
    const Lanes min_pivot = with_sign_of(Lanes{} + kMinPivot, pivot);
    const Lanes safe = small ? min_pivot : pivot;
    const Whole bits = (Whole)safe;
    singular |= small;
    sign ^= bits ^ (swapped & (int32_t)0x80000000);
    exponent += ((bits >> 23) & 0xff) - 127;
    // The bits of infinite and NaN pivots do not represent their value, so they
    // must give NaN.
    mantissa *= (Lanes)((bits & 0x7fffff) | 0x3f800000) + (safe - safe);
    return safe;
  }

  IL_INLINE Lanes log() const {
    Lanes result;
    IL_LANES {
      const float power = (float)exponent[l];
      result[l] = fused(power, IL_LN2,
                        fused(power, IL_LN2_REST, logarithm(mantissa[l])));
    }
    return result;
  }

  IL_INLINE Lanes sign_of() const {
    const Lanes one = with_sign_of(Lanes{} + 1.0f, (Lanes)sign);
    return (singular ? Lanes{} : one) + (mantissa - mantissa);
  }
};

// A vector of matrices in scratch. Rows are an odd number of vectors apart, so
// that columns spread over the sets of the cache.
struct Matrix {
  Lanes* data;
  int64_t d;

  Lanes* row(int64_t i) const { return data + i * (d | 1); }
};

// Returns, per lane, the row from k on with the largest element in column k.
IL_INLINE Whole pivot_rows(const Matrix& a, int64_t k) {
  Lanes largest = magnitude(a.row(k)[k]);
  Whole row = Whole{} + (int32_t)k;
  for (int64_t i = k + 1; i < a.d; i++) {
    const Lanes size = magnitude(a.row(i)[k]);
    const Whole larger = size > largest;
    largest = larger ? size : largest;
    row = larger ? Whole{} + (int32_t)i : row;
  }
  return row;
}

// Calls swap(other, lanes) for each index that some lane exchanges with index
// k.
template <class Swap>
IL_INLINE void for_each_swap(const Whole& partner, int64_t k,
                             const Swap& swap) {
  uint64_t partner_bits = 0;
  for (int64_t l = 0; l < kVector; l++)
    partner_bits |= uint64_t{1} << partner[l];
  partner_bits &= ~(uint64_t{1} << k);
  for (; partner_bits != 0; partner_bits &= partner_bits - 1) {
    const int64_t other = __builtin_ctzll(partner_bits);
    swap(other, partner == (int32_t)other);
  }
}

IL_INLINE void exchange(Lanes& x, Lanes& y, Whole here) {
  const Lanes previous = x;
  x = here ? y : x;
  y = here ? previous : y;
}

// Swaps columns `first` onwards of row k with the row in `rows` of each lane.
IL_INLINE void swap_rows(const Matrix& a, const Whole& rows, int64_t k,
                         int64_t first) {
  for_each_swap(rows, k, [&](int64_t i, Whole here) {
    for (int64_t j = first; j < a.d; j++) {
      exchange(a.row(k)[j], a.row(i)[j], here);
    }
  });
}

// Overwrites a with its upper triangle and returns the product of the pivots.
Product eliminate(const Matrix& a) {
  Product product;
  for (int64_t k = 0; k < a.d; k++) {
    const Whole rows = pivot_rows(a, k);
    swap_rows(a, rows, k, k);
    const Lanes* pivots = a.row(k);
    const Lanes inverse = 1.0f / product.take(pivots[k], rows != (int32_t)k);
    for (int64_t i = k + 1; i < a.d; i++) {
      Lanes* row = a.row(i);
      const Lanes factor = row[k] * inverse;
      for (int64_t j = k + 1; j < a.d; j++) row[j] -= factor * pivots[j];
    }
  }
  return product;
}

// Overwrites a with its inverse (Gauss-Jordan) and returns the product of the
// pivots. `partners`: d vectors of scratch.
Product invert(const Matrix& a, Whole* partners) {
  Product product;
  for (int64_t k = 0; k < a.d; k++) {
    const Whole rows = partners[k] = pivot_rows(a, k);
    swap_rows(a, rows, k, 0);
    Lanes* pivots = a.row(k);
    const Lanes inverse = 1.0f / product.take(pivots[k], rows != (int32_t)k);
    pivots[k] = Lanes{} + 1.0f;
    for (int64_t j = 0; j < a.d; j++) pivots[j] *= inverse;
    for (int64_t i = 0; i < a.d; i++) {
      if (i == k) continue;
      Lanes* row = a.row(i);
      const Lanes factor = row[k];
      row[k] = Lanes{};
      for (int64_t j = 0; j < a.d; j++) row[j] -= factor * pivots[j];
    }
  }
  for (int64_t k = a.d - 1; k >= 0; k--) {
    for_each_swap(partners[k], k, [&](int64_t j, Whole here) {
      for (int64_t i = 0; i < a.d; i++) {
        exchange(a.row(i)[k], a.row(i)[j], here);
      }
    });
  }
  return product;
}

// Lanes that a comparison selects.
#if defined(__AVX512F__)
using Mask = __mmask16;
IL_INLINE Mask is_greater(Lanes a, Lanes b) {
  return _mm512_cmp_ps_mask(a, b, _CMP_GT_OQ);
}
IL_INLINE Lanes choose(Mask mask, Lanes yes, Lanes no) {
  return _mm512_mask_blend_ps(mask, no, yes);
}
IL_INLINE Whole sign_bits(Mask mask) {
  return (Whole)_mm512_maskz_set1_epi32(mask, (int32_t)0x80000000);
}
#else
using Mask = Whole;
IL_INLINE Mask is_greater(Lanes a, Lanes b) { return a > b; }
IL_INLINE Lanes choose(Mask mask, Lanes yes, Lanes no) {
  return mask ? yes : no;
}
IL_INLINE Whole sign_bits(Mask mask) { return mask & (int32_t)0x80000000; }
#endif

IL_INLINE void exchange_where(Mask here, Lanes& x, Lanes& y) {
  const Lanes previous = x;
  x = choose(here, y, x);
  y = choose(here, previous, y);
}

// Small matrices stay in registers, or in few cache lines. Each row from k on
// changes places with row k in the lanes where its element is larger. The
// pivots are those of a single exchange.
template <int kSize>
using Small = Lanes[kSize][kSize];

// Moves the pivots to row k, from column `first` on. Returns the sign bits of
// the exchanges.
template <int kSize>
IL_INLINE Whole move_pivots(Small<kSize>& a, int k, int first,
                            Mask (&swaps)[kSize]) {
  Whole signs = {};
#pragma GCC unroll 8
  for (int i = k + 1; i < kSize; i++) {
    swaps[i] = is_greater(magnitude(a[i][k]), magnitude(a[k][k]));
    signs ^= sign_bits(swaps[i]);
#pragma GCC unroll 8
    for (int j = first; j < kSize; j++) {
      exchange_where(swaps[i], a[k][j], a[i][j]);
    }
  }
  return signs;
}

template <int kSize>
IL_INLINE Product eliminate_small(Small<kSize>& a) {
  Product product;
#pragma GCC unroll 8
  for (int k = 0; k < kSize; k++) {
    Mask swaps[kSize];
    const Whole signs = move_pivots<kSize>(a, k, k, swaps);
    const Lanes inverse = 1.0f / product.take(a[k][k], signs);
#pragma GCC unroll 8
    for (int i = k + 1; i < kSize; i++) {
      const Lanes factor = a[i][k] * inverse;
#pragma GCC unroll 8
      for (int j = k + 1; j < kSize; j++) a[i][j] -= factor * a[k][j];
    }
  }
  return product;
}

template <int kSize>
IL_INLINE Product invert_small(Small<kSize>& a) {
  Product product;
  Mask swaps[kSize][kSize];
#pragma GCC unroll 8
  for (int k = 0; k < kSize; k++) {
    const Whole signs = move_pivots<kSize>(a, k, 0, swaps[k]);
    const Lanes inverse = 1.0f / product.take(a[k][k], signs);
    a[k][k] = Lanes{} + 1.0f;
#pragma GCC unroll 8
    for (int j = 0; j < kSize; j++) a[k][j] *= inverse;
#pragma GCC unroll 8
    for (int i = 0; i < kSize; i++) {
      if (i == k) continue;
      const Lanes factor = a[i][k];
      a[i][k] = Lanes{};
#pragma GCC unroll 8
      for (int j = 0; j < kSize; j++) a[i][j] -= factor * a[k][j];
    }
  }
#pragma GCC unroll 8
  for (int k = kSize - 1; k >= 0; k--) {
#pragma GCC unroll 8
    for (int j = kSize - 1; j > k; j--) {
#pragma GCC unroll 8
      for (int i = 0; i < kSize; i++) {
        exchange_where(swaps[k][j], a[i][k], a[i][j]);
      }
    }
  }
  return product;
}

// True if a lane is below the floor or NaN.
IL_INLINE bool any_below(const Lanes& log_det, float log_floor) {
  const Whole below = ~(log_det >= log_floor);
  int32_t any = 0;
  for (int64_t l = 0; l < kVector; l++) any |= below[l];
  return any != 0;
}

IL_INLINE Lanes floored(const Lanes& log_det, float log_floor) {
  if (!any_below(log_det, log_floor)) return log_det;
  Lanes result;
  IL_LANES { result[l] = floored_log(log_det[l], log_floor); }
  return result;
}

IL_INLINE Lanes floored_slope(const Lanes& log_det, float log_floor) {
  if (!any_below(log_det, log_floor)) return Lanes{} + 1.0f;
  Lanes result;
  IL_LANES { result[l] = floored_log_slope(log_det[l], log_floor); }
  return result;
}

// Returns the slope, or 0 if single precision cannot represent it, unless the
// matrix itself is not finite.
IL_INLINE Lanes bounded(Lanes slope, Lanes log_det) {
  const Whole keep =
      (magnitude(slope) <= 3.40282347e38f) | (log_det != log_det);
  return keep ? slope : Lanes{};
}

template <int64_t kSize>
IL_INLINE void by_cofactors(const DeterminantLoop& loop, const Place& place) {
  constexpr int64_t kElements = kSize * kSize;
  Lanes a[kElements];
  Lanes slope[kElements];
  Lanes det;
  Lanes log_det;
  for (int64_t e = 0; e < kElements; e++) {
    a[e] = load(loop.matrices + e * loop.batch, place);
  }
  IL_LANES {
    float matrix[kElements];
    float cofactor[kElements];
    for (int64_t e = 0; e < kElements; e++) matrix[e] = a[e][l];
    det[l] = cofactors(matrix, cofactor);
    log_det[l] = logarithm(fabsf(det[l]));
    for (int64_t e = 0; e < kElements; e++) slope[e][l] = cofactor[e];
  }
  switch (loop.result) {
    case DeterminantResult::kLogAbs:
      store_single(loop.out, place, floored(log_det, loop.log_floor));
      return;
    case DeterminantResult::kSign: {
      const Lanes one = with_sign_of(Lanes{} + 1.0f, det);
      store_single(loop.out, place, det == 0.0f ? Lanes{} : one + (det - det));
      return;
    }
    case DeterminantResult::kLogAbsGradient:
      break;
  }
  const Lanes upstream = load_single(loop.upstream, place);
  const float steepest = exponential(-loop.log_floor);
  const Whole above = !(log_det < loop.log_floor);
  const Lanes at_floor = with_sign_of(Lanes{} + steepest, det);
  const Lanes factor = above ? 1.0f / det : at_floor;
  for (int64_t e = 0; e < kElements; e++) {
    const Lanes x = bounded(slope[e] * factor, log_det) * upstream;
    store(loop.out + e * loop.batch, place, x);
  }
}

template <int kSize>
void by_small_elimination(const DeterminantLoop& loop, const Place& place) {
  Small<kSize> a;
  for (int i = 0; i < kSize; i++) {
    for (int j = 0; j < kSize; j++) {
      a[i][j] = load(loop.matrices + (i * kSize + j) * loop.batch, place);
    }
  }
  switch (loop.result) {
    case DeterminantResult::kLogAbs: {
      const Lanes log_det = eliminate_small<kSize>(a).log();
      store_single(loop.out, place, floored(log_det, loop.log_floor));
      return;
    }
    case DeterminantResult::kSign:
      store_single(loop.out, place, eliminate_small<kSize>(a).sign_of());
      return;
    case DeterminantResult::kLogAbsGradient:
      break;
  }
  const Lanes log_det = invert_small<kSize>(a).log();
  const Lanes upstream = load_single(loop.upstream, place);
  const Lanes scale = floored_slope(log_det, loop.log_floor);
  for (int i = 0; i < kSize; i++) {
    for (int j = 0; j < kSize; j++) {
      const Lanes x = bounded(a[j][i] * scale, log_det) * upstream;
      store(loop.out + (i * kSize + j) * loop.batch, place, x);
    }
  }
}

void by_elimination(const DeterminantLoop& loop, const Place& place,
                    std::byte* scratch) {
  const int64_t d = loop.d;
  const Matrix a = {reinterpret_cast<Lanes*>(scratch), d};
  for (int64_t i = 0; i < d; i++) {
    for (int64_t j = 0; j < d; j++) {
      a.row(i)[j] = load(loop.matrices + (i * d + j) * loop.batch, place);
    }
  }
  switch (loop.result) {
    case DeterminantResult::kLogAbs: {
      const Lanes log_det = eliminate(a).log();
      store_single(loop.out, place, floored(log_det, loop.log_floor));
      return;
    }
    case DeterminantResult::kSign:
      store_single(loop.out, place, eliminate(a).sign_of());
      return;
    case DeterminantResult::kLogAbsGradient:
      break;
  }
  auto* partners = reinterpret_cast<Whole*>(a.row(d));
  const Lanes log_det = invert(a, partners).log();
  const Lanes upstream = load_single(loop.upstream, place);
  const Lanes scale = floored_slope(log_det, loop.log_floor);
  for (int64_t i = 0; i < d; i++) {
    for (int64_t j = 0; j < d; j++) {
      const Lanes x = bounded(a.row(j)[i] * scale, log_det) * upstream;
      store(loop.out + (i * d + j) * loop.batch, place, x);
    }
  }
}

}  // namespace

void determinant(const DeterminantLoop& loop, int64_t task,
                 std::byte* scratch) {
  const int64_t first = task * loop.per_task;
  const int64_t limit = first + loop.per_task;
  const int64_t end = limit < loop.count ? limit : loop.count;
  for (int64_t matrix = first; matrix < end; matrix += kVector) {
    const Place place = place_of(loop, matrix);
    switch (loop.d) {
      case 1:
        by_cofactors<1>(loop, place);
        break;
      case 2:
        by_cofactors<2>(loop, place);
        break;
      case 3:
        by_cofactors<3>(loop, place);
        break;
      case 4:
        by_small_elimination<4>(loop, place);
        break;
      case 5:
        by_small_elimination<5>(loop, place);
        break;
      case 6:
        by_small_elimination<6>(loop, place);
        break;
      case 7:
        by_small_elimination<7>(loop, place);
        break;
      case 8:
        by_small_elimination<8>(loop, place);
        break;
      default:
        by_elimination(loop, place, scratch);
    }
  }
  finish_streaming();
}

}  // namespace interlatent::IL_ISA
