/* gg_lapack_factor.h: factorisations and what is solved with them, by LAPACK.
 *
 *   gg_lapack_cholesky(n, a, out, work)             a = L L^T, L in out (n x n) with zeros above; the upper
 *                                                   triangle of a is not read
 *   gg_lapack_lu(n, a, out, work)                   a = L U P, U unit upper, L lower, in out (n + 1 x n): L and U
 *                                                   in one square; row n: column i was exchanged with which
 *   gg_lapack_lu_solve(n, k, f, b, out, work)       out (n x k) = a^-1 b, where f = lu(a)
 *   gg_lapack_lu_solve_t(n, k, f, b, out, work)     out (n x k) = a^-T b
 *   gg_lapack_lu_inverse(n, f, out, work)           out (n x n) = a^-1                      work: 66 n
 *   gg_lapack_triangular_solve(n, k, lower, transposed, unit, t, b, out, work)
 *                                                   out (n x k) = t^-1 b, or t^-T b; the other triangle is not read
 *   gg_lapack_qr(m, n, complete, a, out, work)      a = Q R: Q (m x q), then R (q x n), where q = min(m, n),
 *                                                   or m if complete                        work: (m + 65) max(n, q)
 *
 * and the same for float32 with the suffix f; where no size is given, `work` is not used.  But for QR nothing is
 * transposed: a = L U P is a' = P^T U' L' to Fortran, whose U' is unit lower.
 *
 * SPDX-License-Identifier: 0BSD
 * Permission to use, copy, modify, and/or distribute this software for any purpose with or without
 * fee is hereby granted.  THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHORS DISCLAIM ALL WARRANTIES. */
#ifndef GG_LAPACK_FACTOR_H
#define GG_LAPACK_FACTOR_H

#ifdef GG_OWN_LAPACK
#include "gg_factor.h"
#include "gg_qr.h"
#define gg_lapack_cholesky gg_cholesky
#define gg_lapack_choleskyf gg_choleskyf
#define gg_lapack_lu gg_lu
#define gg_lapack_luf gg_luf
#define gg_lapack_lu_solve gg_lu_solve
#define gg_lapack_lu_solvef gg_lu_solvef
#define gg_lapack_lu_solve_t gg_lu_solve_t
#define gg_lapack_lu_solve_tf gg_lu_solve_tf
#define gg_lapack_lu_inverse gg_lu_inverse
#define gg_lapack_lu_inversef gg_lu_inversef
#define gg_lapack_triangular_solve gg_triangular_solve
#define gg_lapack_triangular_solvef gg_triangular_solvef
#define gg_lapack_qr gg_qr
#define gg_lapack_qrf gg_qrf
#else
#include "gg_lapack.h"

#define GG_LAPACK_FACTOR(real, p, s)                                                                          \
    GG_FORTRAN(p##potrf, const char *uplo, const int *n, real *a, const int *lda, int *info)                  \
    GG_FORTRAN(p##getrf, const int *m, const int *n, real *a, const int *lda, int *ipiv, int *info)           \
    GG_FORTRAN(p##getri, const int *n, real *a, const int *lda, const int *ipiv, real *work, const int *lwork, \
               int *info)                                                                                     \
    GG_FORTRAN(p##trsm, const char *side, const char *uplo, const char *transa, const char *diag, const int *m, \
               const int *n, const real *alpha, const real *a, const int *lda, real *b, const int *ldb)       \
    GG_FORTRAN(p##trsv, const char *uplo, const char *trans, const char *diag, const int *n, const real *a,   \
               const int *lda, real *x, const int *incx)                                                      \
    GG_FORTRAN(p##geqrf, const int *m, const int *n, real *a, const int *lda, real *tau, real *work,          \
               const int *lwork, int *info)                                                                   \
    GG_FORTRAN(p##orgqr, const int *m, const int *n, const int *k, real *a, const int *lda, const real *tau,  \
               real *work, const int *lwork, int *info)                                                       \
                                                                                                              \
    GG_LAPACK int gg_lapack_cholesky##s(ptrdiff_t n, const real *restrict a, real *restrict out, real *work)  \
    {                                                                                                         \
        const int order = (int)n;                                                                             \
        int info = 0;                                                                                         \
        (void)work;                                                                                           \
        for (ptrdiff_t i = 0; i < n; ++i)                                                                     \
            for (ptrdiff_t j = 0; j < n; ++j) out[i * n + j] = j <= i ? a[i * n + j] : 0;                     \
        if (n > 0) gg_fortran_##p##potrf("U", &order, out, &order, &info);                                    \
        return info > 0 ? GG_NOT_POSITIVE_DEFINITE : GG_OK;                                                   \
    }                                                                                                         \
                                                                                                              \
    /* Fortran's integers are written where the reals will be, and take no more room. */                      \
    GG_LAPACK int gg_lapack_lu##s(ptrdiff_t n, const real *restrict a, real *restrict out, real *work)        \
    {                                                                                                         \
        const int order = (int)n;                                                                             \
        int info = 0;                                                                                         \
        gg_integer *pivots = (gg_integer *)(out + n * n);                                                     \
        (void)work;                                                                                           \
        for (ptrdiff_t i = 0; i < n * n; ++i) out[i] = a[i];                                                  \
        if (n > 0) gg_fortran_##p##getrf(&order, &order, out, &order, pivots, &info);                         \
        for (ptrdiff_t i = n; i-- > 0;) out[n * n + i] = (real)(pivots[i] - 1);                               \
        return GG_OK;                                                                                         \
    }                                                                                                         \
                                                                                                              \
    GG_LAPACK int gg_lapack_has_zero##s(ptrdiff_t n, const real *t)                                           \
    {                                                                                                         \
        for (ptrdiff_t i = 0; i < n; ++i)                                                                     \
            if (t[i * n + i] == 0) return 1;                                                                  \
        return 0;                                                                                             \
    }                                                                                                         \
    GG_LAPACK void gg_lapack_exchange##s(ptrdiff_t k, real *x, ptrdiff_t i, ptrdiff_t j)                      \
    {                                                                                                         \
        if (i == j) return;                                                                                   \
        for (ptrdiff_t l = 0; l < k; ++l) {                                                                   \
            const real kept = x[i * k + l];                                                                   \
            x[i * k + l] = x[j * k + l];                                                                      \
            x[j * k + l] = kept;                                                                              \
        }                                                                                                     \
    }                                                                                                         \
    /* x' = x' op(t')^-1, a vector by a routine that does not copy the triangle */                            \
    GG_LAPACK void gg_lapack_divide##s(ptrdiff_t n, ptrdiff_t k, const char *uplo, const char *trans,         \
                                       const char *diag, const real *t, real *x)                              \
    {                                                                                                         \
        const int order = (int)n, sides = (int)k;                                                             \
        const real one = 1;                                                                                   \
        if (n == 0 || k == 0) return;                                                                         \
        if (k == 1)                                                                                           \
            gg_fortran_##p##trsv(uplo, *trans == 'N' ? "T" : "N", diag, &order, t, &order, x, &sides);        \
        else                                                                                                  \
            gg_fortran_##p##trsm("R", uplo, trans, diag, &sides, &order, &one, t, &order, x, &sides);         \
    }                                                                                                         \
    GG_LAPACK int gg_lapack_lu_solve##s(ptrdiff_t n, ptrdiff_t k, const real *f, const real *restrict b,      \
                                        real *restrict out, real *work)                                       \
    {                                                                                                         \
        (void)work;                                                                                           \
        if (gg_lapack_has_zero##s(n, f)) return GG_SINGULAR;                                                  \
        for (ptrdiff_t i = 0; i < n * k; ++i) out[i] = b[i];                                                  \
        gg_lapack_divide##s(n, k, "U", "N", "N", f, out);                                                     \
        gg_lapack_divide##s(n, k, "L", "N", "U", f, out);                                                     \
        for (ptrdiff_t i = n; i-- > 0;) gg_lapack_exchange##s(k, out, i, (ptrdiff_t)f[n * n + i]);            \
        return GG_OK;                                                                                         \
    }                                                                                                         \
    GG_LAPACK int gg_lapack_lu_solve_t##s(ptrdiff_t n, ptrdiff_t k, const real *f, const real *restrict b,    \
                                          real *restrict out, real *work)                                     \
    {                                                                                                         \
        (void)work;                                                                                           \
        if (gg_lapack_has_zero##s(n, f)) return GG_SINGULAR;                                                  \
        for (ptrdiff_t i = 0; i < n * k; ++i) out[i] = b[i];                                                  \
        for (ptrdiff_t i = 0; i < n; ++i) gg_lapack_exchange##s(k, out, i, (ptrdiff_t)f[n * n + i]);          \
        gg_lapack_divide##s(n, k, "L", "T", "U", f, out);                                                     \
        gg_lapack_divide##s(n, k, "U", "T", "N", f, out);                                                     \
        return GG_OK;                                                                                         \
    }                                                                                                         \
                                                                                                              \
    GG_LAPACK int gg_lapack_lu_inverse##s(ptrdiff_t n, const real *restrict f, real *restrict out, real *work) \
    {                                                                                                         \
        const int order = (int)n, room = gg_lapack_room(65 * n);                                              \
        int info = 0;                                                                                         \
        gg_integer *pivots = (gg_integer *)work;                                                              \
        if (gg_lapack_has_zero##s(n, f)) return GG_SINGULAR;                                                  \
        for (ptrdiff_t i = 0; i < n * n; ++i) out[i] = f[i];                                                  \
        for (ptrdiff_t i = 0; i < n; ++i) pivots[i] = (int)f[n * n + i] + 1;                                  \
        if (n > 0) gg_fortran_##p##getri(&order, out, &order, pivots, work + n, &room, &info);                \
        return GG_OK;                                                                                         \
    }                                                                                                         \
                                                                                                              \
    GG_LAPACK int gg_lapack_triangular_solve##s(ptrdiff_t n, ptrdiff_t k, int lower, int transposed, int unit, \
                                                const real *t, const real *restrict b, real *restrict out,    \
                                                real *work)                                                   \
    {                                                                                                         \
        (void)work;                                                                                           \
        if (!unit && gg_lapack_has_zero##s(n, t)) return GG_SINGULAR;                                         \
        for (ptrdiff_t i = 0; i < n * k; ++i) out[i] = b[i];                                                  \
        gg_lapack_divide##s(n, k, lower ? "U" : "L", transposed ? "T" : "N", unit ? "U" : "N", t, out);       \
        return GG_OK;                                                                                         \
    }                                                                                                         \
                                                                                                              \
    /* On a transposed copy: on the matrix as it is, Fortran would run along strides, and take twice the time. */\
    GG_LAPACK int gg_lapack_qr##s(ptrdiff_t m, ptrdiff_t n, int complete, const real *a, real *out, real *work)\
    {                                                                                                         \
        const ptrdiff_t k = m < n ? m : n, q = complete ? m : k, wide = n > q ? n : q;                        \
        const int rows = (int)m, columns = (int)n, between = (int)q, count = (int)k;                          \
        const int room = gg_lapack_room(64 * wide);                                                           \
        real *const r = out + m * q, *const tau = work + m * wide, *const rest = tau + wide;                  \
        int info = 0;                                                                                         \
        if (k == 0) gg_lapack_identity##s(q, out);                                                            \
        if (k == 0) return GG_OK;                                                                             \
        gg_lapack_transpose##s(m, n, a, work);                                                                \
        gg_fortran_##p##geqrf(&rows, &columns, work, &rows, tau, rest, &room, &info);                         \
        for (ptrdiff_t i = 0; i < q; ++i)                                                                     \
            for (ptrdiff_t j = 0; j < n; ++j) r[i * n + j] = j < i ? 0 : work[j * m + i];                     \
        gg_fortran_##p##orgqr(&rows, &between, &count, work, &rows, tau, rest, &room, &info);                 \
        gg_lapack_transpose##s(q, m, work, out);                                                              \
        return GG_OK;                                                                                         \
    }

GG_LAPACK_FACTOR(double, d, )
GG_LAPACK_FACTOR(float, s, f)

#endif
#endif
