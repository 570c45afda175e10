/* gg_factor.h: Cholesky and LU, and what is done with them, without LAPACK.
 *
 *   gg_cholesky(n, a, out, work)                    a = L L^T: L, 0 above; only a's lower triangle is read
 *   gg_lu(n, a, out, work)                          a = L U P: n + 1 rows, L and U in one matrix, then the swaps
 *   gg_lu_solve(n, k, f, b, out, work)              out = a^-1 b     f is what gg_lu gave, b is n x k
 *   gg_lu_solve_t(n, k, f, b, out, work)            out = a^-T b
 *   gg_lu_inverse(n, f, out, work)                  out = a^-1
 *   gg_lu_det(n, f, out)                            out[0] = det a
 *   gg_lu_slogdet(n, f, out)                        out[0] = sign of det a, out[1] = log |det a|; 0, -inf if singular
 *   gg_triangular_solve(n, k, lower, transposed, unit, t, b, out, work)      out = t^-1 b or t^-T b
 *
 * and the same for float32 with the suffix f.  Matrices are row-major and contiguous, a result overlaps no
 * operand, and none needs `work`.  They return GG_OK, GG_NOT_POSITIVE_DEFINITE (Cholesky; NaN is not positive
 * either) or GG_SINGULAR (a solve that meets a 0 on the diagonal); gg_lu always GG_OK.
 *
 * L has the diagonal, U has ones there.  Step k of gg_lu swaps columns k and out[n * n + k], the first of the
 * largest in what is left of row k, so that every search, division and subtraction runs along rows.  That is
 * dgetrf on the same memory read by columns.
 *
 * Up to GG_TILE a matrix is worked on in a copy whose rows are padded to whole vectors; called with a constant n
 * all that becomes code for that n.  Larger ones go in blocks of GG_TILE rows, most of it in products of blocks.
 * Defining GG_ONLY_SMALL leaves that out, which would be compiled, slowly, even if unused; they return GG_SIZE then.
 *
 * SPDX-License-Identifier: 0BSD
 * Permission to use, copy, modify, and/or distribute this software for any purpose with or without
 * fee is hereby granted.  THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHORS DISCLAIM ALL WARRANTIES. */
#ifndef GG_FACTOR_H
#define GG_FACTOR_H

#include "gg_products.h"

#define GG_TILE 32

/* Up to these sizes, if they are constants, all elements are in registers and all loops unrolled. */
#define GG_TINY_CHOLESKY 8
#define GG_TINY_LU 6
#define GG_IS_TINY(n, most) (__builtin_constant_p(n) && (n) <= (most))

/* Large sizes only: one copy of it in a program is enough. */
#define GG_LARGE static GG_APART __attribute__((unused))

#ifdef GG_ONLY_SMALL
#define GG_LARGE_KERNELS "gg_large_missing.h"
#else
#define GG_LARGE_KERNELS "gg_large_kernels.h"
#endif

/* As in gg_products.h: gcc does not see the masks of loads. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Warray-bounds"
#pragma GCC diagnostic ignored "-Waggressive-loop-optimizations"
#endif

#define GG_REAL double
#define GG_SMALLEST __DBL_MIN__
#define GG_VEC gg_f64s
#define GG_WIDTH (GG_VECTOR_BYTES / 8)
#define GG_OWN(name) gg_f64s_##name
#define GG_NAME(name) gg_##name
#define GG_MATH(name) gg_##name
#include "gg_small_kernels.h"
#include GG_LARGE_KERNELS
#include "gg_factor_kernels.h"
#undef GG_REAL
#undef GG_SMALLEST
#undef GG_VEC
#undef GG_WIDTH
#undef GG_OWN
#undef GG_NAME
#undef GG_MATH

#define GG_REAL float
#define GG_SMALLEST __FLT_MIN__
#define GG_VEC gg_f32s
#define GG_WIDTH (GG_VECTOR_BYTES / 4)
#define GG_OWN(name) gg_f32s_##name
#define GG_NAME(name) gg_##name##f
#define GG_MATH(name) gg_##name##f
#include "gg_small_kernels.h"
#include GG_LARGE_KERNELS
#include "gg_factor_kernels.h"
#undef GG_REAL
#undef GG_SMALLEST
#undef GG_VEC
#undef GG_WIDTH
#undef GG_OWN
#undef GG_NAME
#undef GG_MATH

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

#endif
