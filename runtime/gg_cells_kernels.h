/* gg_cells_kernels.h: factors and solves on cells, as gg_lanes.h means them, for one type; included once for each.
 *
 * GG_REAL is the type, GG_VEC a vector of GG_WIDTH of them, GG_MASK the integers that comparing two gives.
 *
 * SPDX-License-Identifier: 0BSD (in full in gg_lanes.h) */

/* Lanes of a whose number lacks the bit `step`, and between them such lanes of b; or those that have it */
GG_INLINE GG_VEC GG_OWN(interleave)(GG_VEC a, GG_VEC b, int step, int second)
{
#if defined(__clang__)
    GG_VEC both;
    for (int lane = 0; lane < GG_WIDTH; ++lane)
        both[lane] = lane & step ? b[lane - (second ? 0 : step)] : a[lane + (second ? step : 0)];
    return both;
#else
    return __builtin_shuffle(a, b, (GG_IDS & ~step) + (GG_IDS & step) * (GG_WIDTH / step) + (second ? step : 0));
#endif
}

/* Transposes a square of vectors, by exchanging halves, quarters, … of it */
GG_INLINE void GG_OWN(transpose)(GG_VEC *t)
{
    GG_UNROLL_LANES
    for (int step = 1; step < GG_WIDTH; step *= 2)
        GG_UNROLL_LANES
        for (int i = 0; i < GG_WIDTH; ++i)
            if (!(i & step)) {
                const GG_VEC a = t[i], b = t[i + step];
                t[i] = GG_OWN(interleave)(a, b, step, 0);
                t[i + step] = GG_OWN(interleave)(a, b, step, 1);
            }
}

/* Cells from the first `count` of matrices of `size` elements, as whole squares; and back */
GG_INLINE void GG_OWN(lanes_in)(ptrdiff_t count, ptrdiff_t size, const GG_REAL *from, GG_VEC *cells)
{
    for (ptrdiff_t e = 0; e < size; e += GG_WIDTH) {
        GG_VEC t[GG_WIDTH];
        GG_UNROLL_LANES
        for (int lane = 0; lane < GG_WIDTH; ++lane)
            t[lane] = GG_OWN(load)(from + gg_clamp(lane, count - 1) * size + e, gg_clamp(size - e, GG_WIDTH));
        GG_OWN(transpose)(t);
        GG_UNROLL_LANES
        for (int i = 0; i < GG_WIDTH; ++i)
            cells[e + i] = t[i];
    }
}

GG_INLINE void GG_OWN(lanes_out)(ptrdiff_t count, ptrdiff_t size, const GG_VEC *cells, GG_REAL *to)
{
    for (ptrdiff_t e = 0; e < size; e += GG_WIDTH) {
        GG_VEC t[GG_WIDTH];
        GG_UNROLL_LANES
        for (int i = 0; i < GG_WIDTH; ++i)
            t[i] = cells[gg_clamp(e + i, size - 1)];
        GG_OWN(transpose)(t);
        GG_UNROLL_LANES
        for (int lane = 0; lane < GG_WIDTH; ++lane)
            if (lane < count) GG_OWN(store)(to + lane * size + e, t[lane], gg_clamp(size - e, GG_WIDTH));
    }
}

/* In each lane a where the mask is set, else b */
GG_INLINE GG_VEC GG_OWN(choose)(GG_MASK mask, GG_VEC a, GG_VEC b)
{
    return (GG_VEC)(((GG_MASK)a & mask) | ((GG_MASK)b & ~mask));
}

GG_INLINE GG_VEC GG_OWN(lanes_fabs)(GG_VEC x) { return GG_OWN(choose)(x < 0, -x, x); }

GG_INLINE void GG_OWN(lanes_sqrt)(GG_VEC *x)
{
    GG_REAL *cell = (GG_REAL *)x;
    GG_SIMD
    for (int lane = 0; lane < GG_WIDTH; ++lane)
        cell[lane] = GG_MATH(sqrt)(cell[lane]);
}

GG_INLINE int GG_OWN(any)(GG_MASK mask)
{
    int any = 0;
    for (int lane = 0; lane < GG_WIDTH; ++lane)
        any |= mask[lane] != 0;
    return any;
}

/* ---- on cells --------------------------------------------------------------------------------------- */
GG_INLINE int GG_OWN(cholesky_cells)(ptrdiff_t n, GG_VEC *a)
{
    GG_MASK failed = {0};
    for (ptrdiff_t i = 0; i < n; ++i) {
        for (ptrdiff_t j = 0; j <= i; ++j) {
            GG_VEC rest = a[i * n + j];
            for (ptrdiff_t p = 0; p < j; ++p)
                rest -= a[i * n + p] * a[j * n + p];
            a[i * n + j] = j < i ? rest / a[j * n + j] : rest;
        }
        failed |= ~(a[i * n + i] > 0);
        GG_OWN(lanes_sqrt)(a + i * n + i);
        for (ptrdiff_t j = i + 1; j < n; ++j)
            a[i * n + j] = (GG_VEC){0};
    }
    return GG_OWN(any)(failed) ? GG_NOT_POSITIVE_DEFINITE : GG_OK;
}

/* The column of the largest of row k, from k on, in each lane */
GG_INLINE GG_VEC GG_OWN(lanes_pivot)(ptrdiff_t n, ptrdiff_t k, const GG_VEC *row)
{
    GG_VEC most = GG_OWN(lanes_fabs)(row[k]), best = GG_OWN(all)((GG_REAL)k);
    for (ptrdiff_t j = k + 1; j < n; ++j) {
        const GG_VEC size = GG_OWN(lanes_fabs)(row[j]);
        const GG_MASK more = size > most;
        best = GG_OWN(choose)(more, GG_OWN(all)((GG_REAL)j), best);
        most = GG_OWN(choose)(more, size, most);
    }
    return best;
}

/* Of cells `step` apart, number k is exchanged with the later one whose number is `swap`, or with none. */
GG_INLINE void GG_OWN(exchange)(ptrdiff_t n, ptrdiff_t k, GG_VEC swap, GG_VEC *x, ptrdiff_t step)
{
    const GG_VEC moved = x[k * step];
    GG_VEC found = moved;
    for (ptrdiff_t j = k + 1; j < n; ++j) {
        const GG_MASK here = swap == (GG_REAL)j;
        const GG_VEC other = x[j * step];
        found = GG_OWN(choose)(here, other, found);
        x[j * step] = GG_OWN(choose)(here, moved, other);
    }
    x[k * step] = found;
}

GG_INLINE void GG_OWN(lu_cells)(ptrdiff_t n, GG_VEC *a)
{
    for (ptrdiff_t k = 0; k < n; ++k) {
        GG_VEC *row = a + k * n;
        const GG_VEC swap = GG_OWN(lanes_pivot)(n, k, row);
        a[n * n + k] = swap;
        for (ptrdiff_t i = 0; i < n; ++i)
            GG_OWN(exchange)(n, k, swap, a + i * n, 1);
        const GG_VEC divisor = GG_OWN(choose)(row[k] == 0, GG_OWN(all)(1), row[k]);
        for (ptrdiff_t j = k + 1; j < n; ++j)
            row[j] /= divisor;
        for (ptrdiff_t i = k + 1; i < n; ++i)
            for (ptrdiff_t j = k + 1; j < n; ++j)
                a[i * n + j] -= a[i * n + k] * row[j];
    }
}

/* Row i of x over its diagonal, after multiples of rows `first` to `last` are gone: `columns` at a time, a constant */
GG_INLINE void GG_OWN(finish_cells)(ptrdiff_t columns, ptrdiff_t k, ptrdiff_t i, ptrdiff_t first, ptrdiff_t last,
                                    const GG_VEC *row, ptrdiff_t along, const GG_VEC *diagonal, GG_VEC *x)
{
    GG_VEC rest[4];
    GG_UNROLL
    for (ptrdiff_t c = 0; c < columns; ++c)
        rest[c] = x[i * k + c];
    for (ptrdiff_t j = first; j < last; ++j)
        GG_UNROLL
        for (ptrdiff_t c = 0; c < columns; ++c)
            rest[c] -= row[j * along] * x[j * k + c];
    GG_UNROLL
    for (ptrdiff_t c = 0; c < columns; ++c)
        x[i * k + c] = diagonal ? rest[c] / *diagonal : rest[c];
}

/* x = op(t)^-1 x for n x k x, and whether a diagonal has a 0; see substitute in gg_small_kernels.h */
GG_INLINE GG_MASK GG_OWN(substitute_cells)(ptrdiff_t n, ptrdiff_t k, int lower, int transposed, int unit,
                                           const GG_VEC *t, GG_VEC *x)
{
    const int forward = !lower == !!transposed;
    const ptrdiff_t down = transposed ? 1 : n, along = transposed ? n : 1;
    GG_MASK zeros = {0};
    for (ptrdiff_t step = 0; step < n; ++step) {
        const ptrdiff_t i = forward ? step : n - 1 - step, first = forward ? 0 : i + 1, last = forward ? i : n;
        const GG_VEC *row = t + i * down, *diagonal = unit ? 0 : t + i * n + i;
        ptrdiff_t c = 0;
        if (!unit) zeros |= *diagonal == 0;
        for (; c + 4 <= k; c += 4)
            GG_OWN(finish_cells)(4, k, i, first, last, row, along, diagonal, x + c);
        for (; c < k; ++c)
            GG_OWN(finish_cells)(1, k, i, first, last, row, along, diagonal, x + c);
    }
    return zeros;
}

GG_INLINE int GG_OWN(lu_solve_cells)(ptrdiff_t n, ptrdiff_t k, int transposed, const GG_VEC *f, GG_VEC *x)
{
    GG_MASK zeros;
    if (transposed) {
        for (ptrdiff_t i = 0; i < n; ++i)
            for (ptrdiff_t c = 0; c < k; ++c)
                GG_OWN(exchange)(n, i, f[n * n + i], x + c, k);
        GG_OWN(substitute_cells)(n, k, 0, 1, 1, f, x);
        zeros = GG_OWN(substitute_cells)(n, k, 1, 1, 0, f, x);
    } else {
        zeros = GG_OWN(substitute_cells)(n, k, 1, 0, 0, f, x);
        GG_OWN(substitute_cells)(n, k, 0, 0, 1, f, x);
        for (ptrdiff_t i = n; i-- > 0;)
            for (ptrdiff_t c = 0; c < k; ++c)
                GG_OWN(exchange)(n, i, f[n * n + i], x + c, k);
    }
    return GG_OWN(any)(zeros) ? GG_SINGULAR : GG_OK;
}
