/* gg_blas.h: BLAS and LAPACK as the loader (or the linker) provides them, and products of large matrices.
 *
 * GG_FORTRAN(dgemm, parameters) declares the routine dgemm as gg_fortran_dgemm: a pointer that the kernel's
 * ..._bind sets or, with -DGG_LINK_BLAS, the symbol dgemm_ of the libraries you link.
 *
 * Matrices are row-major and contiguous; Fortran's are column-major, and so it computes the transposed
 * product: out^T = right^T left^T, with the operands swapped and no copy.
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
