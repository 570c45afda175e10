/* gg_lanes_kernels.h: the functions of gg_lanes.h for one type; see gg_cells_kernels.h.
 *
 * One by one where a matrix is too large, else a vector's worth at a time; to the first failure.
 *
 * SPDX-License-Identifier: 0BSD (in full in gg_lanes.h) */

GG_INLINE int GG_NAME(cholesky_lanes)(ptrdiff_t count, ptrdiff_t n, const GG_REAL *a, GG_REAL *out, GG_REAL *work)
{
    const ptrdiff_t size = n * n;
    int status = GG_OK;
    if (n > GG_LANES_MOST) {
        for (ptrdiff_t i = 0; i < count && status == GG_OK; ++i)
            status = GG_NAME(cholesky)(n, a + i * size, out + i * size, work);
        return status;
    }
    GG_VEC cells[GG_LANES_CELLS];
    for (ptrdiff_t i = 0; i < count && status == GG_OK; i += GG_WIDTH) {
        const ptrdiff_t lanes = gg_clamp(count - i, GG_WIDTH);
        GG_OWN(lanes_in)(lanes, size, a + i * size, cells);
        status = GG_OWN(cholesky_cells)(n, cells);
        GG_OWN(lanes_out)(lanes, size, cells, out + i * size);
    }
    return status;
}

GG_INLINE int GG_NAME(lu_lanes)(ptrdiff_t count, ptrdiff_t n, const GG_REAL *a, GG_REAL *out, GG_REAL *work)
{
    const ptrdiff_t size = n * n, factor = size + n;
    if (n > GG_LANES_MOST || GG_IS_TINY(n, GG_TINY_LU)) {
        for (ptrdiff_t i = 0; i < count; ++i)
            GG_NAME(lu)(n, a + i * size, out + i * factor, work);
        return GG_OK;
    }
    GG_VEC cells[GG_LANES_CELLS];
    for (ptrdiff_t i = 0; i < count; i += GG_WIDTH) {
        const ptrdiff_t lanes = gg_clamp(count - i, GG_WIDTH);
        GG_OWN(lanes_in)(lanes, size, a + i * size, cells);
        GG_OWN(lu_cells)(n, cells);
        GG_OWN(lanes_out)(lanes, factor, cells, out + i * factor);
    }
    return GG_OK;
}

GG_INLINE int GG_OWN(lu_solves)(ptrdiff_t count, ptrdiff_t n, ptrdiff_t k, int transposed, const GG_REAL *f,
                                const GG_REAL *b, GG_REAL *out, GG_REAL *work)
{
    const ptrdiff_t size = n * k, factor = n * n + n;
    int status = GG_OK;
    if (n > GG_LANES_MOST || k > GG_LANES_MOST) {
        for (ptrdiff_t i = 0; i < count && status == GG_OK; ++i)
            status = (transposed ? GG_NAME(lu_solve_t) : GG_NAME(lu_solve))(n, k, f + i * factor, b + i * size,
                                                                            out + i * size, work);
        return status;
    }
    GG_VEC cells[GG_LANES_CELLS], x[GG_LANES_CELLS];
    for (ptrdiff_t i = 0; i < count && status == GG_OK; i += GG_WIDTH) {
        const ptrdiff_t lanes = gg_clamp(count - i, GG_WIDTH);
        GG_OWN(lanes_in)(lanes, factor, f + i * factor, cells);
        GG_OWN(lanes_in)(lanes, size, b + i * size, x);
        status = GG_OWN(lu_solve_cells)(n, k, transposed, cells, x);
        GG_OWN(lanes_out)(lanes, size, x, out + i * size);
    }
    return status;
}

GG_INLINE int GG_NAME(lu_solve_lanes)(ptrdiff_t count, ptrdiff_t n, ptrdiff_t k, const GG_REAL *f, const GG_REAL *b,
                                      GG_REAL *out, GG_REAL *work)
{
    return GG_OWN(lu_solves)(count, n, k, 0, f, b, out, work);
}

GG_INLINE int GG_NAME(lu_solve_t_lanes)(ptrdiff_t count, ptrdiff_t n, ptrdiff_t k, const GG_REAL *f, const GG_REAL *b,
                                        GG_REAL *out, GG_REAL *work)
{
    return GG_OWN(lu_solves)(count, n, k, 1, f, b, out, work);
}

GG_INLINE int GG_NAME(lu_inverse_lanes)(ptrdiff_t count, ptrdiff_t n, const GG_REAL *f, GG_REAL *out, GG_REAL *work)
{
    const ptrdiff_t size = n * n, factor = size + n;
    int status = GG_OK;
    if (n > GG_LANES_MOST) {
        for (ptrdiff_t i = 0; i < count && status == GG_OK; ++i)
            status = GG_NAME(lu_inverse)(n, f + i * factor, out + i * size, work);
        return status;
    }
    GG_VEC cells[GG_LANES_CELLS], x[GG_LANES_CELLS];
    for (ptrdiff_t i = 0; i < count && status == GG_OK; i += GG_WIDTH) {
        const ptrdiff_t lanes = gg_clamp(count - i, GG_WIDTH);
        GG_OWN(lanes_in)(lanes, factor, f + i * factor, cells);
        for (ptrdiff_t r = 0; r < n; ++r)
            for (ptrdiff_t c = 0; c < n; ++c)
                x[r * n + c] = GG_OWN(all)(r == c);
        status = GG_OWN(lu_solve_cells)(n, n, 0, cells, x);
        GG_OWN(lanes_out)(lanes, size, x, out + i * size);
    }
    return status;
}

GG_INLINE int GG_NAME(triangular_solve_lanes)(ptrdiff_t count, ptrdiff_t n, ptrdiff_t k, int lower, int transposed,
                                              int unit, const GG_REAL *t, const GG_REAL *b, GG_REAL *out, GG_REAL *work)
{
    const ptrdiff_t size = n * k, matrix = n * n;
    int status = GG_OK;
    if (n > GG_LANES_MOST || k > GG_LANES_MOST) {
        for (ptrdiff_t i = 0; i < count && status == GG_OK; ++i)
            status = GG_NAME(triangular_solve)(n, k, lower, transposed, unit, t + i * matrix, b + i * size,
                                               out + i * size, work);
        return status;
    }
    GG_VEC cells[GG_LANES_CELLS], x[GG_LANES_CELLS];
    for (ptrdiff_t i = 0; i < count && status == GG_OK; i += GG_WIDTH) {
        const ptrdiff_t lanes = gg_clamp(count - i, GG_WIDTH);
        GG_OWN(lanes_in)(lanes, matrix, t + i * matrix, cells);
        GG_OWN(lanes_in)(lanes, size, b + i * size, x);
        const GG_MASK zeros = GG_OWN(substitute_cells)(n, k, lower, transposed, unit, cells, x);
        status = GG_OWN(any)(zeros) ? GG_SINGULAR : GG_OK;
        GG_OWN(lanes_out)(lanes, size, x, out + i * size);
    }
    return status;
}
