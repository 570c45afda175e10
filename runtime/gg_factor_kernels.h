/* gg_factor_kernels.h: the functions of gg_factor.h for one type; see gg_small_kernels.h.
 *
 * SPDX-License-Identifier: 0BSD (in full in gg_factor.h) */

GG_INLINE int GG_NAME(cholesky)(ptrdiff_t n, const GG_REAL *a, GG_REAL *out, GG_REAL *work)
{
    int status = GG_OK;
    (void)work;
    if (GG_IS_TINY(n, GG_TINY_CHOLESKY)) {
        status = GG_OWN(cholesky_tiny)(n, a, out);
    } else if (n <= GG_TILE) {
        GG_TILE_ARRAY(tile);
        status = GG_OWN(cholesky_tile)(n, GG_OWN(wide)(n), a, n, tile);
        if (status != GG_OK) return status;
        GG_OWN(cholesky_put)(n, GG_OWN(wide)(n), tile, out, n);
    } else {
        for (ptrdiff_t i = 0; i < n; ++i)
            for (ptrdiff_t j = 0; j < n; ++j)
                out[i * n + j] = j <= i ? a[i * n + j] : 0;
        status = GG_OWN(cholesky_large)(n, out);
    }
    for (ptrdiff_t i = 0; i < n; ++i)
        for (ptrdiff_t j = i + 1; j < n; ++j)
            out[i * n + j] = 0;
    return status;
}

GG_INLINE int GG_NAME(lu)(ptrdiff_t n, const GG_REAL *a, GG_REAL *out, GG_REAL *work)
{
    (void)work;
    if (GG_IS_TINY(n, GG_TINY_LU)) {
        GG_OWN(lu_tiny)(n, a, out);
        return GG_OK;
    }
    if (n <= GG_TILE) {
        GG_OWN(lu_small)(n, GG_OWN(wide)(n), a, out);
        return GG_OK;
    }
    for (ptrdiff_t i = 0; i < n * n; ++i)
        out[i] = a[i];
    return GG_OWN(lu_large)(n, out);
}

/* ---- triangles -------------------------------------------------------------------------------------- */
GG_INLINE int GG_OWN(solve_in_place)(ptrdiff_t n, ptrdiff_t k, int lower, int transposed, int unit, const GG_REAL *t,
                                     GG_REAL *x)
{
    const int forward = !lower == !!transposed;
    if (n > GG_TILE) return GG_OWN(substitute_large)(n, k, forward, transposed, unit, t, x);
    GG_OWN(substitute)(n, k, forward, unit, t, transposed ? 1 : n, transposed ? n : 1, x, k);
    return GG_OK;
}

GG_INLINE int GG_OWN(zero_on_diagonal)(ptrdiff_t n, const GG_REAL *t)
{
    int zeros = 0;
    for (ptrdiff_t i = 0; i < n; ++i)
        zeros |= t[i * n + i] == 0;
    return zeros;
}

GG_INLINE int GG_NAME(triangular_solve)(ptrdiff_t n, ptrdiff_t k, int lower, int transposed, int unit, const GG_REAL *t,
                                        const GG_REAL *b, GG_REAL *out, GG_REAL *work)
{
    (void)work;
    if (!unit && GG_OWN(zero_on_diagonal)(n, t)) return GG_SINGULAR;
    for (ptrdiff_t i = 0; i < n * k; ++i)
        out[i] = b[i];
    return GG_OWN(solve_in_place)(n, k, lower, transposed, unit, t, out);
}

/* ---- LU --------------------------------------------------------------------------------------------- */
GG_INLINE void GG_OWN(swap_rows)(ptrdiff_t k, GG_REAL *x, ptrdiff_t i, ptrdiff_t other)
{
    GG_SIMD
    for (ptrdiff_t c = 0; c < k; ++c) {
        const GG_REAL moved = x[i * k + c];
        x[i * k + c] = x[other * k + c];
        x[other * k + c] = moved;
    }
}

/* a = L U P: x = P^T U^-1 L^-1 x */
GG_INLINE int GG_OWN(lu_in_place)(ptrdiff_t n, ptrdiff_t k, const GG_REAL *f, GG_REAL *x)
{
    if (GG_OWN(zero_on_diagonal)(n, f)) return GG_SINGULAR;
    if (GG_OWN(solve_in_place)(n, k, 1, 0, 0, f, x) != GG_OK) return GG_SIZE;
    if (GG_OWN(solve_in_place)(n, k, 0, 0, 1, f, x) != GG_OK) return GG_SIZE;
    for (ptrdiff_t i = n; i-- > 0;)
        GG_OWN(swap_rows)(k, x, i, (ptrdiff_t)f[n * n + i]);
    return GG_OK;
}

GG_INLINE int GG_NAME(lu_solve)(ptrdiff_t n, ptrdiff_t k, const GG_REAL *f, const GG_REAL *b, GG_REAL *out,
                                GG_REAL *work)
{
    (void)work;
    for (ptrdiff_t i = 0; i < n * k; ++i)
        out[i] = b[i];
    return GG_OWN(lu_in_place)(n, k, f, out);
}

/* a^T = P^T U^T L^T: x = L^-T U^-T P x */
GG_INLINE int GG_NAME(lu_solve_t)(ptrdiff_t n, ptrdiff_t k, const GG_REAL *f, const GG_REAL *b, GG_REAL *out,
                                  GG_REAL *work)
{
    (void)work;
    if (GG_OWN(zero_on_diagonal)(n, f)) return GG_SINGULAR;
    for (ptrdiff_t i = 0; i < n * k; ++i)
        out[i] = b[i];
    for (ptrdiff_t i = 0; i < n; ++i)
        GG_OWN(swap_rows)(k, out, i, (ptrdiff_t)f[n * n + i]);
    if (GG_OWN(solve_in_place)(n, k, 0, 1, 1, f, out) != GG_OK) return GG_SIZE;
    return GG_OWN(solve_in_place)(n, k, 1, 1, 0, f, out);
}

GG_INLINE int GG_NAME(lu_inverse)(ptrdiff_t n, const GG_REAL *f, GG_REAL *out, GG_REAL *work)
{
    (void)work;
    for (ptrdiff_t i = 0; i < n; ++i)
        for (ptrdiff_t j = 0; j < n; ++j)
            out[i * n + j] = i == j;
    return GG_OWN(lu_in_place)(n, n, f, out);
}

GG_INLINE int GG_NAME(lu_slogdet)(ptrdiff_t n, const GG_REAL *f, GG_REAL *out)
{
    GG_REAL sign = 1, log = 0;
    for (ptrdiff_t i = 0; i < n; ++i) {
        const GG_REAL pivot = f[i * n + i];
        const int swapped = f[n * n + i] != (GG_REAL)i;
        sign = pivot == 0 ? 0 : (pivot < 0) != swapped ? -sign : sign;
        log += GG_MATH(log)(GG_MATH(fabs)(pivot));
    }
    out[0] = sign;
    out[1] = log;
    return GG_OK;
}

/* The product of the pivots; by their logarithms where it is, on the way, too large or too small to be exact. */
GG_INLINE int GG_NAME(lu_det)(ptrdiff_t n, const GG_REAL *f, GG_REAL *out)
{
    GG_REAL product = 1, least = 1, most = 1, both[2];
    for (ptrdiff_t i = 0; i < n; ++i) {
        product *= f[n * n + i] != (GG_REAL)i ? -f[i * n + i] : f[i * n + i];
        const GG_REAL size = GG_MATH(fabs)(product);
        least = size < least ? size : least;
        most = size > most ? size : most;
    }
    if (least < GG_SMALLEST || most == (GG_REAL)GG_INF) {
        GG_NAME(lu_slogdet)(n, f, both);
        product = both[0] * GG_MATH(exp)(both[1]);
    }
    out[0] = product;
    return GG_OK;
}
