/* gg_cholesky.h: what is computed with a Cholesky factor, a = L L^T.
 *
 *   gg_cholesky_solve(n, k, l, b, out, work)        out (n x k) = a^-1 b                    work: n k
 *   gg_cholesky_inverse(n, l, out, work)            out (n x n) = a^-1                      work: 2 n^2
 *   gg_cholesky_logdet(n, l, out)                   out[0] = log det a
 *
 * and the same for float32 with the suffix f.
 *
 * SPDX-License-Identifier: 0BSD
 * Permission to use, copy, modify, and/or distribute this software for any purpose with or without
 * fee is hereby granted.  THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHORS DISCLAIM ALL WARRANTIES. */
#ifndef GG_CHOLESKY_H
#define GG_CHOLESKY_H

#include "gg_factor.h"

#define GG_CHOLESKY_SOLVE(name, triangular_solve, real)                                                    \
    GG_INLINE int name(ptrdiff_t n, ptrdiff_t k, const real *l, const real *b, real *out, real *work)      \
    {                                                                                                      \
        const int status = triangular_solve(n, k, 1, 0, 0, l, b, work, 0);                                 \
        return status != GG_OK ? status : triangular_solve(n, k, 1, 1, 0, l, work, out, 0);                \
    }

#define GG_CHOLESKY(real, s)                                                                               \
    GG_CHOLESKY_SOLVE(gg_cholesky_solve##s, gg_triangular_solve##s, real)                                  \
    GG_INLINE int gg_cholesky_inverse##s(ptrdiff_t n, const real *l, real *out, real *work)                \
    {                                                                                                      \
        for (ptrdiff_t i = 0; i < n * n; ++i) work[i] = i % (n + 1) == 0;                                  \
        return gg_cholesky_solve##s(n, n, l, work, out, work + n * n);                                     \
    }                                                                                                      \
    GG_INLINE void gg_cholesky_logdet##s(ptrdiff_t n, const real *l, real *out)                            \
    {                                                                                                      \
        real sum = 0;                                                                                      \
        for (ptrdiff_t i = 0; i < n; ++i) sum += gg_log##s(l[i * n + i]);                                  \
        *out = 2 * sum;                                                                                    \
    }

GG_CHOLESKY(double, )
GG_CHOLESKY(float, f)

#endif
