/* gg_large_kernels.h: what gg_factor.h does above GG_TILE, for one type; see gg_small_kernels.h.
 *
 * Blocks of GG_TILE rows are worked on as small matrices are, and the rest is products of blocks.
 *
 * SPDX-License-Identifier: 0BSD (in full in gg_factor.h) */

/* C += A B and C += A B^T with A = -a, a copied and negated 64 rows at a time. */
GG_LARGE void GG_OWN(gemm_subtract)(ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, const GG_REAL *a, const GG_REAL *b,
                                    GG_REAL *c, ptrdiff_t ld, int transposed)
{
    GG_REAL minus[64 * GG_TILE];
    for (ptrdiff_t i = 0; i < m; i += 64) {
        const ptrdiff_t rows = gg_clamp(m - i, 64);
        for (ptrdiff_t r = 0; r < rows; ++r)
            for (ptrdiff_t p = 0; p < k; ++p)
                minus[r * GG_TILE + p] = -a[(i + r) * ld + p];
        if (transposed) /* a and b have the same rows, and the rest of C is not wanted */
            GG_NAME(gemm_nt_add)(rows, i + rows, k, minus, GG_TILE, b, ld, c + i * ld, ld);
        else
            GG_NAME(gemm_add)(rows, n, k, minus, GG_TILE, b, ld, c + i * ld, ld);
    }
}

/* Each row x of the m rows becomes x u^-1: u is upper triangular with this diagonal, and strictly upper in a tile
 * with zeros elsewhere.  The row waits in a padded copy, where what is stored can be loaded again at once. */
GG_LARGE void GG_OWN(rows_over)(ptrdiff_t m, const GG_REAL *tile, const GG_REAL *diagonal, GG_REAL *x, ptrdiff_t ld)
{
    GG_ROW_ARRAY(row);
    for (ptrdiff_t i = 0; i < m; ++i, x += ld) {
        for (ptrdiff_t j = 0; j < GG_TILE; ++j)
            row[j] = x[j];
        for (ptrdiff_t k = 0; k < GG_TILE; ++k) {
            row[k] /= diagonal[k];
            GG_OWN(subtract)(k, GG_TILE, row[k], tile + k * GG_TILE, row);
        }
        for (ptrdiff_t j = 0; j < GG_TILE; ++j)
            x[j] = row[j];
    }
}

/* The block on the diagonal, the rows below over its transpose, and the product of these from what is left. */
GG_LARGE int GG_OWN(cholesky_large)(ptrdiff_t n, GG_REAL *out)
{
    GG_TILE_ARRAY(tile);
    GG_ROW_ARRAY(diagonal);
    for (ptrdiff_t k = 0; k < n; k += GG_TILE) {
        const ptrdiff_t size = gg_clamp(n - k, GG_TILE), below = n - k - size;
        GG_REAL *corner = out + k * n + k, *left = corner + size * n;
        if (GG_OWN(cholesky_tile)(size, GG_TILE, corner, n, tile) != GG_OK) return GG_NOT_POSITIVE_DEFINITE;
        GG_OWN(cholesky_put)(size, GG_TILE, tile, corner, n);
        if (below == 0) break;
        for (ptrdiff_t i = 0; i < GG_TILE; ++i) {
            diagonal[i] = tile[i * GG_TILE + i];
            for (ptrdiff_t j = 0; j <= i; ++j)
                tile[i * GG_TILE + j] = 0;
        }
        GG_OWN(rows_over)(below, tile, diagonal, left, n);
        GG_OWN(gemm_subtract)(below, below, size, left, left, left + size, n, 1);
    }
    return GG_OK;
}

/* The columns of `rows` rows swapped as steps `first` to `last` say */
GG_INLINE void GG_OWN(swap_columns)(ptrdiff_t rows, GG_REAL *x, ptrdiff_t ld, const GG_REAL *swaps, ptrdiff_t first,
                                    ptrdiff_t last)
{
    for (ptrdiff_t i = 0; i < rows; ++i, x += ld)
        for (ptrdiff_t k = first; k < last; ++k) {
            const ptrdiff_t other = (ptrdiff_t)swaps[k];
            const GG_REAL moved = x[k];
            x[k] = x[other];
            x[other] = moved;
        }
}

/* Steps `first` to `last`, of these rows only */
GG_INLINE void GG_OWN(lu_panel)(ptrdiff_t n, ptrdiff_t first, ptrdiff_t last, GG_REAL *out)
{
    for (ptrdiff_t k = first; k < last; ++k) {
        GG_REAL *row = out + k * n, most = -1;
        ptrdiff_t column = k;
        GG_SIMD_REDUCE(max : most)
        for (ptrdiff_t j = k; j < n; ++j) {
            const GG_REAL size = GG_MATH(fabs)(row[j]);
            most = size > most ? size : most;
        }
        for (ptrdiff_t j = n; j-- > k;)
            column = GG_MATH(fabs)(row[j]) == most ? j : column;
        out[n * n + k] = (GG_REAL)column;
        GG_OWN(swap_columns)(last - first, out + first * n, n, out + n * n, k, k + 1);
        const GG_REAL divisor = row[k] == 0 ? 1 : row[k];
        GG_SIMD
        for (ptrdiff_t j = k + 1; j < n; ++j)
            row[j] /= divisor;
        for (ptrdiff_t i = k + 1; i < last; ++i)
            GG_NAME(axpy)(n - k - 1, -out[i * n + k], row + k + 1, out + i * n + k + 1);
    }
}

GG_LARGE int GG_OWN(lu_large)(ptrdiff_t n, GG_REAL *out)
{
    GG_TILE_ARRAY(tile);
    GG_ROW_ARRAY(ones);
    for (ptrdiff_t k = 0; k < n; k += GG_TILE) {
        const ptrdiff_t next = k + gg_clamp(n - k, GG_TILE);
        GG_OWN(lu_panel)(n, k, next, out);
        GG_OWN(swap_columns)(k, out, n, out + n * n, k, next);
        GG_OWN(swap_columns)(n - next, out + next * n, n, out + n * n, k, next);
        if (next == n) break;
        for (ptrdiff_t i = 0; i < GG_TILE; ++i) {
            ones[i] = 1;
            for (ptrdiff_t j = 0; j < GG_TILE; ++j)
                tile[i * GG_TILE + j] = j > i ? out[(k + i) * n + k + j] : 0;
        }
        GG_REAL *left = out + next * n + k;
        GG_OWN(rows_over)(n - next, tile, ones, left, n);
        GG_OWN(gemm_subtract)(n - next, n - next, GG_TILE, left, out + k * n + next, left + GG_TILE, n, 0);
    }
    return GG_OK;
}

/* One right-hand side, t read along its rows: a sum for each x, or a multiple of a row for each */
GG_LARGE void GG_OWN(substitute_one)(ptrdiff_t n, int forward, int transposed, int unit, const GG_REAL *t, GG_REAL *x)
{
    for (ptrdiff_t step = 0; step < n; ++step) {
        const ptrdiff_t i = forward ? step : n - 1 - step, before = forward ? 0 : i + 1, after = forward ? i + 1 : 0;
        if (!transposed)
            x[i] -= GG_NAME(dot)(step, t + i * n + before, x + before);
        if (!unit)
            x[i] /= t[i * n + i];
        if (transposed)
            GG_NAME(axpy)(n - 1 - step, -x[i], t + i * n + after, x + after);
    }
}

/* Blocks of GG_TILE rows of x, each finished and then taken from the others as a product, 64 columns at a time */
GG_LARGE void GG_OWN(substitute_many)(ptrdiff_t n, ptrdiff_t k, int forward, int transposed, int unit, const GG_REAL *t,
                                      GG_REAL *x)
{
    GG_REAL minus[GG_TILE * 64];
    const ptrdiff_t down = transposed ? 1 : n, along = transposed ? n : 1;
    for (ptrdiff_t step = 0; step < n; step += GG_TILE) {
        const ptrdiff_t size = gg_clamp(n - step, GG_TILE), others = n - step - size;
        const ptrdiff_t i = forward ? step : others, first = forward ? i + size : 0;
        GG_OWN(substitute)(size, k, forward, unit, t + i * n + i, down, along, x + i * k, k);
        for (ptrdiff_t c = 0; c < k; c += 64) {
            const ptrdiff_t columns = gg_clamp(k - c, 64);
            for (ptrdiff_t r = 0; r < size; ++r)
                for (ptrdiff_t j = 0; j < columns; ++j)
                    minus[r * 64 + j] = -x[(i + r) * k + c + j];
            if (transposed)
                GG_NAME(gemm_tn_add)(others, columns, size, t + i * n + first, n, minus, 64, x + first * k + c, k);
            else
                GG_NAME(gemm_add)(others, columns, size, t + first * n + i, n, minus, 64, x + first * k + c, k);
        }
    }
}

GG_INLINE int GG_OWN(substitute_large)(ptrdiff_t n, ptrdiff_t k, int forward, int transposed, int unit,
                                       const GG_REAL *t, GG_REAL *x)
{
    if (k == 1)
        GG_OWN(substitute_one)(n, forward, transposed, unit, t, x);
    else
        GG_OWN(substitute_many)(n, k, forward, transposed, unit, t, x);
    return GG_OK;
}
