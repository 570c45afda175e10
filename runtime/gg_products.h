/* gg_products.h: products of matrices and vectors, for blocks that stay in cache.
 *
 *   gg_dot(n, x, y)                                  returns x . y
 *   gg_axpy(n, a, x, y)                              y += a x
 *   gg_gemv(m, n, A, lda, x, y)                      y  = A x       A is m x n
 *   gg_gemv_t_add(m, n, A, lda, x, y)                y += A^T x     A is m x n
 *   gg_gemm(m, n, k, A, lda, B, ldb, C, ldc)         C  = A B       A is m x k, B is k x n, C is m x n
 *   gg_gemm_tn(…)                                    C  = A^T B     A is k x m
 *   gg_gemm_nt(…)                                    C  = A B^T     B is n x k
 *   gg_gemm_add(…), gg_gemm_tn_add(…), gg_gemm_nt_add(…)            C += the same
 *
 * and the same for float32 with the suffix f.  Matrices are row-major, ld… is the distance between rows in
 * elements, and a result overlaps no operand.  Generated code streams a tall matrix in blocks of 64 rows
 * through gg_gemv, elementwise work and gg_gemv_t_add; it uses gg_gemm_… where calling BLAS costs too much.
 *
 * Vectors are as wide as the machine's registers.  A tail takes the same code as the rest, its missing
 * lanes loaded as 0, so the bits of a result do not depend on alignment.
 *
 * SPDX-License-Identifier: 0BSD
 * Permission to use, copy, modify, and/or distribute this software for any purpose with or without
 * fee is hereby granted.  THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHORS DISCLAIM ALL WARRANTIES. */
#ifndef GG_PRODUCTS_H
#define GG_PRODUCTS_H

#include "gg_math.h"

/* Lanes that a mask leaves out are not read, wherever they are; gcc does not see the mask, and warns. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Warray-bounds"
#pragma GCC diagnostic ignored "-Waggressive-loop-optimizations"
#endif

#if defined(__AVX512F__)
#define GG_VECTOR_BYTES 64
#define GG_F64S_IDS {0, 1, 2, 3, 4, 5, 6, 7}
#define GG_F32S_IDS {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}
#elif defined(__AVX__)
#define GG_VECTOR_BYTES 32
#define GG_F64S_IDS {0, 1, 2, 3}
#define GG_F32S_IDS {0, 1, 2, 3, 4, 5, 6, 7}
#else
#define GG_VECTOR_BYTES 16
#define GG_F64S_IDS {0, 1}
#define GG_F32S_IDS {0, 1, 2, 3}
#endif

/* a vector in a register; one anywhere in memory; lane numbers, for masks and shuffles */
#define GG_VECTOR __attribute__((vector_size(GG_VECTOR_BYTES)))
typedef double gg_f64s GG_VECTOR;
typedef double gg_f64s_at GG_VECTOR __attribute__((aligned(8), may_alias));
typedef long long gg_f64s_ids GG_VECTOR;
typedef float gg_f32s GG_VECTOR;
typedef float gg_f32s_at GG_VECTOR __attribute__((aligned(4), may_alias));
typedef int gg_f32s_ids GG_VECTOR;

/* Before a loop over a small array: unrolled, the array becomes registers. */
#define GG_UNROLL GG_PRAGMA(GCC unroll 8)

/* gcc would fold a load that several instructions share into each of them, and so load it several times. */
#if defined(__AVX__)
#define GG_KEEP(v) __asm__("" : "+v"(v))
#else
#define GG_KEEP(v) ((void)0)
#endif

GG_INLINE ptrdiff_t gg_clamp(ptrdiff_t count, ptrdiff_t most) { return count < 0 ? 0 : count < most ? count : most; }

/* ---- the first `count` lanes from memory, 0 in the others; and back ------------------------------ */
GG_INLINE gg_f64s gg_f64s_load(const double *p, ptrdiff_t count)
{
#if defined(__AVX512F__)
    return __builtin_ia32_loadupd512_mask((const void *)p, (gg_f64s){0}, (unsigned char)((1u << count) - 1));
#elif defined(__AVX__)
    return __builtin_ia32_maskloadpd256((const void *)p, (gg_f64s_ids)GG_F64S_IDS < (long long)count);
#else
    gg_f64s v = {0};
    for (int lane = 0; lane < count; ++lane)
        v[lane] = p[lane];
    return v;
#endif
}

GG_INLINE gg_f32s gg_f32s_load(const float *p, ptrdiff_t count)
{
#if defined(__AVX512F__)
    return __builtin_ia32_loadups512_mask((const void *)p, (gg_f32s){0}, (unsigned short)((1u << count) - 1));
#elif defined(__AVX__)
    return __builtin_ia32_maskloadps256((const void *)p, (gg_f32s_ids)GG_F32S_IDS < (int)count);
#else
    gg_f32s v = {0};
    for (int lane = 0; lane < count; ++lane)
        v[lane] = p[lane];
    return v;
#endif
}

GG_INLINE void gg_f64s_store(double *p, gg_f64s v, ptrdiff_t count)
{
#if defined(__AVX512F__)
    __builtin_ia32_storeupd512_mask((void *)p, v, (unsigned char)((1u << count) - 1));
#else
    for (int lane = 0; lane < count; ++lane)
        p[lane] = v[lane];
#endif
}

GG_INLINE void gg_f32s_store(float *p, gg_f32s v, ptrdiff_t count)
{
#if defined(__AVX512F__)
    __builtin_ia32_storeups512_mask((void *)p, v, (unsigned short)((1u << count) - 1));
#else
    for (int lane = 0; lane < count; ++lane)
        p[lane] = v[lane];
#endif
}

/* ---- the kernels, once for each type ------------------------------------------------------------- */
#define GG_REAL double
#define GG_VEC gg_f64s
#define GG_WIDTH (GG_VECTOR_BYTES / 8)
#define GG_IDS ((gg_f64s_ids)GG_F64S_IDS)
#define GG_OWN(name) gg_f64s_##name
#define GG_NAME(name) gg_##name
#include "gg_products_kernels.h"
#undef GG_REAL
#undef GG_VEC
#undef GG_WIDTH
#undef GG_IDS
#undef GG_OWN
#undef GG_NAME

#define GG_REAL float
#define GG_VEC gg_f32s
#define GG_WIDTH (GG_VECTOR_BYTES / 4)
#define GG_IDS ((gg_f32s_ids)GG_F32S_IDS)
#define GG_OWN(name) gg_f32s_##name
#define GG_NAME(name) gg_##name##f
#include "gg_products_kernels.h"
#undef GG_REAL
#undef GG_VEC
#undef GG_WIDTH
#undef GG_IDS
#undef GG_OWN
#undef GG_NAME

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

#endif
