/* gg_lapack.h: what the calls of LAPACK in gg_lapack_factor.h, gg_lapack_eigen.h and gg_lapack_schur.h share.
 *
 * All of them take whole row-major matrices, the results behind the operands, and `work`, whose size in
 * elements stands at each function; and return a status.  Where the memory is handed to Fortran as it is,
 * Fortran sees the transposed matrix, which is said with a prime: A' = A^T.
 *
 * With -DGG_OWN_LAPACK the names mean gradgen's own functions, and no library is needed.
 *
 * SPDX-License-Identifier: 0BSD
 * Permission to use, copy, modify, and/or distribute this software for any purpose with or without
 * fee is hereby granted.  THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHORS DISCLAIM ALL WARRANTIES. */
#ifndef GG_LAPACK_H
#define GG_LAPACK_H

#include "gg_blas.h"

#define GG_LAPACK static __attribute__((unused))

/* Fortran's integer, in memory that also holds reals. */
typedef int __attribute__((may_alias)) gg_integer;

/* The rest of a workspace, as an argument of LAPACK. */
GG_INLINE int gg_lapack_room(ptrdiff_t elements) { return elements < __INT_MAX__ ? (int)elements : __INT_MAX__; }

#define GG_LAPACK_SHARED(real, s)                                                                             \
    /* Eigenvalues and singular values of what is not finite: an iteration might not end. */                  \
    GG_LAPACK int gg_lapack_finite##s(ptrdiff_t count, const real *x)                                         \
    {                                                                                                         \
        int finite = 1;                                                                                       \
        for (ptrdiff_t i = 0; i < count; ++i) finite &= x[i] - x[i] == 0;                                     \
        return finite;                                                                                        \
    }                                                                                                         \
    GG_LAPACK void gg_lapack_identity##s(ptrdiff_t n, real *out)                                              \
    {                                                                                                         \
        for (ptrdiff_t i = 0; i < n * n; ++i) out[i] = i % (n + 1) == 0;                                      \
    }                                                                                                         \
    /* out (columns x rows) = a^T; in squares, so that lines of cache are used whole */                       \
    GG_LAPACK void gg_lapack_transpose##s(ptrdiff_t rows, ptrdiff_t columns, const real *restrict a,          \
                                          real *restrict out)                                                 \
    {                                                                                                         \
        for (ptrdiff_t i0 = 0; i0 < rows; i0 += 16)                                                           \
            for (ptrdiff_t j0 = 0; j0 < columns; j0 += 16)                                                    \
                for (ptrdiff_t j = j0; j < columns && j < j0 + 16; ++j)                                       \
                    for (ptrdiff_t i = i0; i < rows && i < i0 + 16; ++i) out[j * rows + i] = a[i * columns + j]; \
    }                                                                                                         \
    /* a square in its place */                                                                               \
    GG_LAPACK void gg_lapack_flip##s(ptrdiff_t n, real *a)                                                    \
    {                                                                                                         \
        for (ptrdiff_t i = 0; i < n; ++i)                                                                     \
            for (ptrdiff_t j = 0; j < i; ++j) {                                                               \
                const real kept = a[i * n + j];                                                               \
                a[i * n + j] = a[j * n + i];                                                                  \
                a[j * n + i] = kept;                                                                          \
            }                                                                                                 \
    }

GG_LAPACK_SHARED(double, )
GG_LAPACK_SHARED(float, f)

#endif
