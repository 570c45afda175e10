/* gg_large_missing.h: what stands in for gg_large_kernels.h where GG_ONLY_SMALL is defined, for one type.
 *
 * SPDX-License-Identifier: 0BSD (in full in gg_factor.h) */

GG_INLINE int GG_OWN(cholesky_large)(ptrdiff_t n, GG_REAL *out) { return (void)n, (void)out, GG_SIZE; }

GG_INLINE int GG_OWN(lu_large)(ptrdiff_t n, GG_REAL *out) { return (void)n, (void)out, GG_SIZE; }

GG_INLINE int GG_OWN(substitute_large)(ptrdiff_t n, ptrdiff_t k, int forward, int transposed, int unit,
                                       const GG_REAL *t, GG_REAL *x)
{
    return (void)n, (void)k, (void)forward, (void)transposed, (void)unit, (void)t, (void)x, GG_SIZE;
}
