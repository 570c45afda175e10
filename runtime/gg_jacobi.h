/* gg_jacobi.h: eigenvalues of symmetric matrices and singular values, without LAPACK, by Jacobi's rotations.
 *
 *   gg_eigh(n, lower, a, out, work)         out (n + 1 x n): row i an eigenvector, the last row the eigenvalues,
 *                                           ascending                                   work: n n
 *   gg_eigvalsh(n, lower, a, out, work)     the eigenvalues (n)                         work: n n
 *   gg_svd(m, n, full, a, out, work)        a = U diag(s) Vh: U (m x k), s (k) descending, Vh (k x n), where
 *                                           k = min(m, n); U (m x m) and Vh (n x n) if full
 *                                           work: m n if m >= n, m m if full; else none
 *   gg_svdvals(m, n, a, out, work)          s (k)                                       work: m n
 *
 * and the same for float32 with the suffix f.  eigh reads the lower triangle, or the upper one.
 * GG_NO_CONVERGENCE if what is given is not finite, or after 60 sweeps; 4 to 10 are usual.
 *
 * A rotation of rows and columns p and q makes a[p][q] zero; a sweep does so for all p < q, and what is left beside
 * the diagonal falls quadratically from sweep to sweep.  The singular values of a are found so from a^T a without
 * making it: rows are rotated until each is orthogonal to all others; then their lengths are the singular
 * values.  Small ones are as exact as large ones where the matrix allows it.  A sweep is some 4 n^3 multiplications:
 * faster than LAPACK up to n = 4 to 8 (eigvalsh, eigh) or 5 to 10 (svdvals, svd), ten times slower at n = 100.
 *
 * The sign of a vector is such that the first of its largest elements is positive (of Vh, for a pair); within a
 * tenth of the largest counts as largest, so that rounding does not decide.
 *
 * SPDX-License-Identifier: 0BSD
 * Permission to use, copy, modify, and/or distribute this software for any purpose with or without
 * fee is hereby granted.  THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHORS DISCLAIM ALL WARRANTIES. */
#ifndef GG_JACOBI_H
#define GG_JACOBI_H

#include "gg_math.h"

#define GG_SWEEPS 60

/* The largest element is brought between 1 / GG_LARGEST and GG_LARGEST, so that squares have an exponent. */
#define GG_REAL double
#define GG_NAME(name) gg_##name
#define GG_EPSILON __DBL_EPSILON__
#define GG_LEAST __DBL_MIN__
#define GG_LARGEST 0x1p200
#include "gg_jacobi_kernels.h"
#undef GG_REAL
#undef GG_NAME
#undef GG_EPSILON
#undef GG_LEAST
#undef GG_LARGEST

#define GG_REAL float
#define GG_NAME(name) gg_##name##f
#define GG_EPSILON __FLT_EPSILON__
#define GG_LEAST __FLT_MIN__
#define GG_LARGEST 0x1p20f
#include "gg_jacobi_kernels.h"
#undef GG_REAL
#undef GG_NAME
#undef GG_EPSILON
#undef GG_LEAST
#undef GG_LARGEST

#endif
