// Determinants and inverses of a vector of matrices, one per lane: by cofactors
// up to d = 3, beyond by elimination with partial pivoting, where
// each lane swaps its own rows (Golub & Van Loan, Matrix Computations, 3.4).
#include "math/determinant.h"

#include "kernels/table.h"
#include "kernels/vector.h"

namespace interlatent::IL_ISA {
namespace {

using Lanes = Vector;
typedef int32_t Whole __attribute__((vector_size(sizeof(Lanes))));

// Smaller pivots count as this, so that singular matrices have a finite
// inverse.
constexpr float kSmallestPivot = 1e-18f;

#define IL_LANES _Pragma("GCC ivdep") for (int64_t l = 0; l < kVector; l++)
#define IL_INLINE inline __attribute__((always_inline))

// Where the matrices of one block are; lanes beyond the last repeat it.
struct Place {
  int64_t first, lanes;
  int64_t offset[kVector];  // of the matrix' first element
  bool adjacent;            // the lanes are neighbours in memory
};

Place place_of(const DeterminantLoop& loop, int64_t first) {
  Place place;
  place.first = first;
  const int64_t rest = loop.count - place.first;
  place.lanes = rest < kVector ? rest : kVector;
  for (int64_t l = 0; l < kVector; l++) {
    const int64_t own = l < place.lanes ? l : place.lanes - 1;
    const int64_t index = place.first + own;
    const int64_t group = index / loop.batch;
    place.offset[l] = group * (loop.d * loop.d - 1) * loop.batch + index;
  }
  place.adjacent = place.lanes == kVector &&
                   place.offset[kVector - 1] - place.offset[0] == kVector - 1;
  return place;
}

IL_INLINE Lanes load(const float* source, const Place& place) {
  if (place.adjacent) {
    return load_vector(source + place.offset[0]);
  }
  Lanes x;
  for (int64_t l = 0; l < kVector; l++) x[l] = source[place.offset[l]];
  return x;
}

IL_INLINE void store(float* target, const Place& place, const Lanes& x) {
  if (place.adjacent) {
    store_vector(target + place.offset[0], x);
    return;
  }
  for (int64_t l = 0; l < place.lanes; l++) target[place.offset[l]] = x[l];
}

// One value per matrix.
IL_INLINE Lanes load_single(const float* source, const Place& place) {
  Lanes x;
  for (int64_t l = 0; l < kVector; l++) {
    x[l] = source[place.first + (l < place.lanes ? l : place.lanes - 1)];
  }
  return x;
}

IL_INLINE void store_single(float* target, const Place& place, const Lanes& x) {
  for (int64_t l = 0; l < place.lanes; l++) target[place.first + l] = x[l];
}

IL_INLINE Lanes magnitude(Lanes x) {
  return (Lanes)((Whole)x & (int32_t)0x7fffffff);
}

IL_INLINE Lanes with_sign_of(Lanes size, Lanes x) {
  return (Lanes)((Whole)size | ((Whole)x & (int32_t)0x80000000));
}

// A product of pivots as mantissas times a power of two: 64 mantissas below 2
// cannot overflow, and the logarithm is taken once.
struct Product {
  Lanes mantissa = Lanes{} + 1.0f;
  Whole exponent = {};
  Whole singular = {};  // -1 where a pivot was too small
  Whole sign = {};      // in the highest bit

  // Takes the pivot in and returns it, moved away from 0.
  IL_INLINE Lanes take(Lanes pivot, Whole swapped) {
    const Whole small = magnitude(pivot) < kSmallestPivot;
    const Lanes least = with_sign_of(Lanes{} + kSmallestPivot, pivot);
    const Lanes safe = small ? least : pivot;
    const Whole bits = (Whole)safe;
    singular |= small;
    sign ^= bits ^ (swapped & (int32_t)0x80000000);
    exponent += ((bits >> 23) & 0xff) - 127;
    // Infinite and NaN pivots have lost what they were: they give NaN.
    mantissa *= (Lanes)((bits & 0x7fffff) | 0x3f800000) + (safe - safe);
    return safe;
  }

  IL_INLINE Lanes log() const {
    Lanes result;
    IL_LANES {
      const float power = (float)exponent[l];
      result[l] = fused(power, 0.693359375f,
                        fused(power, -2.12194440e-4f, logarithm(mantissa[l])));
    }
    return result;
  }

  IL_INLINE Lanes sign_of() const {
    const Lanes one = with_sign_of(Lanes{} + 1.0f, (Lanes)sign);
    return (singular ? Lanes{} : one) + (mantissa - mantissa);
  }
};

// Per lane, the row at or below row k with the largest element of column k.
IL_INLINE Whole pivot_rows(const Lanes* a, int64_t d, int64_t k) {
  Lanes largest = magnitude(a[k * d + k]);
  Whole row = Whole{} + (int32_t)k;
  for (int64_t i = k + 1; i < d; i++) {
    const Lanes size = magnitude(a[i * d + k]);
    const Whole larger = size > largest;
    largest = larger ? size : largest;
    row = larger ? Whole{} + (int32_t)i : row;
  }
  return row;
}

// Calls swap(other, lanes) for each index that some lane exchanges with k.
template <class Swap>
IL_INLINE void for_each_swap(const Whole& partner, int64_t k,
                             const Swap& swap) {
  uint64_t others = 0;
  for (int64_t l = 0; l < kVector; l++) others |= uint64_t{1} << partner[l];
  others &= ~(uint64_t{1} << k);
  for (; others != 0; others &= others - 1) {
    const int64_t other = __builtin_ctzll(others);
    swap(other, partner == (int32_t)other);
  }
}

IL_INLINE void exchange(Lanes& x, Lanes& y, Whole here) {
  const Lanes kept = x;
  x = here ? y : x;
  y = here ? kept : y;
}

// Overwrites a by its upper triangle.
Product eliminate(Lanes* a, int64_t d) {
  Product product;
  for (int64_t k = 0; k < d; k++) {
    const Whole rows = pivot_rows(a, d, k);
    for_each_swap(rows, k, [&](int64_t i, Whole here) {
      for (int64_t j = k; j < d; j++) {
        exchange(a[k * d + j], a[i * d + j], here);
      }
    });
    const Lanes inverse = 1.0f / product.take(a[k * d + k], rows != (int32_t)k);
    for (int64_t i = k + 1; i < d; i++) {
      const Lanes factor = a[i * d + k] * inverse;
      for (int64_t j = k + 1; j < d; j++) {
        a[i * d + j] -= factor * a[k * d + j];
      }
    }
  }
  return product;
}

// Overwrites a by its inverse (Gauss-Jordan); `partners`: d vectors of scratch.
Product invert(Lanes* a, int64_t d, Whole* partners) {
  Product product;
  for (int64_t k = 0; k < d; k++) {
    const Whole rows = partners[k] = pivot_rows(a, d, k);
    for_each_swap(rows, k, [&](int64_t i, Whole here) {
      for (int64_t j = 0; j < d; j++) {
        exchange(a[k * d + j], a[i * d + j], here);
      }
    });
    const Lanes inverse = 1.0f / product.take(a[k * d + k], rows != (int32_t)k);
    a[k * d + k] = Lanes{} + 1.0f;
    for (int64_t j = 0; j < d; j++) a[k * d + j] *= inverse;
    for (int64_t i = 0; i < d; i++) {
      if (i == k) continue;
      const Lanes factor = a[i * d + k];
      a[i * d + k] = Lanes{};
      for (int64_t j = 0; j < d; j++) a[i * d + j] -= factor * a[k * d + j];
    }
  }
  for (int64_t k = d - 1; k >= 0; k--) {
    for_each_swap(partners[k], k, [&](int64_t j, Whole here) {
      for (int64_t i = 0; i < d; i++) {
        exchange(a[i * d + k], a[i * d + j], here);
      }
    });
  }
  return product;
}

IL_INLINE Lanes floored(const Lanes& log_det, float log_floor) {
  Lanes result;
  IL_LANES { result[l] = floored_log(log_det[l], log_floor); }
  return result;
}

// Slopes that single precision cannot hold are 0, unless the matrix is not
// finite itself.
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
    float own[kElements];
    float cofactor[kElements];
    for (int64_t e = 0; e < kElements; e++) own[e] = a[e][l];
    det[l] = cofactors(own, cofactor);
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

void by_elimination(const DeterminantLoop& loop, const Place& place,
                    std::byte* scratch) {
  const int64_t d = loop.d;
  auto* a = reinterpret_cast<Lanes*>(scratch);
  for (int64_t e = 0; e < d * d; e++) {
    a[e] = load(loop.matrices + e * loop.batch, place);
  }
  switch (loop.result) {
    case DeterminantResult::kLogAbs: {
      const Lanes log_det = eliminate(a, d).log();
      store_single(loop.out, place, floored(log_det, loop.log_floor));
      return;
    }
    case DeterminantResult::kSign:
      store_single(loop.out, place, eliminate(a, d).sign_of());
      return;
    case DeterminantResult::kLogAbsGradient:
      break;
  }
  auto* partners = reinterpret_cast<Whole*>(a + d * d);
  const Lanes log_det = invert(a, d, partners).log();
  const Lanes upstream = load_single(loop.upstream, place);
  Lanes scale;
  IL_LANES { scale[l] = floored_log_slope(log_det[l], loop.log_floor); }
  for (int64_t i = 0; i < d; i++) {
    for (int64_t j = 0; j < d; j++) {
      const Lanes x = bounded(a[j * d + i] * scale, log_det) * upstream;
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
      default:
        by_elimination(loop, place, scratch);
    }
  }
}

}  // namespace interlatent::IL_ISA
