/* gg_blas.h: BLAS and LAPACK as the loader (or the linker) provides them, and products of large matrices.
 *
 * GG_FORTRAN(dgemm, parameters) declares the routine dgemm as gg_fortran_dgemm: a pointer that the kernel's
 * ..._bind sets or, with -DGG_LINK_BLAS, the symbol dgemm_ of the libraries you link.
 *
 * Matrices are row-major and contiguous; Fortran's are column-major, and so it computes the transposed
 * product: out^T = right^T left^T, with the operands swapped and no copy.  With -DGG_OWN_LAPACK the products are
 * those of gg_products.h, in blocks of GG_INNER by GG_COLUMNS of the right one, and no library is needed.
 *
 * SPDX-License-Identifier: 0BSD
 * Permission to use, copy, modify, and/or distribute this software for any purpose with or without
 * fee is hereby granted.  THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHORS DISCLAIM ALL WARRANTIES. */
#ifndef GG_BLAS_H
#define GG_BLAS_H

#include "gg_math.h"

#ifdef GG_LINK_BLAS
#define GG_FORTRAN(name, ...)             \
    typedef void gg_##name(__VA_ARGS__);  \
    extern gg_##name gg_fortran_##name GG_SYMBOL(name##_);
#else
#define GG_FORTRAN(name, ...)             \
    typedef void gg_##name(__VA_ARGS__);  \
    static gg_##name *gg_fortran_##name __attribute__((unused));
#endif

#define GG_GEMM_ROUTINE(name, real)                                                                       \
    GG_FORTRAN(name, const char *transa, const char *transb, const int *m, const int *n, const int *k,    \
               const real *alpha, const real *a, const int *lda, const real *b, const int *ldb,           \
               const real *beta, real *c, const int *ldc)

GG_GEMM_ROUTINE(dgemm, double)
GG_GEMM_ROUTINE(sgemm, float)

/* out (m x n) = left (m x k) right (k x n); `left` is stored k x m where the name says t, `right` n x k. */
#ifdef GG_OWN_LAPACK
#include "gg_products.h"
#define GG_INNER 256
#define GG_COLUMNS 64

#define GG_BLOCKS(name, real, add, left_at, left_width, right_at, right_width)                          \
    static __attribute__((unused)) void name(ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, const real *left,   \
                                             const real *right, real *out)                              \
    {                                                                                                   \
        for (ptrdiff_t i = 0; i < m * n; ++i) out[i] = 0;                                               \
        for (ptrdiff_t p = 0; p < k; p += GG_INNER)                                                     \
            for (ptrdiff_t j = 0; j < n; j += GG_COLUMNS)                                               \
                add(m, gg_clamp(n - j, GG_COLUMNS), gg_clamp(k - p, GG_INNER), left + (left_at), left_width, \
                    right + (right_at), right_width, out + j, n);                                       \
    }

#define GG_OWN_GEMM(real, s)                                                                            \
    GG_BLOCKS(gg_blas_gemm_nn##s, real, gg_gemm_add##s, p, k, p * n + j, n)                             \
    GG_BLOCKS(gg_blas_gemm_nt##s, real, gg_gemm_nt_add##s, p, k, j * k + p, k)                          \
    GG_BLOCKS(gg_blas_gemm_tn##s, real, gg_gemm_tn_add##s, p * m, m, p * n + j, n)                      \
    static __attribute__((unused)) void gg_blas_gemm_tt##s(ptrdiff_t m, ptrdiff_t n, ptrdiff_t k,       \
                                                           const real *left, const real *right, real *out) \
    {                                                                                                   \
        for (ptrdiff_t i = 0; i < m * n; ++i) out[i] = 0;                                               \
        for (ptrdiff_t p = 0; p < k; ++p)                                                               \
            for (ptrdiff_t i = 0; i < m; ++i)                                                           \
                for (ptrdiff_t j = 0; j < n; ++j) out[i * n + j] += left[p * m + i] * right[j * k + p]; \
    }

GG_OWN_GEMM(double, )
GG_OWN_GEMM(float, f)
#else
#define GG_GEMM(name, real, gemm, left_kind, right_kind)                                                \
    GG_INLINE void name(ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, const real *left, const real *right, real *out) \
    {                                                                                                   \
        if (m == 0 || n == 0) return;                                                                   \
        const int rows = (int)m, columns = (int)n, inner = (int)k;                                      \
        const int left_width = left_kind == 't' ? rows : inner, right_width = right_kind == 't' ? inner : columns; \
        const int ldl = left_width > 1 ? left_width : 1, ldr = right_width > 1 ? right_width : 1;       \
        const real one = 1, zero = 0;                                                                   \
        const char left_op = left_kind, right_op = right_kind;                                          \
        gemm(&right_op, &left_op, &columns, &rows, &inner, &one, right, &ldr, left, &ldl, &zero, out, &columns); \
    }

GG_GEMM(gg_blas_gemm_nn, double, gg_fortran_dgemm, 'n', 'n')
GG_GEMM(gg_blas_gemm_nt, double, gg_fortran_dgemm, 'n', 't')
GG_GEMM(gg_blas_gemm_tn, double, gg_fortran_dgemm, 't', 'n')
GG_GEMM(gg_blas_gemm_tt, double, gg_fortran_dgemm, 't', 't')
GG_GEMM(gg_blas_gemm_nnf, float, gg_fortran_sgemm, 'n', 'n')
GG_GEMM(gg_blas_gemm_ntf, float, gg_fortran_sgemm, 'n', 't')
GG_GEMM(gg_blas_gemm_tnf, float, gg_fortran_sgemm, 't', 'n')
GG_GEMM(gg_blas_gemm_ttf, float, gg_fortran_sgemm, 't', 't')
#endif

#endif
