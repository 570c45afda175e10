/* gg_qr.h: a = Q R by Householder's reflections, without LAPACK.
 *
 *   gg_qr(m, n, complete, a, out, work)    a is m x n; out has Q, m x q, and after it R, q x n:
 *                                          q = min(m, n), or m if `complete`
 *
 * and the same for float32 with the suffix f.  Matrices are row-major and contiguous; `out` does not overlap `a`.
 * `work` has m n + m + n elements.  Returns GG_OK.
 *
 * Reflection k, I - tau v v^T with v[k] = 1, takes what is left of column k to a multiple of its first unit vector.
 * Signs are LAPACK's, and so numpy.linalg.qr's: that multiple has the sign which the column's first element has not,
 * and a column that is 0 already below it is left as it is.  A reflection is applied to x as x - tau v (v^T x), in two
 * passes along the rows of x.  Q is what the reflections, from the last to the first, make of the unit matrix.
 *
 * SPDX-License-Identifier: 0BSD
 * Permission to use, copy, modify, and/or distribute this software for any purpose with or without
 * fee is hereby granted.  THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHORS DISCLAIM ALL WARRANTIES. */
#ifndef GG_QR_H
#define GG_QR_H

#include "gg_products.h"

/* x, m x n with `ld` between its rows, becomes x - tau v (v^T x); v[0] is 1, the others `step` apart. */
#define GG_QR(real, f)                                                                                        \
    GG_INLINE void gg_reflect##f(ptrdiff_t m, ptrdiff_t n, real tau, const real *v, ptrdiff_t step, real *x,  \
                                 ptrdiff_t ld, real *sums)                                                    \
    {                                                                                                         \
        for (ptrdiff_t j = 0; j < n; ++j)                                                                     \
            sums[j] = x[j];                                                                                   \
        for (ptrdiff_t i = 1; i < m; ++i) {                                                                   \
            const real vi = v[i * step];                                                                      \
            GG_SIMD                                                                                           \
            for (ptrdiff_t j = 0; j < n; ++j)                                                                 \
                sums[j] += vi * x[i * ld + j];                                                                \
        }                                                                                                     \
        for (ptrdiff_t i = 0; i < m; ++i) {                                                                   \
            const real vi = i == 0 ? tau : tau * v[i * step];                                                 \
            GG_SIMD                                                                                           \
            for (ptrdiff_t j = 0; j < n; ++j)                                                                 \
                x[i * ld + j] -= vi * sums[j];                                                                \
        }                                                                                                     \
    }                                                                                                         \
                                                                                                              \
    /* The column x becomes beta, v[1], v[2], …; returns tau.  Its norm is taken of quotients that are at     \
     * most 1: squares of the elements may overflow. */                                                       \
    GG_INLINE real gg_reflector##f(ptrdiff_t m, real *x, ptrdiff_t step)                                      \
    {                                                                                                         \
        const real first = x[0];                                                                              \
        real most = gg_fabs##f(first), sum = 0;                                                               \
        int nonzero = 0;                                                                                      \
        for (ptrdiff_t i = 1; i < m; ++i) {                                                                   \
            const real size = gg_fabs##f(x[i * step]);                                                        \
            most = size > most ? size : most;                                                                 \
            nonzero |= size != 0;                                                                             \
        }                                                                                                     \
        if (!nonzero) return 0;                                                                               \
        for (ptrdiff_t i = 0; i < m; ++i) {                                                                   \
            const real part = x[i * step] / most;                                                             \
            sum += part * part;                                                                               \
        }                                                                                                     \
        const real beta = -gg_copysign##f(most * gg_sqrt##f(sum), first);                                     \
        for (ptrdiff_t i = 1; i < m; ++i)                                                                     \
            x[i * step] /= first - beta;                                                                      \
        x[0] = beta;                                                                                          \
        return (beta - first) / beta;                                                                         \
    }                                                                                                         \
                                                                                                              \
    GG_INLINE int gg_qr##f(ptrdiff_t m, ptrdiff_t n, int complete, const real *a, real *out, real *work)      \
    {                                                                                                         \
        const ptrdiff_t least = m < n ? m : n, columns = complete ? m : least;                                \
        real *q = out, *r = out + m * columns, *v = work, *tau = v + m * n, *sums = tau + least;              \
        for (ptrdiff_t i = 0; i < m * n; ++i)                                                                 \
            v[i] = a[i];                                                                                      \
        for (ptrdiff_t k = 0; k < least; ++k) {                                                               \
            real *corner = v + k * n + k;                                                                     \
            tau[k] = gg_reflector##f(m - k, corner, n);                                                       \
            gg_reflect##f(m - k, n - k - 1, tau[k], corner, n, corner + 1, n, sums);                          \
        }                                                                                                     \
        for (ptrdiff_t i = 0; i < columns; ++i)                                                               \
            for (ptrdiff_t j = 0; j < n; ++j)                                                                 \
                r[i * n + j] = j >= i ? v[i * n + j] : 0;                                                     \
        for (ptrdiff_t i = 0; i < m; ++i)                                                                     \
            for (ptrdiff_t j = 0; j < columns; ++j)                                                           \
                q[i * columns + j] = i == j;                                                                  \
        for (ptrdiff_t k = least; k-- > 0;) {                                                                 \
            real *corner = q + k * columns + k;                                                               \
            gg_reflect##f(m - k, columns - k, tau[k], v + k * n + k, n, corner, columns, sums);               \
        }                                                                                                     \
        return GG_OK;                                                                                         \
    }

GG_QR(double, )
GG_QR(float, f)

#endif
