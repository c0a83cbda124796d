// Transposes matrices in blocks of 16 x 16, which stay in registers.
#include "loops/table.h"
#include "loops/vector.h"

namespace interlatent::IL_ISA {
namespace {

#define IL_INLINE inline __attribute__((always_inline))

IL_INLINE void transpose_four(const float* from, int64_t from_row, float* to,
                              int64_t to_row) {
  const auto load = [](const float* p) {
    return Four(*reinterpret_cast<const UnalignedFour*>(p));
  };
  const auto store = [](float* p, Four v) {
    *reinterpret_cast<UnalignedFour*>(p) = v;
  };
  const Four a = load(from);
  const Four b = load(from + from_row);
  const Four c = load(from + 2 * from_row);
  const Four d = load(from + 3 * from_row);
  const Four ab_low = __builtin_shufflevector(a, b, 0, 4, 1, 5);
  const Four ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  const Four cd_low = __builtin_shufflevector(c, d, 0, 4, 1, 5);
  const Four cd_high = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  store(to, __builtin_shufflevector(ab_low, cd_low, 0, 1, 4, 5));
  store(to + to_row, __builtin_shufflevector(ab_low, cd_low, 2, 3, 6, 7));
  store(to + 2 * to_row, __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5));
  store(to + 3 * to_row, __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7));
}

#if defined(__AVX512F__)
// Writes the transpose of 16 x 16 elements. Rows from `rows` on are copies of
// the last row.
IL_INLINE void transpose_sixteen(const float* from, int64_t from_row,
                                 int64_t rows, float* to, int64_t to_row) {
  __m512 a[16];
  __m512 b[16];
  for (int i = 0; i < 16; i++) {
    a[i] = _mm512_loadu_ps(from);
    if (i + 1 < rows) from += from_row;
  }
  // Every quarter of a vector becomes a column of four rows.
  for (int i = 0; i < 16; i += 2) {
    b[i] = _mm512_unpacklo_ps(a[i], a[i + 1]);
    b[i + 1] = _mm512_unpackhi_ps(a[i], a[i + 1]);
  }
  for (int i = 0; i < 16; i += 4) {
    for (int j = 0; j < 2; j++) {
      const __m512d low = _mm512_castps_pd(b[i + j]);
      const __m512d high = _mm512_castps_pd(b[i + j + 2]);
      a[i + 2 * j] = _mm512_castpd_ps(_mm512_unpacklo_pd(low, high));
      a[i + 2 * j + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(low, high));
    }
  }
  // Vector 4 g + i has the quarters i, 4 + i, 8 + i, 12 + i of the rows 4 g on.
  for (int i = 0; i < 4; i++) {
    const __m512 even = _mm512_shuffle_f32x4(a[i], a[4 + i], 0x88);
    const __m512 odd = _mm512_shuffle_f32x4(a[i], a[4 + i], 0xdd);
    const __m512 even_after = _mm512_shuffle_f32x4(a[8 + i], a[12 + i], 0x88);
    const __m512 odd_after = _mm512_shuffle_f32x4(a[8 + i], a[12 + i], 0xdd);
    const auto store = [&](int column, __m512 x) {
      _mm512_storeu_ps(to + column * to_row, x);
    };
    store(i, _mm512_shuffle_f32x4(even, even_after, 0x88));
    store(4 + i, _mm512_shuffle_f32x4(odd, odd_after, 0x88));
    store(8 + i, _mm512_shuffle_f32x4(even, even_after, 0xdd));
    store(12 + i, _mm512_shuffle_f32x4(odd, odd_after, 0xdd));
  }
}
#endif

}  // namespace

// Works on 16 x 16 elements at a time: it reads whole cache lines, and writes
// them before they leave the cache. Few rows are read together, because rows
// are often a power of two apart.
void transpose(const Transposition& p) {
  const auto smaller = [](int64_t a, int64_t b) { return a < b ? a : b; };
  for (int64_t i = 0; i < p.rows; i += kLanes) {
    const int64_t rows = smaller(i + kLanes, p.rows);
    for (int64_t j = 0; j < p.columns; j += kLanes) {
      const int64_t columns = smaller(j + kLanes, p.columns);
      for (int64_t column = j; column < columns; column++) {
        __builtin_prefetch(p.to + column * p.to_row + rows, 1);
      }
#if defined(__AVX512F__)
      if ((p.fills != 0 || rows - i == kLanes) && columns - j == kLanes) {
        transpose_sixteen(p.from + i * p.from_row + j, p.from_row, rows - i,
                          p.to + j * p.to_row + i, p.to_row);
        continue;
      }
#endif
      int64_t row = i;
      for (; row + 4 <= rows; row += 4) {
        const float* from = p.from + row * p.from_row;
        float* to = p.to + row;
        int64_t column = j;
        for (; column + 4 <= columns; column += 4) {
          transpose_four(from + column, p.from_row, to + column * p.to_row,
                         p.to_row);
        }
        for (; column < columns; column++) {
          for (int r = 0; r < 4; r++) {
            to[column * p.to_row + r] = from[r * p.from_row + column];
          }
        }
      }
      for (; row < rows; row++) {
        for (int64_t column = j; column < columns; column++) {
          p.to[column * p.to_row + row] = p.from[row * p.from_row + column];
        }
      }
      const int64_t end = p.fills != 0 ? i + kLanes : rows;
      for (; row < end; row++) {
        for (int64_t column = j; column < columns; column++) {
          p.to[column * p.to_row + row] =
              p.from[(rows - 1) * p.from_row + column];
        }
      }
    }
  }
}

}  // namespace interlatent::IL_ISA
