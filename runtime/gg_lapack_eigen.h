/* gg_lapack_eigen.h: singular values and eigenvalues, by LAPACK.
 *
 *   gg_lapack_svd(m, n, full, a, out, work)         a = U diag(s) Vh: U (m x k), s (k), Vh (k x n), k = min(m, n);
 *                                                   U (m x m) and Vh (n x n) if full
 *                                                   work: (j + 1) (l + 8 k + 210), l = max(m, n), j = full ? l : k
 *   gg_lapack_svdvals(m, n, a, out, work)           s (k), descending           work: (k + 1) (l + 210)
 *   gg_lapack_eigh(n, lower, a, out, work)          out (n + 1 x n): row i an eigenvector, the last row the
 *                                                   eigenvalues, ascending      work: 2 (n + 3) (n + 3)
 *   gg_lapack_eigvalsh(n, lower, a, out, work)      the eigenvalues (n)         work: (n + 1) (n + 66)
 *   gg_lapack_eig(n, a, out, work)                  eigenvalues, real (n) and imaginary parts (n), and eigenvectors
 *                                                   in columns, the same (2 n x n)           work: 132 n
 *   gg_lapack_eigvals(n, a, out, work)              the eigenvalues (2 x n)     work: n (n + 132)
 *
 * and the same for float32 with the suffix f.  eigh reads the lower triangle or the upper one.  LAPACK is given
 * what NumPy gives it, so signs are NumPy's; which it chose depends on the library.  GG_NO_CONVERGENCE if it does
 * not converge, or what is given is not finite.
 *
 * SPDX-License-Identifier: 0BSD
 * Permission to use, copy, modify, and/or distribute this software for any purpose with or without
 * fee is hereby granted.  THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHORS DISCLAIM ALL WARRANTIES. */
#ifndef GG_LAPACK_EIGEN_H
#define GG_LAPACK_EIGEN_H

#ifdef GG_OWN_LAPACK
#include "gg_jacobi.h"
#define gg_lapack_svd gg_svd
#define gg_lapack_svdf gg_svdf
#define gg_lapack_svdvals gg_svdvals
#define gg_lapack_svdvalsf gg_svdvalsf
#define gg_lapack_eigh gg_eigh
#define gg_lapack_eighf gg_eighf
#define gg_lapack_eigvalsh gg_eigvalsh
#define gg_lapack_eigvalshf gg_eigvalshf
#define GG_MISSING(name, real)                                                                               \
    extern int name(ptrdiff_t n, const real *a, real *out, real *work)                                       \
        __attribute__((error("eigenvalues of a matrix without symmetry need LAPACK: leave out GG_OWN_LAPACK")));
GG_MISSING(gg_lapack_eig, double)
GG_MISSING(gg_lapack_eigf, float)
GG_MISSING(gg_lapack_eigvals, double)
GG_MISSING(gg_lapack_eigvalsf, float)
#else
#include "gg_lapack.h"

#define GG_LAPACK_EIGEN(real, p, s)                                                                           \
    GG_FORTRAN(p##gesdd, const char *jobz, const int *m, const int *n, real *a, const int *lda, real *sigma,  \
               real *u, const int *ldu, real *vt, const int *ldvt, real *work, const int *lwork, int *iwork,  \
               int *info)                                                                                     \
    GG_FORTRAN(p##syevd, const char *jobz, const char *uplo, const int *n, real *a, const int *lda, real *w,  \
               real *work, const int *lwork, int *iwork, const int *liwork, int *info)                        \
    GG_FORTRAN(p##geev, const char *jobvl, const char *jobvr, const int *n, real *a, const int *lda, real *wr, \
               real *wi, real *vl, const int *ldvl, real *vr, const int *ldvr, real *work, const int *lwork,  \
               int *info)                                                                                     \
                                                                                                              \
    /* The copy for Fortran stands in the result, where the longer of U and Vh will be. */                    \
    GG_LAPACK int gg_lapack_svd##s(ptrdiff_t m, ptrdiff_t n, int full, const real *a, real *out, real *work)  \
    {                                                                                                         \
        const ptrdiff_t k = m < n ? m : n, l = m < n ? n : m, left = full ? m : k, right = full ? n : k;      \
        real *const sigma = out + m * left, *const vh = sigma + k, *const copy = m < n ? vh : out;            \
        real *const u_turned = work, *const vh_turned = work + m * left, *const rest = vh_turned + right * n; \
        const ptrdiff_t all = ((full ? l : k) + 1) * (l + 8 * k + 210);                                       \
        const int room = gg_lapack_room(all - (rest - work) - 8 * k);                                         \
        const int rows = (int)m, columns = (int)n, ldvt = (int)right;                                         \
        int info = 0;                                                                                         \
        if (!gg_lapack_finite##s(m * n, a)) return GG_NO_CONVERGENCE;                                         \
        if (k == 0) gg_lapack_identity##s(left, out);                                                         \
        if (k == 0) gg_lapack_identity##s(right, vh);                                                         \
        if (k == 0) return GG_OK;                                                                             \
        gg_lapack_transpose##s(m, n, a, copy);                                                                \
        gg_fortran_##p##gesdd(full ? "A" : "S", &rows, &columns, copy, &rows, sigma, u_turned, &rows,         \
                              vh_turned, &ldvt, rest + 8 * k, &room, (gg_integer *)rest, &info);              \
        gg_lapack_transpose##s(left, m, u_turned, out);                                                       \
        gg_lapack_transpose##s(n, right, vh_turned, vh);                                                      \
        return info == 0 ? GG_OK : GG_NO_CONVERGENCE;                                                         \
    }                                                                                                         \
    GG_LAPACK int gg_lapack_svdvals##s(ptrdiff_t m, ptrdiff_t n, const real *restrict a, real *out,           \
                                       real *restrict work)                                                   \
    {                                                                                                         \
        const ptrdiff_t k = m < n ? m : n, l = m < n ? n : m;                                                 \
        real *const rest = work + m * n, none = 0;                                                            \
        const int room = gg_lapack_room((k + 1) * (l + 210) - m * n - 8 * k);                                 \
        const int rows = (int)m, columns = (int)n, one = 1;                                                   \
        int info = 0;                                                                                         \
        if (!gg_lapack_finite##s(m * n, a)) return GG_NO_CONVERGENCE;                                         \
        if (k == 0) return GG_OK;                                                                             \
        for (ptrdiff_t i = 0; i < m * n; ++i) work[i] = a[i];                                                 \
        gg_fortran_##p##gesdd("N", &columns, &rows, work, &columns, out, &none, &one, &none, &one,            \
                              rest + 8 * k, &room, (gg_integer *)rest, &info);                                \
        return info == 0 ? GG_OK : GG_NO_CONVERGENCE;                                                         \
    }                                                                                                         \
                                                                                                              \
    /* out = the triangle of a, transposed, and whether it is finite */                                       \
    GG_LAPACK int gg_lapack_triangle##s(ptrdiff_t n, int lower, const real *restrict a, real *restrict out)   \
    {                                                                                                         \
        for (ptrdiff_t i = 0; i < n; ++i)                                                                     \
            for (ptrdiff_t j = 0; j < n; ++j) out[i * n + j] = (lower ? j >= i : j <= i) ? a[j * n + i] : 0;  \
        return gg_lapack_finite##s(n * n, out);                                                               \
    }                                                                                                         \
    GG_LAPACK int gg_lapack_eigh##s(ptrdiff_t n, int lower, const real *a, real *out, real *work)             \
    {                                                                                                         \
        const ptrdiff_t integers = 5 * n + 3;                                                                 \
        const int order = (int)n, whole = (int)integers;                                                      \
        const int room = gg_lapack_room(2 * (n + 3) * (n + 3) - integers);                                    \
        int info = 0;                                                                                         \
        if (!gg_lapack_triangle##s(n, lower, a, out)) return GG_NO_CONVERGENCE;                               \
        if (n == 0) return GG_OK;                                                                             \
        gg_fortran_##p##syevd("V", lower ? "L" : "U", &order, out, &order, out + n * n, work + integers, &room, \
                              (gg_integer *)work, &whole, &info);                                             \
        return info == 0 ? GG_OK : GG_NO_CONVERGENCE;                                                         \
    }                                                                                                         \
    GG_LAPACK int gg_lapack_eigvalsh##s(ptrdiff_t n, int lower, const real *a, real *out, real *work)         \
    {                                                                                                         \
        const int order = (int)n, room = gg_lapack_room(66 * n + 1), one = 1;                                 \
        int info = 0, integer = 0;                                                                            \
        if (!gg_lapack_triangle##s(n, lower, a, work)) return GG_NO_CONVERGENCE;                              \
        if (n == 0) return GG_OK;                                                                             \
        gg_fortran_##p##syevd("N", lower ? "L" : "U", &order, work, &order, out, work + n * n, &room,         \
                              &integer, &one, &info);                                                         \
        return info == 0 ? GG_OK : GG_NO_CONVERGENCE;                                                         \
    }                                                                                                         \
                                                                                                              \
    /* Of a pair of conjugate eigenvectors LAPACK gives the real part in the first column, the imaginary part \
     * of the one whose eigenvalue has a positive imaginary part in the second. */                            \
    GG_LAPACK int gg_lapack_eig##s(ptrdiff_t n, const real *a, real *out, real *work)                         \
    {                                                                                                         \
        const int order = (int)n, room = gg_lapack_room(132 * n);                                             \
        int info = 0;                                                                                         \
        real *const wi = out + n, *const vr = wi + n, *const vi = vr + n * n, none = 0;                       \
        if (!gg_lapack_finite##s(n * n, a)) return GG_NO_CONVERGENCE;                                         \
        if (n == 0) return GG_OK;                                                                             \
        gg_lapack_transpose##s(n, n, a, vi);                                                                  \
        gg_fortran_##p##geev("N", "V", &order, vi, &order, out, wi, &none, &order, vr, &order, work, &room, &info); \
        gg_lapack_flip##s(n, vr);                                                                             \
        for (ptrdiff_t i = 0; i < n * n; ++i) vi[i] = 0;                                                      \
        for (ptrdiff_t i = 0; i < n; ++i)                                                                     \
            for (ptrdiff_t j = 0; j < n - 1; ++j) {                                                           \
                if (wi[j] <= 0) continue;                                                                     \
                vi[i * n + j] = vr[i * n + j + 1];                                                            \
                vi[i * n + j + 1] = -vr[i * n + j + 1];                                                       \
                vr[i * n + j + 1] = vr[i * n + j];                                                            \
            }                                                                                                 \
        return info == 0 ? GG_OK : GG_NO_CONVERGENCE;                                                         \
    }                                                                                                         \
    GG_LAPACK int gg_lapack_eigvals##s(ptrdiff_t n, const real *a, real *out, real *work)                     \
    {                                                                                                         \
        const int order = (int)n, room = gg_lapack_room(132 * n);                                             \
        int info = 0;                                                                                         \
        real none = 0;                                                                                        \
        if (!gg_lapack_finite##s(n * n, a)) return GG_NO_CONVERGENCE;                                         \
        if (n == 0) return GG_OK;                                                                             \
        gg_lapack_transpose##s(n, n, a, work);                                                                \
        gg_fortran_##p##geev("N", "N", &order, work, &order, out, out + n, &none, &order, &none, &order,      \
                             work + n * n, &room, &info);                                                     \
        return info == 0 ? GG_OK : GG_NO_CONVERGENCE;                                                         \
    }

GG_LAPACK_EIGEN(double, d, )
GG_LAPACK_EIGEN(float, s, f)

#endif
#endif
