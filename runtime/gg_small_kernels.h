/* gg_small_kernels.h: what gg_factor.h does up to GG_TILE, for one type; included once for each.
 *
 * GG_REAL is the type, GG_VEC a vector of GG_WIDTH of them; GG_OWN(name) is a name for use here, GG_NAME(name) one
 * for generated code.  A `tile` is a matrix of at most GG_TILE rows, in rows padded to `wide` = whole vectors.
 *
 * SPDX-License-Identifier: 0BSD (in full in gg_factor.h) */

#define GG_TILE_ARRAY(name) GG_REAL name[GG_TILE * GG_TILE] __attribute__((aligned(64)))
#define GG_ROW_ARRAY(name) GG_REAL name[GG_TILE] __attribute__((aligned(64)))

GG_INLINE ptrdiff_t GG_OWN(wide)(ptrdiff_t n) { return (n + GG_WIDTH - 1) / GG_WIDTH * GG_WIDTH; }

/* y -= a x from the vector that holds `first` to the end of a padded row */
GG_INLINE void GG_OWN(subtract)(ptrdiff_t first, ptrdiff_t wide, GG_REAL a, const GG_REAL *x, GG_REAL *y)
{
    for (ptrdiff_t j = first / GG_WIDTH * GG_WIDTH; j < wide; j += GG_WIDTH)
        *(GG_VEC *)(y + j) -= a * *(const GG_VEC *)(x + j);
}

/* ---- Cholesky --------------------------------------------------------------------------------------- */
/* u = L^T in a tile, from the lower triangle of a; what stands below u's diagonal is of no use */
GG_INLINE int GG_OWN(cholesky_tile)(ptrdiff_t n, ptrdiff_t wide, const GG_REAL *a, ptrdiff_t ld, GG_REAL *u)
{
    for (ptrdiff_t i = 0; i < n * wide; i += GG_WIDTH)
        *(GG_VEC *)(u + i) = (GG_VEC){0};
    for (ptrdiff_t i = 0; i < n; ++i)
        for (ptrdiff_t k = 0; k <= i; ++k)
            u[k * wide + i] = a[i * ld + k];
    for (ptrdiff_t k = 0; k < n; ++k) {
        GG_REAL *row = u + k * wide;
        if (!(row[k] > 0)) return GG_NOT_POSITIVE_DEFINITE;
        const GG_REAL root = GG_MATH(sqrt)(row[k]);
        for (ptrdiff_t j = k / GG_WIDTH * GG_WIDTH; j < wide; j += GG_WIDTH)
            *(GG_VEC *)(row + j) /= root;
        for (ptrdiff_t i = k + 1; i < n; ++i)
            GG_OWN(subtract)(i, wide, row[i], row, u + i * wide);
    }
    return GG_OK;
}

/* L in the lower triangle of out, from u = L^T */
GG_INLINE void GG_OWN(cholesky_put)(ptrdiff_t n, ptrdiff_t wide, const GG_REAL *u, GG_REAL *out, ptrdiff_t ld)
{
    for (ptrdiff_t i = 0; i < n; ++i)
        for (ptrdiff_t k = 0; k <= i; ++k)
            out[i * ld + k] = u[k * wide + i];
}

/* The same for a few rows, which fit in registers without vectors; `l` is L, packed by rows. */
GG_INLINE int GG_OWN(cholesky_tiny)(ptrdiff_t n, const GG_REAL *a, GG_REAL *out)
{
    GG_REAL l[GG_TINY_CHOLESKY * GG_TINY_CHOLESKY];
    GG_UNROLL
    for (ptrdiff_t i = 0; i < n; ++i)
        GG_UNROLL
        for (ptrdiff_t j = 0; j <= i; ++j) {
            GG_REAL rest = a[i * n + j];
            GG_UNROLL
            for (ptrdiff_t p = 0; p < j; ++p)
                rest -= l[i * GG_TINY_CHOLESKY + p] * l[j * GG_TINY_CHOLESKY + p];
            if (j == i && !(rest > 0)) return GG_NOT_POSITIVE_DEFINITE;
            l[i * GG_TINY_CHOLESKY + j] = j == i ? GG_MATH(sqrt)(rest) : rest / l[j * GG_TINY_CHOLESKY + j];
            out[i * n + j] = l[i * GG_TINY_CHOLESKY + j];
        }
    return GG_OK;
}

/* ---- LU --------------------------------------------------------------------------------------------- */
/* Which of row[order[k]], row[order[k + 1]], … is the largest, the first of them: NaN if that is the very first. */
GG_INLINE ptrdiff_t GG_OWN(find_pivot)(ptrdiff_t k, ptrdiff_t n, const GG_REAL *row, const ptrdiff_t *order)
{
    GG_REAL most = GG_MATH(fabs)(row[order[k]]);
    ptrdiff_t best = k;
    for (ptrdiff_t j = k + 1; j < n; ++j) {
        const GG_REAL size = GG_MATH(fabs)(row[order[j]]);
        best = size > most ? j : best;
        most = size > most ? size : most;
    }
    return best;
}

/* Columns stay where they are and are put in order at the end: a swap would store to each row an element that
 * must be loaded in a vector at once.  `u` is a row of U, 0 in the columns in use, so that these keep their L;
 * `open` is 1 in the others. */
GG_INLINE void GG_OWN(lu_small)(ptrdiff_t n, ptrdiff_t wide, const GG_REAL *a, GG_REAL *out)
{
    GG_TILE_ARRAY(tile);
    GG_ROW_ARRAY(u);
    GG_ROW_ARRAY(open);
    ptrdiff_t order[GG_TILE];
    for (ptrdiff_t i = 0; i < n; ++i)
        for (ptrdiff_t j = 0; j < wide; j += GG_WIDTH)
            *(GG_VEC *)(tile + i * wide + j) = GG_OWN(load)(a + i * n + j, gg_clamp(n - j, GG_WIDTH));
    for (ptrdiff_t j = 0; j < wide; ++j)
        open[j] = 1;
    for (ptrdiff_t j = 0; j < n; ++j)
        order[j] = j;
    for (ptrdiff_t k = 0; k < n; ++k) {
        GG_REAL *row = tile + k * wide;
        const ptrdiff_t swap = GG_OWN(find_pivot)(k, n, row, order), column = order[swap];
        out[n * n + k] = (GG_REAL)swap;
        order[swap] = order[k];
        order[k] = column;
        const GG_REAL pivot = row[column], divisor = pivot == 0 ? 1 : pivot;
        GG_SIMD
        for (ptrdiff_t j = 0; j < wide; ++j) {
            const GG_REAL quotient = row[j] / divisor;
            open[j] = j == column ? 0 : open[j];
            u[j] = open[j] != 0 ? quotient : 0;
            row[j] = open[j] != 0 ? quotient : row[j];
        }
        for (ptrdiff_t i = k + 1; i < n; ++i)
            GG_OWN(subtract)(0, wide, tile[i * wide + column], u, tile + i * wide);
    }
    for (ptrdiff_t i = 0; i < n; ++i)
        for (ptrdiff_t j = 0; j < n; ++j)
            out[i * n + j] = tile[i * wide + order[j]];
}

/* The same for a few rows, which fit in registers without vectors; an exchange is a choice in each later column. */
GG_INLINE void GG_OWN(lu_tiny)(ptrdiff_t n, const GG_REAL *a, GG_REAL *out)
{
    GG_REAL f[GG_TINY_LU * GG_TINY_LU];
    GG_UNROLL
    for (ptrdiff_t i = 0; i < n; ++i)
        GG_UNROLL
        for (ptrdiff_t j = 0; j < n; ++j)
            f[i * GG_TINY_LU + j] = a[i * n + j];
    GG_UNROLL
    for (ptrdiff_t k = 0; k < n; ++k) {
        GG_REAL *row = f + k * GG_TINY_LU, most = GG_MATH(fabs)(row[k]);
        ptrdiff_t swap = k;
        GG_UNROLL
        for (ptrdiff_t j = k + 1; j < n; ++j) {
            const GG_REAL size = GG_MATH(fabs)(row[j]);
            swap = size > most ? j : swap;
            most = size > most ? size : most;
        }
        out[n * n + k] = (GG_REAL)swap;
        GG_UNROLL
        for (ptrdiff_t i = 0; i < n; ++i) {
            const GG_REAL moved = f[i * GG_TINY_LU + k];
            GG_UNROLL
            for (ptrdiff_t j = k + 1; j < n; ++j) {
                const GG_REAL other = f[i * GG_TINY_LU + j];
                f[i * GG_TINY_LU + k] = swap == j ? other : f[i * GG_TINY_LU + k];
                f[i * GG_TINY_LU + j] = swap == j ? moved : other;
            }
        }
        const GG_REAL divisor = row[k] == 0 ? 1 : row[k];
        GG_UNROLL
        for (ptrdiff_t j = k + 1; j < n; ++j)
            row[j] /= divisor;
        GG_UNROLL
        for (ptrdiff_t i = k + 1; i < n; ++i)
            GG_UNROLL
            for (ptrdiff_t j = k + 1; j < n; ++j)
                f[i * GG_TINY_LU + j] -= f[i * GG_TINY_LU + k] * row[j];
    }
    GG_UNROLL
    for (ptrdiff_t i = 0; i < n; ++i)
        GG_UNROLL
        for (ptrdiff_t j = 0; j < n; ++j)
            out[i * n + j] = f[i * GG_TINY_LU + j];
}

/* ---- triangles -------------------------------------------------------------------------------------- */
/* x = op(t)^-1 x for n x k x: element (i, j) of op(t) stands at t[i * down + j * along], `forward` if it is lower
 * triangular.  Each row of x is finished and its multiples leave the others, so that these wait for nothing else. */
GG_INLINE void GG_OWN(substitute)(ptrdiff_t n, ptrdiff_t k, int forward, int unit, const GG_REAL *t, ptrdiff_t down,
                                  ptrdiff_t along, GG_REAL *x, ptrdiff_t ld)
{
    for (ptrdiff_t step = 0; step < n; ++step) {
        const ptrdiff_t i = forward ? step : n - 1 - step, first = forward ? i + 1 : 0, last = forward ? n : i;
        GG_REAL *done = x + i * ld;
        if (!unit)
            GG_SIMD
            for (ptrdiff_t c = 0; c < k; ++c)
                done[c] /= t[i * down + i * along];
        for (ptrdiff_t r = first; r < last; ++r)
            GG_SIMD
            for (ptrdiff_t c = 0; c < k; ++c)
                x[r * ld + c] -= t[r * down + i * along] * done[c];
    }
}
