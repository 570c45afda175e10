/* gg_lapack_schur.h: the real Schur form and what is solved with it, by LAPACK.
 *
 *   gg_lapack_schur(n, a, out, work)                a = Z T Z^T, Z orthogonal, T quasi-triangular: T (n x n), then
 *                                                   Z (n x n)                   work: 70 n
 *   gg_lapack_sylvester(m, n, a, b, q, out, work)   a x + x b = q: x (m x n); a is m x m, b n x n
 *                                                                               work: 2 (m + n + 17) (m + n + 17)
 *
 * and the same for float32 with the suffix f.  GG_NO_CONVERGENCE if the eigenvalues are not found, or what is given
 * is not finite; GG_SINGULAR if, to rounding, an eigenvalue of a is one of -b.
 *
 * SPDX-License-Identifier: 0BSD
 * Permission to use, copy, modify, and/or distribute this software for any purpose with or without
 * fee is hereby granted.  THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHORS DISCLAIM ALL WARRANTIES. */
#ifndef GG_LAPACK_SCHUR_H
#define GG_LAPACK_SCHUR_H

#ifdef GG_OWN_LAPACK
#error "the Schur form and Sylvester's equation need LAPACK: leave out GG_OWN_LAPACK"
#endif
#include "gg_lapack.h"

#define GG_LAPACK_SCHUR(real, p, s)                                                                           \
    GG_FORTRAN(p##gees, const char *jobvs, const char *sort, int (*select)(const real *, const real *),       \
               const int *n, real *a, const int *lda, int *sdim, real *wr, real *wi, real *vs, const int *ldvs, \
               real *work, const int *lwork, int *bwork, int *info)                                           \
    GG_FORTRAN(p##trsyl, const char *trana, const char *tranb, const int *isgn, const int *m, const int *n,   \
               const real *a, const int *lda, const real *b, const int *ldb, real *c, const int *ldc,         \
               real *scale, int *info)                                                                        \
                                                                                                              \
    /* As Fortran sees it: the matrix in t becomes T, with Z in z; work: 70 n. */                             \
    GG_LAPACK int gg_lapack_gees##s(ptrdiff_t n, real *t, real *z, real *work)                                \
    {                                                                                                         \
        const int order = (int)n, room = gg_lapack_room(68 * n);                                              \
        int info = 0, sorted = 0, unused = 0;                                                                 \
        if (!gg_lapack_finite##s(n * n, t)) return GG_NO_CONVERGENCE;                                         \
        gg_fortran_##p##gees("V", "N", 0, &order, t, &order, &sorted, work, work + n, z, &order, work + 2 * n, \
                             &room, &unused, &info);                                                          \
        return info == 0 ? GG_OK : GG_NO_CONVERGENCE;                                                         \
    }                                                                                                         \
    GG_LAPACK int gg_lapack_schur##s(ptrdiff_t n, const real *a, real *out, real *work)                       \
    {                                                                                                         \
        if (n == 0) return GG_OK;                                                                             \
        gg_lapack_transpose##s(n, n, a, out);                                                                 \
        const int status = gg_lapack_gees##s(n, out, out + n * n, work);                                      \
        gg_lapack_flip##s(n, out);                                                                            \
        gg_lapack_flip##s(n, out + n * n);                                                                    \
        return status;                                                                                        \
    }                                                                                                         \
                                                                                                              \
    /* To Fortran the equation is b' x' + x' a' = q'.  With b' = V S V^T and a' = U R U^T it is               \
     * S y + y R = V^T q' U, where x' = V y U^T. */                                                           \
    GG_LAPACK int gg_lapack_sylvester##s(ptrdiff_t m, ptrdiff_t n, const real *restrict a, const real *restrict b, \
                                         const real *q, real *out, real *restrict work)                       \
    {                                                                                                         \
        if (m == 0 || n == 0) return GG_OK;                                                                   \
        const int wide = (int)m, tall = (int)n, plus = 1;                                                     \
        const real one = 1, zero = 0;                                                                         \
        real *const r = work, *const u = r + m * m, *const t = u + m * m, *const v = t + n * n;               \
        real *const half = v + n * n, *const rest = half + m * n, scale = 1;                                  \
        int info = 0;                                                                                         \
        for (ptrdiff_t i = 0; i < m * m; ++i) r[i] = a[i];                                                    \
        for (ptrdiff_t i = 0; i < n * n; ++i) t[i] = b[i];                                                    \
        if (gg_lapack_gees##s(m, r, u, rest) || gg_lapack_gees##s(n, t, v, rest)) return GG_NO_CONVERGENCE;   \
        gg_fortran_##p##gemm("T", "N", &tall, &wide, &tall, &one, v, &tall, q, &tall, &zero, half, &tall);    \
        gg_fortran_##p##gemm("N", "N", &tall, &wide, &wide, &one, half, &tall, u, &wide, &zero, out, &tall);  \
        gg_fortran_##p##trsyl("N", "N", &plus, &tall, &wide, t, &tall, r, &wide, out, &tall, &scale, &info);  \
        const real whole = 1 / scale;                                                                         \
        gg_fortran_##p##gemm("N", "N", &tall, &wide, &tall, &whole, v, &tall, out, &tall, &zero, half, &tall); \
        gg_fortran_##p##gemm("N", "T", &tall, &wide, &wide, &one, half, &tall, u, &wide, &zero, out, &tall);  \
        return info == 0 ? GG_OK : GG_SINGULAR;                                                               \
    }

GG_LAPACK_SCHUR(double, d, )
GG_LAPACK_SCHUR(float, s, f)

#endif
