/* gg_adjugate_kernels.h: the adjugate by the functions of one library, for one type: GG_ADJUGATE(real, by, s, well)
 * where by is nothing for gradgen's own functions and lapack_ for LAPACK's.  See gg_adjugate.h.
 *
 * SPDX-License-Identifier: 0BSD
 * Permission to use, copy, modify, and/or distribute this software for any purpose with or without
 * fee is hereby granted.  THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHORS DISCLAIM ALL WARRANTIES. */
#ifndef GG_ADJUGATE_KERNELS_H
#define GG_ADJUGATE_KERNELS_H

#include "gg_factor.h"

#define GG_ADJUGATE(real, by, s, well)                                                                        \
    /* Two and three rows: the cofactors. */                                                                  \
    GG_INLINE void gg_##by##cofactors##s(ptrdiff_t n, const real *restrict a, real *restrict out)             \
    {                                                                                                         \
        if (n == 1) out[0] = 1;                                                                               \
        if (n == 2) {                                                                                         \
            out[0] = a[3];                                                                                    \
            out[1] = -a[1];                                                                                   \
            out[2] = -a[2];                                                                                   \
            out[3] = a[0];                                                                                    \
        }                                                                                                     \
        if (n == 3)                                                                                           \
            for (ptrdiff_t i = 0; i < 3; ++i)                                                                 \
                for (ptrdiff_t j = 0; j < 3; ++j) {                                                           \
                    const real *one = a + (i + 1) % 3 * 3, *other = a + (i + 2) % 3 * 3;                      \
                    const ptrdiff_t k = (j + 1) % 3, l = (j + 2) % 3;                                         \
                    out[j * 3 + i] = one[k] * other[l] - one[l] * other[k];                                   \
                }                                                                                             \
    }                                                                                                         \
                                                                                                              \
    /* The largest sum of sizes in a row. */                                                                  \
    GG_INLINE real gg_##by##row_sum##s(ptrdiff_t n, const real *a)                                            \
    {                                                                                                         \
        real largest = 0;                                                                                     \
        for (ptrdiff_t i = 0; i < n; ++i) {                                                                   \
            real sum = 0;                                                                                     \
            for (ptrdiff_t j = 0; j < n; ++j) sum += a[i * n + j] < 0 ? -a[i * n + j] : a[i * n + j];         \
            largest = sum > largest || sum != sum ? sum : largest;                                            \
        }                                                                                                     \
        return largest;                                                                                       \
    }                                                                                                         \
                                                                                                              \
    /* Whether an orthogonal matrix turns space over. */                                                      \
    GG_INLINE int gg_##by##turns_over##s(ptrdiff_t n, const real *q, real *work)                              \
    {                                                                                                         \
        real det = 1;                                                                                         \
        gg_##by##lu##s(n, q, work, work + (n + 1) * n);                                                       \
        gg_lu_det##s(n, work, &det);                                                                          \
        return det < 0;                                                                                       \
    }                                                                                                         \
                                                                                                              \
    /* V E U^T, where E holds the products of all singular values but one. */                                 \
    static GG_APART __attribute__((unused)) int gg_##by##adjugate_svd##s(ptrdiff_t n, const real *a, real *out, \
                                                                         real *work)                          \
    {                                                                                                         \
        real *const u = work, *const sigma = u + n * n, *const vh = sigma + n, *const rest = vh + n * n;      \
        const int status = gg_##by##svd##s(n, n, 0, a, work, rest);                                           \
        if (status != GG_OK) return status;                                                                   \
        const int over = gg_##by##turns_over##s(n, u, rest) != gg_##by##turns_over##s(n, vh, rest);           \
        for (ptrdiff_t i = 0; i < n * n; ++i) out[i] = 0;                                                     \
        for (ptrdiff_t k = 0; k < n; ++k) {                                                                   \
            real others = over ? -1 : 1;                                                                      \
            for (ptrdiff_t i = 0; i < n; ++i) others *= i == k ? 1 : sigma[i];                                \
            if (others == 0) continue;                                                                        \
            for (ptrdiff_t j = 0; j < n; ++j) rest[j] = others * u[j * n + k];                                \
            for (ptrdiff_t i = 0; i < n; ++i)                                                                 \
                for (ptrdiff_t j = 0; j < n; ++j) out[i * n + j] += vh[k * n + i] * rest[j];                  \
        }                                                                                                     \
        return GG_OK;                                                                                         \
    }                                                                                                         \
                                                                                                              \
    static __attribute__((unused)) int gg_##by##adjugate##s(ptrdiff_t n, const real *f, const real *a,        \
                                                            real *out, real *work)                            \
    {                                                                                                         \
        if (n <= 3) {                                                                                         \
            gg_##by##cofactors##s(n, a, out);                                                                 \
            return GG_OK;                                                                                     \
        }                                                                                                     \
        const real size = gg_##by##row_sum##s(n, a);                                                          \
        const int status = gg_##by##lu_inverse##s(n, f, out, work);                                           \
        if (size - size == 0 && (status != GG_OK || !(size * gg_##by##row_sum##s(n, out) <= (well))))         \
            return gg_##by##adjugate_svd##s(n, a, out, work);                                                 \
        real det = 0;                                                                                         \
        gg_lu_det##s(n, f, &det);                                                                             \
        for (ptrdiff_t i = 0; i < n * n; ++i) out[i] = size - size == 0 ? det * out[i] : size - size;         \
        return GG_OK;                                                                                         \
    }

#endif
