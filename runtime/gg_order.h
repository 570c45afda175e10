/* gg_order.h: ordering one row: argsort (stable, NaN last), argmax and argmin (first one; NaN wins).
 *
 * SPDX-License-Identifier: 0BSD
 * Permission to use, copy, modify, and/or distribute this software for any purpose with or without
 * fee is hereby granted.  THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHORS DISCLAIM ALL WARRANTIES. */
#ifndef GG_ORDER_H
#define GG_ORDER_H

#include "gg_math.h"

/* Insertion sort while rows are short. */
#define GG_SHORT 24

/* x before y; NaN comes last, and equal elements keep their order. */
#define GG_BEFORE(x, y) ((x) < (y) || ((y) != (y) && (x) == (x)))

/* Longer rows are sorted by a heap, which needs no memory; it compares positions where elements are equal,
 * and so is stable too. */
#define GG_ORDER(type, suffix)                                                                      \
    GG_INLINE int gg_precedes##suffix(const type *x, int64_t a, int64_t b)                          \
    {                                                                                               \
        return GG_BEFORE(x[a], x[b]) || (!GG_BEFORE(x[b], x[a]) && a < b);                          \
    }                                                                                               \
    GG_INLINE void gg_sift##suffix(const type *x, int64_t *heap, ptrdiff_t root, ptrdiff_t n)       \
    {                                                                                               \
        const int64_t moved = heap[root];                                                           \
        for (ptrdiff_t child; (child = 2 * root + 1) < n; root = child) {                           \
            if (child + 1 < n && gg_precedes##suffix(x, heap[child], heap[child + 1])) ++child;     \
            if (!gg_precedes##suffix(x, moved, heap[child])) break;                                 \
            heap[root] = heap[child];                                                               \
        }                                                                                           \
        heap[root] = moved;                                                                         \
    }                                                                                               \
    GG_INLINE void gg_argsort##suffix(ptrdiff_t n, const type *x, int64_t *out)                     \
    {                                                                                               \
        for (ptrdiff_t i = 0; i < n; ++i) out[i] = i;                                               \
        if (n <= GG_SHORT) {                                                                        \
            for (ptrdiff_t i = 1; i < n; ++i) {                                                     \
                const int64_t moved = out[i];                                                       \
                ptrdiff_t j = i;                                                                    \
                for (; j > 0 && GG_BEFORE(x[moved], x[out[j - 1]]); --j) out[j] = out[j - 1];       \
                out[j] = moved;                                                                     \
            }                                                                                       \
            return;                                                                                 \
        }                                                                                           \
        for (ptrdiff_t i = n / 2; i-- > 0;) gg_sift##suffix(x, out, i, n);                          \
        for (ptrdiff_t last = n; last-- > 1;) {                                                     \
            const int64_t largest = out[0];                                                         \
            out[0] = out[last];                                                                     \
            out[last] = largest;                                                                    \
            gg_sift##suffix(x, out, 0, last);                                                       \
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

GG_ORDER(double, )
GG_ORDER(float, f)
GG_ORDER(int64_t, _i64)
GG_ORDER(int32_t, _i32)
GG_ORDER(int8_t, _b)

#endif
