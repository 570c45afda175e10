/* lanes.h: rows of a table into lanes, side by side, and back: squares of 8 x 8 are transposed in registers, where
 * plain loops would move number by number. */
#ifndef BENCH_LANES_H
#define BENCH_LANES_H

#include "bench.h"

typedef double Eight __attribute__((vector_size(64)));
typedef double Eight_at __attribute__((vector_size(64), aligned(8), may_alias));

#define UNROLLED(k, to, step) _Pragma("GCC unroll 8") for (int k = 0; k < (to); k += (step))

/* Reads 8 rows of 8; writes the first `count` columns as rows. */
GG_INLINE void transpose_8(const double *from, ptrdiff_t from_step, double *to, ptrdiff_t to_step, ptrdiff_t count)
{
    Eight a[8], b[8];
    UNROLLED(k, 8, 1) a[k] = *(const Eight_at *)(from + from_step * k);
    UNROLLED(k, 8, 2)
    {
        b[k] = __builtin_shufflevector(a[k], a[k + 1], 0, 8, 2, 10, 4, 12, 6, 14);
        b[k + 1] = __builtin_shufflevector(a[k], a[k + 1], 1, 9, 3, 11, 5, 13, 7, 15);
    }
    UNROLLED(k, 8, 4) UNROLLED(r, 2, 1)
    {
        a[k + r] = __builtin_shufflevector(b[k + r], b[k + r + 2], 0, 1, 8, 9, 4, 5, 12, 13);
        a[k + r + 2] = __builtin_shufflevector(b[k + r], b[k + r + 2], 2, 3, 10, 11, 6, 7, 14, 15);
    }
    UNROLLED(r, 4, 1)
    {
        b[r] = __builtin_shufflevector(a[r], a[r + 4], 0, 1, 2, 3, 8, 9, 10, 11);
        b[r + 4] = __builtin_shufflevector(a[r], a[r + 4], 4, 5, 6, 7, 12, 13, 14, 15);
    }
    UNROLLED(k, 8, 1) if (k < count) *(Eight_at *)(to + to_step * k) = b[k];
}

/* n columns of `count` rows, `stride` apart; `lanes` is n x width, width a multiple of 8. */
GG_INLINE void lanes_to_rows(ptrdiff_t n, ptrdiff_t width, const double *lanes, ptrdiff_t count, double *rows,
                             ptrdiff_t stride)
{
    ptrdiff_t j = 0;
    for (; n >= 8 && j < n; j += 8) {
        const ptrdiff_t at = j < n - 8 ? j : n - 8; /* the last square overlaps the one before */
        for (ptrdiff_t s = 0; s < count; s += 8)
            transpose_8(lanes + width * at + s, width, rows + stride * s + at, stride, count - s);
    }
    for (; j < n; ++j)
        for (ptrdiff_t s = 0; s < count; ++s)
            rows[stride * s + j] = lanes[width * j + s];
}

/* And back; lanes past the last row repeat it. */
GG_INLINE void rows_to_lanes(ptrdiff_t n, ptrdiff_t count, const double *rows, ptrdiff_t width, double *lanes)
{
    const ptrdiff_t whole = n >= 8 ? (count < width ? count : width) / 8 * 8 : 0;
    for (ptrdiff_t s = 0; s < whole; s += 8)
        for (ptrdiff_t j = 0; j < n; j += 8) {
            const ptrdiff_t at = j < n - 8 ? j : n - 8;
            transpose_8(rows + n * s + at, n, lanes + width * at + s, width, 8);
        }
    for (ptrdiff_t s = whole; s < width; ++s)
        for (ptrdiff_t j = 0; j < n; ++j)
            lanes[width * j + s] = rows[n * (s < count ? s : count - 1) + j];
}

#endif
