/* gg_blas.h: products of large matrices, by a BLAS whose functions the loader (or the linker) provides.
 *
 * Matrices are row-major and contiguous; Fortran's BLAS is column-major, and so computes the transposed
 * product: out^T = right^T left^T, with the operands swapped and no copy.
 * With -DGG_LINK_BLAS the symbols dgemm_ and sgemm_ are taken from the libraries you link.
 *
 * SPDX-License-Identifier: 0BSD
 * Permission to use, copy, modify, and/or distribute this software for any purpose with or without
 * fee is hereby granted.  THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHORS DISCLAIM ALL WARRANTIES. */
#ifndef GG_BLAS_H
#define GG_BLAS_H

#include "gg_math.h"

typedef void gg_dgemm(const char *transa, const char *transb, const int *m, const int *n, const int *k,
                      const double *alpha, const double *a, const int *lda, const double *b, const int *ldb,
                      const double *beta, double *c, const int *ldc);
typedef void gg_sgemm(const char *transa, const char *transb, const int *m, const int *n, const int *k,
                      const float *alpha, const float *a, const int *lda, const float *b, const int *ldb,
                      const float *beta, float *c, const int *ldc);

#ifdef GG_LINK_BLAS
extern gg_dgemm dgemm_;
extern gg_sgemm sgemm_;
#define gg_blas_dgemm dgemm_
#define gg_blas_sgemm sgemm_
#else
static gg_dgemm *gg_blas_dgemm __attribute__((unused));
static gg_sgemm *gg_blas_sgemm __attribute__((unused));
#endif

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

GG_GEMM(gg_blas_gemm_nn, double, gg_blas_dgemm, 'n', 'n')
GG_GEMM(gg_blas_gemm_nt, double, gg_blas_dgemm, 'n', 't')
GG_GEMM(gg_blas_gemm_tn, double, gg_blas_dgemm, 't', 'n')
GG_GEMM(gg_blas_gemm_tt, double, gg_blas_dgemm, 't', 't')
GG_GEMM(gg_blas_gemm_nnf, float, gg_blas_sgemm, 'n', 'n')
GG_GEMM(gg_blas_gemm_ntf, float, gg_blas_sgemm, 'n', 't')
GG_GEMM(gg_blas_gemm_tnf, float, gg_blas_sgemm, 't', 'n')
GG_GEMM(gg_blas_gemm_ttf, float, gg_blas_sgemm, 't', 't')

#endif
