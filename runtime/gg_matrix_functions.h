/* gg_matrix_functions.h: functions of whole matrices, and the equation a x + x b = q, without LAPACK.
 *
 *   gg_expm(n, a, out, work)               exp a, by the Pade approximant [13/13] of a / 2^s, squared s times
 *                                          (N. J. Higham, The scaling and squaring method revisited, 2005)
 *   gg_sqrtm(n, a, out, work)              the principal root, by the product form of the iteration of Denman and
 *                                          Beavers, scaled by determinants (Higham, Functions of matrices, 2008, 6.29)
 *   gg_logm(n, a, out, work)               the principal logarithm: roots until a is near the unit matrix, then the
 *                                          approximant [8/8] in partial fractions (Higham 2008, 11.5)
 *   gg_sylvester(m, n, a, b, q, out, work) x, as one system of m n equations: for small sizes
 *
 * and the same for float32 with the suffix f.  `work` has 9 n^2 + n elements; for gg_sylvester, with N = m n,
 * 2 N^2 + N.  GG_NO_CONVERGENCE where there is no real principal root or logarithm (an eigenvalue is negative or 0) or
 * a is not finite; GG_SINGULAR where a and -b have an eigenvalue in common.
 *
 * SPDX-License-Identifier: 0BSD
 * Permission to use, copy, modify, and/or distribute this software for any purpose with or without
 * fee is hereby granted.  THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHORS DISCLAIM ALL WARRANTIES. */
#ifndef GG_MATRIX_FUNCTIONS_H
#define GG_MATRIX_FUNCTIONS_H

#include "gg_factor.h"

#define GG_MATRIX static __attribute__((unused))

/* The approximant's coefficients over its first: 13! (26 - k)! / (26! k! (13 - k)!) */
#define GG_PADE_13 {1.0, 0.5, 0.12, 1.8333333333333333e-2, 1.9927536231884058e-3, 1.6304347826086957e-4,  \
                    1.0351966873706004e-5, 5.1759834368530021e-7, 2.0431513566525008e-8,                   \
                    6.3060227057175951e-10, 1.4837700484041400e-11, 2.5291534915979659e-13,               \
                    2.8101705462199621e-15, 1.5440497506703089e-17}
/* The nodes and weights of Gauss and Legendre for eight points of [0, 1] */
#define GG_NODES_8 {0.0198550717512319, 0.1016667612931866, 0.2372337950418355, 0.4082826787521751,       \
                    0.5917173212478249, 0.7627662049581645, 0.8983332387068134, 0.9801449282487681}
#define GG_WEIGHTS_8 {0.0506142681451881, 0.1111905172266872, 0.1568533229389437, 0.1813418916891810,     \
                      0.1813418916891810, 0.1568533229389437, 0.1111905172266872, 0.0506142681451881}

#define GG_MATRIX_FUNCTIONS(real, s, epsilon)                                                              \
    GG_MATRIX void gg_square_product##s(ptrdiff_t n, const real *a, const real *b, real *out)              \
    {                                                                                                      \
        for (ptrdiff_t i = 0; i < n * n; ++i) out[i] = 0;                                                  \
        gg_gemm_add##s(n, n, n, a, n, b, n, out, n);                                                       \
    }                                                                                                      \
    /* the largest sum over a column of |a - shift I| */                                                   \
    GG_MATRIX real gg_distance##s(ptrdiff_t n, const real *a, real shift, real *sums)                      \
    {                                                                                                      \
        real most = 0;                                                                                     \
        for (ptrdiff_t j = 0; j < n; ++j) sums[j] = 0;                                                     \
        for (ptrdiff_t i = 0; i < n; ++i)                                                                  \
            for (ptrdiff_t j = 0; j < n; ++j) {                                                            \
                const real x = a[i * n + j] - (i == j ? shift : 0);                                        \
                sums[j] += x < 0 ? -x : x;                                                                 \
            }                                                                                              \
        for (ptrdiff_t j = 0; j < n; ++j) most = sums[j] > most || sums[j] != sums[j] ? sums[j] : most;    \
        return most;                                                                                       \
    }                                                                                                      \
    GG_MATRIX int gg_expm##s(ptrdiff_t n, const real *a, real *out, real *work)                            \
    {                                                                                                      \
        static const double pade[14] = GG_PADE_13;                                                         \
        const ptrdiff_t size = n * n;                                                                      \
        real *const x = work, *const x2 = x + size, *const x4 = x2 + size, *const x6 = x4 + size;          \
        real *const odd = x6 + size, *const even = odd + size, *const sum = even + size, *const f = sum + size; \
        real norm = gg_distance##s(n, a, 0, work), scale = 1;                                              \
        int squarings = 0, status;                                                                         \
        if (!(norm < GG_LARGEST##s)) return GG_NO_CONVERGENCE;                                             \
        for (; norm > (real)5.371920351148152; norm /= 2, scale /= 2) ++squarings;                         \
        for (ptrdiff_t i = 0; i < size; ++i) x[i] = scale * a[i];                                          \
        gg_square_product##s(n, x, x, x2);                                                                 \
        gg_square_product##s(n, x2, x2, x4);                                                               \
        gg_square_product##s(n, x4, x2, x6);                                                               \
        for (int part = 0; part < 2; ++part) { /* the even powers, then the odd ones over x */             \
            const double *const c = pade + part;                                                           \
            real *const total = part ? odd : even;                                                         \
            for (ptrdiff_t i = 0; i < size; ++i)                                                           \
                sum[i] = (real)c[12] * x6[i] + (real)c[10] * x4[i] + (real)c[8] * x2[i];                   \
            gg_square_product##s(n, x6, sum, total);                                                       \
            for (ptrdiff_t i = 0; i < size; ++i)                                                           \
                total[i] += (real)c[6] * x6[i] + (real)c[4] * x4[i] + (real)c[2] * x2[i]                   \
                            + (i % (n + 1) == 0 ? (real)c[0] : 0);                                         \
        }                                                                                                  \
        gg_square_product##s(n, x, odd, sum);                                                              \
        for (ptrdiff_t i = 0; i < size; ++i) x2[i] = even[i] - sum[i];                                     \
        for (ptrdiff_t i = 0; i < size; ++i) x4[i] = even[i] + sum[i];                                     \
        gg_lu##s(n, x2, f, 0);                                                                             \
        if ((status = gg_lu_solve##s(n, n, f, x4, out, 0)) != GG_OK) return status;                        \
        for (; squarings > 0; --squarings) {                                                               \
            gg_square_product##s(n, out, out, x);                                                          \
            for (ptrdiff_t i = 0; i < size; ++i) out[i] = x[i];                                            \
        }                                                                                                  \
        return GG_OK;                                                                                      \
    }                                                                                                      \
    /* m -> (2 I + mu m + (mu m)^-1) / 4 tends to I, x -> x (sqrt(mu) I + (sqrt(mu) m)^-1 ) / 2 to the root */ \
    GG_MATRIX int gg_sqrtm##s(ptrdiff_t n, const real *a, real *out, real *work)                           \
    {                                                                                                      \
        const ptrdiff_t size = n * n;                                                                      \
        real *const m = work, *const inverse = m + size, *const x = inverse + size, *const f = x + size;   \
        real slogdet[2], far = GG_LARGEST##s;                                                              \
        for (ptrdiff_t i = 0; i < size; ++i) m[i] = out[i] = a[i];                                         \
        for (int step = 0; step < 50; ++step) {                                                            \
            gg_lu##s(n, m, f, 0);                                                                          \
            gg_lu_slogdet##s(n, f, slogdet);                                                               \
            if (n > 0 && !(slogdet[0] > 0 && slogdet[1] > -GG_LARGEST##s)) return GG_NO_CONVERGENCE;       \
            if (gg_lu_inverse##s(n, f, inverse, 0) != GG_OK) return GG_NO_CONVERGENCE;                     \
            const real root = far > (real)0.01 && n > 0 ? gg_exp##s(-slogdet[1] / (real)(2 * n)) : 1;      \
            for (ptrdiff_t i = 0; i < size; ++i) {                                                         \
                const real unit = i % (n + 1) == 0, big = root * root * m[i], small = inverse[i] / (root * root); \
                m[i] = (real)0.5 * unit + (real)0.25 * (big + small);                                      \
                inverse[i] = (real)0.5 * (root * unit + inverse[i] / root);                                \
            }                                                                                              \
            gg_square_product##s(n, out, inverse, x);                                                      \
            for (ptrdiff_t i = 0; i < size; ++i) out[i] = x[i];                                            \
            const real before = far;                                                                       \
            far = gg_distance##s(n, m, 1, x);                                                              \
            if (!(far < GG_LARGEST##s)) return GG_NO_CONVERGENCE;                                          \
            if (far <= (real)(n + 1) * epsilon) return GG_OK;                                              \
            if (far < (real)1e-4 && far >= before / 2) return GG_OK; /* rounding allows no more */         \
        }                                                                                                  \
        return GG_NO_CONVERGENCE;                                                                          \
    }                                                                                                      \
    GG_MATRIX int gg_logm##s(ptrdiff_t n, const real *a, real *out, real *work)                            \
    {                                                                                                      \
        static const double nodes[8] = GG_NODES_8, weights[8] = GG_WEIGHTS_8;                              \
        const ptrdiff_t size = n * n;                                                                      \
        real *const x = work, *const y = x + size, *const f = y + size, *const rest = f + size + n;        \
        real scale = 1;                                                                                    \
        int status;                                                                                        \
        for (ptrdiff_t i = 0; i < size; ++i) x[i] = a[i];                                                  \
        for (int roots = 0; !(gg_distance##s(n, x, 1, rest) <= (real)0.3); ++roots, scale *= 2) {          \
            if (roots == 60 || !(gg_distance##s(n, x, 1, rest) < GG_LARGEST##s)) return GG_NO_CONVERGENCE; \
            if ((status = gg_sqrtm##s(n, x, y, rest)) != GG_OK) return status;                             \
            for (ptrdiff_t i = 0; i < size; ++i) x[i] = y[i];                                              \
        }                                                                                                  \
        for (ptrdiff_t i = 0; i < size; ++i) x[i] -= i % (n + 1) == 0;                                     \
        for (ptrdiff_t i = 0; i < size; ++i) out[i] = 0;                                                   \
        for (int k = 0; k < 8; ++k) {                                                                      \
            for (ptrdiff_t i = 0; i < size; ++i) y[i] = (real)nodes[k] * x[i] + (i % (n + 1) == 0);        \
            gg_lu##s(n, y, f, 0);                                                                          \
            if ((status = gg_lu_solve##s(n, n, f, x, y, 0)) != GG_OK) return status;                       \
            for (ptrdiff_t i = 0; i < size; ++i) out[i] += scale * (real)weights[k] * y[i];                \
        }                                                                                                  \
        return GG_OK;                                                                                      \
    }                                                                                                      \
    GG_MATRIX int gg_sylvester##s(ptrdiff_t m, ptrdiff_t n, const real *a, const real *b, const real *q, real *out, \
                                  real *work)                                                              \
    {                                                                                                      \
        const ptrdiff_t size = m * n;                                                                      \
        real *const system = work, *const f = work + size * size;                                          \
        for (ptrdiff_t i = 0; i < size * size; ++i) system[i] = 0;                                         \
        for (ptrdiff_t i = 0; i < m; ++i)                                                                  \
            for (ptrdiff_t j = 0; j < n; ++j) {                                                            \
                real *const row = system + (i * n + j) * size;                                             \
                for (ptrdiff_t k = 0; k < m; ++k) row[k * n + j] += a[i * m + k];                          \
                for (ptrdiff_t k = 0; k < n; ++k) row[i * n + k] += b[k * n + j];                          \
            }                                                                                              \
        gg_lu##s(size, system, f, 0);                                                                      \
        return gg_lu_solve##s(size, 1, f, q, out, 0);                                                      \
    }

#define GG_LARGEST __DBL_MAX__
#define GG_LARGESTf __FLT_MAX__

GG_MATRIX_FUNCTIONS(double, , __DBL_EPSILON__)
GG_MATRIX_FUNCTIONS(float, f, __FLT_EPSILON__)

#endif
