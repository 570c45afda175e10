/* gg_lapack_cholesky.h: what is computed with a Cholesky factor, by LAPACK; see gg_cholesky.h.
 *
 * SPDX-License-Identifier: 0BSD
 * Permission to use, copy, modify, and/or distribute this software for any purpose with or without
 * fee is hereby granted.  THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHORS DISCLAIM ALL WARRANTIES. */
#ifndef GG_LAPACK_CHOLESKY_H
#define GG_LAPACK_CHOLESKY_H

#include "gg_cholesky.h"
#include "gg_lapack_factor.h"

#ifdef GG_OWN_LAPACK
#define gg_lapack_cholesky_solve gg_cholesky_solve
#define gg_lapack_cholesky_solvef gg_cholesky_solvef
#define gg_lapack_cholesky_inverse gg_cholesky_inverse
#define gg_lapack_cholesky_inversef gg_cholesky_inversef
#else

#define GG_LAPACK_CHOLESKY(real, p, s)                                                                     \
    GG_FORTRAN(p##potri, const char *uplo, const int *n, real *a, const int *lda, int *info)               \
    GG_CHOLESKY_SOLVE(gg_lapack_cholesky_solve##s, gg_lapack_triangular_solve##s, real)                    \
    /* The lower triangle of the inverse, then its mirror image, in squares for the sake of the cache. */  \
    GG_LAPACK int gg_lapack_cholesky_inverse##s(ptrdiff_t n, const real *l, real *out, real *work)         \
    {                                                                                                      \
        const int order = (int)n;                                                                          \
        int info = 0;                                                                                      \
        (void)work;                                                                                        \
        if (gg_lapack_has_zero##s(n, l)) return GG_SINGULAR;                                               \
        for (ptrdiff_t i = 0; i < n * n; ++i) out[i] = l[i];                                               \
        if (n > 0) gg_fortran_##p##potri("U", &order, out, &order, &info);                                 \
        for (ptrdiff_t i0 = 0; i0 < n; i0 += 16)                                                           \
            for (ptrdiff_t j0 = 0; j0 <= i0; j0 += 16)                                                     \
                for (ptrdiff_t i = i0; i < n && i < i0 + 16; ++i)                                          \
                    for (ptrdiff_t j = j0; j < i && j < j0 + 16; ++j) out[j * n + i] = out[i * n + j];     \
        return GG_OK;                                                                                      \
    }

GG_LAPACK_CHOLESKY(double, d, )
GG_LAPACK_CHOLESKY(float, s, f)

#endif
#endif
