/* gg_order.h: ordering one row: argsort (stable, NaN last), argmax and argmin (first one; NaN wins).
 *
 * SPDX-License-Identifier: 0BSD
 * Permission to use, copy, modify, and/or distribute this software for any purpose with or without
 * fee is hereby granted.  THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHORS DISCLAIM ALL WARRANTIES. */
#ifndef GG_ORDER_H
#define GG_ORDER_H

#include "gg_math.h"

/* Rows, and pieces of rows, of at most so many elements are sorted by insertion. */
#define GG_SHORT 24

/* x before y; NaN comes last, and equal elements keep their order. */
#define GG_BEFORE(x, y) ((x) < (y) || ((y) != (y) && (x) == (x)))

/* How often sorted pieces are merged in pairs until one is left. */
GG_INLINE int gg_merges(ptrdiff_t n)
{
    int count = 0;
    for (ptrdiff_t width = GG_SHORT; width < n; width *= 2) ++count;
    return count;
}

/* A merge sort from short pieces upwards, between out and work (of n positions too, if n > GG_SHORT), so that the
 * last merge ends in out. A guess at which element comes next, right or wrong, fetches it: faster than to compute it. */
#define GG_ORDER(type, suffix)                                                                      \
    GG_INLINE void gg_insert##suffix(const type *x, int64_t *at, ptrdiff_t start, ptrdiff_t stop)   \
    {                                                                                               \
        for (ptrdiff_t i = start; i < stop; ++i) {                                                  \
            const type moved = x[i];                                                                \
            ptrdiff_t j = i;                                                                        \
            for (; j > start && GG_BEFORE(moved, x[at[j - 1]]); --j) at[j] = at[j - 1];             \
            at[j] = i;                                                                              \
        }                                                                                           \
    }                                                                                               \
    GG_INLINE void gg_merge##suffix(const type *x, const int64_t *from, ptrdiff_t start,            \
                                    ptrdiff_t middle, ptrdiff_t stop, int64_t *to)                  \
    {                                                                                               \
        ptrdiff_t i = start, j = middle, k = start;                                                 \
        if (middle < stop && GG_BEFORE(x[from[middle]], x[from[middle - 1]])) {                     \
            while (i < middle && j < stop) {                                                        \
                if (GG_BEFORE(x[from[j]], x[from[i]])) to[k++] = from[j++];                         \
                else to[k++] = from[i++];                                                           \
            }                                                                                       \
        }                                                                                           \
        while (i < middle) to[k++] = from[i++];                                                     \
        while (j < stop) to[k++] = from[j++];                                                       \
    }                                                                                               \
    GG_INLINE void gg_argsort##suffix(ptrdiff_t n, const type *x, int64_t *out, int64_t *work)      \
    {                                                                                               \
        int64_t *from = gg_merges(n) % 2 ? work : out, *to = from == out ? work : out;              \
        for (ptrdiff_t i = 0; i < n; i += GG_SHORT)                                                 \
            gg_insert##suffix(x, from, i, i + GG_SHORT < n ? i + GG_SHORT : n);                     \
        for (ptrdiff_t width = GG_SHORT; width < n; width *= 2) {                                   \
            for (ptrdiff_t i = 0; i < n; i += 2 * width) {                                          \
                const ptrdiff_t middle = i + width < n ? i + width : n;                             \
                gg_merge##suffix(x, from, i, middle, middle + width < n ? middle + width : n, to);  \
            }                                                                                       \
            int64_t *const sorted = to;                                                             \
            to = from;                                                                              \
            from = sorted;                                                                          \
        }                                                                                           \
    }                                                                                               \
    GG_INLINE void gg_argmax##suffix(ptrdiff_t n, const type *x, int64_t *out)                      \
    {                                                                                               \
        ptrdiff_t best = 0;                                                                         \
        for (ptrdiff_t i = 1; i < n; ++i)                                                           \
            if (x[best] == x[best] && !(x[i] <= x[best])) best = i;                                 \
        *out = best;                                                                                \
    }                                                                                               \
    GG_INLINE void gg_argmin##suffix(ptrdiff_t n, const type *x, int64_t *out)                      \
    {                                                                                               \
        ptrdiff_t best = 0;                                                                         \
        for (ptrdiff_t i = 1; i < n; ++i)                                                           \
            if (x[best] == x[best] && !(x[i] >= x[best])) best = i;                                 \
        *out = best;                                                                                \
    }

/* The order of rows after row i has been exchanged with row pivots[i], one after another. */
GG_INLINE void gg_pivot_order_i64(ptrdiff_t n, const int64_t *pivots, int64_t *out)
{
    for (ptrdiff_t i = 0; i < n; ++i) out[i] = i;
    for (ptrdiff_t i = 0; i < n; ++i) {
        const int64_t kept = out[i];
        out[i] = out[pivots[i]];
        out[pivots[i]] = kept;
    }
}

GG_ORDER(double, )
GG_ORDER(float, f)
GG_ORDER(int64_t, _i64)
GG_ORDER(int32_t, _i32)
GG_ORDER(int8_t, _b)

#endif
