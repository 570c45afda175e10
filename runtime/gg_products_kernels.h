/* gg_products_kernels.h: the kernels of gg_products.h for one type; included once for each.
 *
 * GG_REAL is the type, GG_VEC a vector of GG_WIDTH of them, GG_IDS its lane numbers;
 * GG_OWN(name) is a name for use here, GG_NAME(name) one for generated code.
 * `rows` and `vectors` are constants: a function that takes them is inlined, and so exists once for each.
 *
 * SPDX-License-Identifier: 0BSD (in full in gg_products.h) */

GG_INLINE GG_VEC GG_OWN(read)(const GG_REAL *p, ptrdiff_t lanes)
{
    if (__builtin_constant_p(lanes) && lanes == GG_WIDTH)
        return *(const GG_OWN(at) *)p;
    return GG_OWN(load)(p, lanes);
}

GG_INLINE void GG_OWN(write)(GG_REAL *p, GG_VEC v, ptrdiff_t lanes)
{
    if (lanes == GG_WIDTH)
        *(GG_OWN(at) *)p = v;
    else
        GG_OWN(store)(p, v, lanes);
}

GG_INLINE GG_VEC GG_OWN(all)(GG_REAL x) { return x - (GG_VEC){0}; }

/* Sums of lanes `step` apart: those of a go where a lane's number lacks the bit `step`, those of b elsewhere. */
GG_INLINE GG_VEC GG_OWN(fold)(GG_VEC a, GG_VEC b, int step)
{
#if defined(__clang__)
    GG_VEC sums;
    for (int lane = 0; lane < GG_WIDTH; ++lane)
        sums[lane] = lane & step ? b[lane - step] + b[lane] : a[lane] + a[lane + step];
    return sums;
#else
    const __typeof__(GG_IDS) first = (GG_IDS & ~step) + (GG_IDS & step) * (GG_WIDTH / step);
    return __builtin_shuffle(a, b, first) + __builtin_shuffle(a, b, first + step);
#endif
}

/* y[i] = the sum over the lanes of t[i], i < 4 */
GG_INLINE void GG_OWN(sums)(const GG_VEC *t, GG_REAL *y)
{
    GG_VEC s = GG_OWN(fold)(t[0], t[1], 1);
    const GG_VEC s2 = GG_OWN(fold)(t[2], t[3], 1);
    if (GG_WIDTH == 2) {
        GG_OWN(write)(y, s, 2);
        GG_OWN(write)(y + 2, s2, 2);
        return;
    }
    s = GG_OWN(fold)(s, s2, 2);
    s = GG_WIDTH >= 8 ? GG_OWN(fold)(s, s, 4) : s;
    s = GG_WIDTH >= 16 ? GG_OWN(fold)(s, s, 8) : s;
    GG_OWN(write)(y, s, 4);
}

/* ---- vector with vector --------------------------------------------------------------------------- */
GG_INLINE GG_REAL GG_NAME(dot)(ptrdiff_t n, const GG_REAL *x, const GG_REAL *y)
{
    GG_VEC t[4] = {{0}, {0}, {0}, {0}};
    GG_REAL s[4];
    ptrdiff_t j = 0;
    for (; j + 4 * GG_WIDTH <= n; j += 4 * GG_WIDTH)
        GG_UNROLL
        for (int v = 0; v < 4; ++v)
            t[v] += GG_OWN(read)(x + j + v * GG_WIDTH, GG_WIDTH) * GG_OWN(read)(y + j + v * GG_WIDTH, GG_WIDTH);
    for (; j < n; j += GG_WIDTH) {
        const ptrdiff_t lanes = gg_clamp(n - j, GG_WIDTH);
        t[0] += GG_OWN(read)(x + j, lanes) * GG_OWN(read)(y + j, lanes);
    }
    GG_OWN(sums)(t, s);
    return (s[0] + s[1]) + (s[2] + s[3]);
}

GG_INLINE void GG_NAME(axpy)(ptrdiff_t n, GG_REAL a, const GG_REAL *x, GG_REAL *y)
{
    ptrdiff_t j = 0;
    for (; j + GG_WIDTH <= n; j += GG_WIDTH)
        GG_OWN(write)(y + j, a * GG_OWN(read)(x + j, GG_WIDTH) + GG_OWN(read)(y + j, GG_WIDTH), GG_WIDTH);
    if (j < n)
        GG_OWN(write)(y + j, a * GG_OWN(read)(x + j, n - j) + GG_OWN(read)(y + j, n - j), n - j);
}

/* ---- matrix with vector --------------------------------------------------------------------------- */
GG_INLINE void GG_OWN(four_rows)(const GG_REAL *const *row, const GG_REAL *x, ptrdiff_t j, ptrdiff_t lanes, GG_VEC *t)
{
    GG_VEC xj = GG_OWN(read)(x + j, lanes);
    GG_KEEP(xj);
    GG_UNROLL
    for (int r = 0; r < 4; ++r)
        t[r] += GG_OWN(read)(row[r] + j, lanes) * xj;
}

GG_INLINE void GG_NAME(gemv)(ptrdiff_t m, ptrdiff_t n, const GG_REAL *A, ptrdiff_t lda, const GG_REAL *x, GG_REAL *y)
{
    for (ptrdiff_t i = 0; i < m; i += 4) {
        const GG_REAL *row[4];
        GG_VEC t[4];
        GG_REAL last[4];
        GG_UNROLL
        for (int r = 0; r < 4; ++r) {
            row[r] = A + (i + r < m ? i + r : m - 1) * lda; /* after the last row, the last row again */
            t[r] = (GG_VEC){0};
        }
        ptrdiff_t j = 0;
        for (; j + GG_WIDTH <= n; j += GG_WIDTH)
            GG_OWN(four_rows)(row, x, j, GG_WIDTH, t);
        if (j < n)
            GG_OWN(four_rows)(row, x, j, n - j, t);
        GG_OWN(sums)(t, i + 4 <= m ? y + i : last);
        for (ptrdiff_t r = 0; i + 4 > m && i + r < m; ++r)
            y[i + r] = last[r];
    }
}

/* y[0 .. width) += x A[:, 0 .. width): y in `vectors` registers, `rows` of A at a time; rows * vectors is 8 */
GG_INLINE void GG_OWN(columns)(int rows, int vectors, ptrdiff_t m, ptrdiff_t width, const GG_REAL *A, ptrdiff_t lda,
                               const GG_REAL *x, GG_REAL *y)
{
    GG_VEC t[8];
    ptrdiff_t lanes[4], i = 0;
    GG_UNROLL
    for (int k = 0; k < 8; ++k)
        t[k] = (GG_VEC){0};
    GG_UNROLL
    for (int v = 0; v < vectors; ++v)
        lanes[v] = gg_clamp(width - v * GG_WIDTH, GG_WIDTH);
    for (; i + rows <= m; i += rows)
        GG_UNROLL
        for (int k = 0; k < 8; ++k) {
            const ptrdiff_t r = i + k / vectors, v = k % vectors;
            t[k] += GG_OWN(read)(A + r * lda + v * GG_WIDTH, lanes[v]) * x[r];
        }
    for (; i < m; ++i)
        GG_UNROLL
        for (int v = 0; v < vectors; ++v)
            t[v] += GG_OWN(read)(A + i * lda + v * GG_WIDTH, lanes[v]) * x[i];
    GG_UNROLL
    for (int v = 0; v < vectors; ++v) {
        GG_VEC sum = GG_OWN(read)(y + v * GG_WIDTH, lanes[v]);
        GG_UNROLL
        for (int r = 0; r < rows; ++r)
            sum += t[r * vectors + v];
        GG_OWN(write)(y + v * GG_WIDTH, sum, lanes[v]);
    }
}

/* y += x A, `rows` of A at a time: for rows that lie a power of two apart, whose columns share few lines of the cache */
GG_INLINE void GG_OWN(row_by_row)(int rows, ptrdiff_t n, const GG_REAL *A, ptrdiff_t lda, const GG_REAL *x, GG_REAL *y)
{
    GG_VEC c[4];
    ptrdiff_t j = 0;
    GG_UNROLL
    for (int r = 0; r < rows; ++r)
        c[r] = GG_OWN(all)(x[r]);
    for (; j < n; j += GG_WIDTH) {
        const ptrdiff_t lanes = gg_clamp(n - j, GG_WIDTH);
        GG_VEC sum = GG_OWN(read)(y + j, lanes);
        GG_UNROLL
        for (int r = 0; r < rows; ++r)
            sum += GG_OWN(read)(A + r * lda + j, lanes) * c[r];
        GG_OWN(write)(y + j, sum, lanes);
    }
}

GG_INLINE void GG_NAME(gemv_t_add)(ptrdiff_t m, ptrdiff_t n, const GG_REAL *A, ptrdiff_t lda, const GG_REAL *x,
                                   GG_REAL *y)
{
    ptrdiff_t i = 0, j = 0;
    /* 512 bytes apart or a multiple, and only every eighth set of the cache has lines of a panel */
    if (n > 4 * GG_WIDTH && lda * (ptrdiff_t)sizeof(GG_REAL) % 512 == 0) {
        for (; i + 4 <= m; i += 4)
            GG_OWN(row_by_row)(4, n, A + i * lda, lda, x + i, y);
        for (; i < m; ++i)
            GG_OWN(row_by_row)(1, n, A + i * lda, lda, x + i, y);
        return;
    }
    for (; j + 4 * GG_WIDTH <= n; j += 4 * GG_WIDTH)
        GG_OWN(columns)(2, 4, m, 4 * GG_WIDTH, A + j, lda, x, y + j);
    if (n - j > 2 * GG_WIDTH)
        GG_OWN(columns)(2, 4, m, n - j, A + j, lda, x, y + j);
    else if (n - j > GG_WIDTH)
        GG_OWN(columns)(4, 2, m, n - j, A + j, lda, x, y + j);
    else if (n > j)
        GG_OWN(columns)(8, 1, m, n - j, A + j, lda, x, y + j);
}

/* ---- matrix with matrix --------------------------------------------------------------------------- */
/* C[0 .. rows, 0 .. width) = A B, `add`ed to what is there or not, with that part of C in registers;
 * A[i, p] stands at A[i * down + p * along] */
GG_INLINE void GG_OWN(tile)(int add, int rows, int vectors, ptrdiff_t width, ptrdiff_t k, const GG_REAL *A, ptrdiff_t down,
                            ptrdiff_t along, const GG_REAL *B, ptrdiff_t ldb, GG_REAL *C, ptrdiff_t ldc)
{
    GG_VEC t[4][2];
    const ptrdiff_t lanes[2] = {gg_clamp(width, GG_WIDTH), gg_clamp(width - GG_WIDTH, GG_WIDTH)};
    GG_UNROLL
    for (int r = 0; r < rows; ++r)
        GG_UNROLL
        for (int v = 0; v < vectors; ++v)
            t[r][v] = add ? GG_OWN(read)(C + r * ldc + v * GG_WIDTH, lanes[v]) : (GG_VEC){0};
    for (ptrdiff_t p = 0; p < k; ++p)
        GG_UNROLL
        for (int v = 0; v < vectors; ++v) {
            GG_VEC b = GG_OWN(read)(B + p * ldb + v * GG_WIDTH, lanes[v]);
            GG_KEEP(b);
            GG_UNROLL
            for (int r = 0; r < rows; ++r)
                t[r][v] += A[r * down + p * along] * b;
        }
    GG_UNROLL
    for (int r = 0; r < rows; ++r)
        GG_UNROLL
        for (int v = 0; v < vectors; ++v)
            GG_OWN(write)(C + r * ldc + v * GG_WIDTH, t[r][v], lanes[v]);
}

/* Tiles of C from top to bottom. */
GG_INLINE void GG_OWN(strip)(int add, int vectors, ptrdiff_t width, ptrdiff_t m, ptrdiff_t k, const GG_REAL *A, ptrdiff_t down,
                             ptrdiff_t along, const GG_REAL *B, ptrdiff_t ldb, GG_REAL *C, ptrdiff_t ldc)
{
    ptrdiff_t i = 0;
    for (; i + 4 <= m; i += 4)
        GG_OWN(tile)(add, 4, vectors, width, k, A + i * down, down, along, B, ldb, C + i * ldc, ldc);
    if (i + 2 <= m) {
        GG_OWN(tile)(add, 2, vectors, width, k, A + i * down, down, along, B, ldb, C + i * ldc, ldc);
        i += 2;
    }
    if (i < m)
        GG_OWN(tile)(add, 1, vectors, width, k, A + i * down, down, along, B, ldb, C + i * ldc, ldc);
}

/* Strips of C from left to right. */
GG_INLINE void GG_OWN(strips)(int add, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, const GG_REAL *A, ptrdiff_t down, ptrdiff_t along,
                              const GG_REAL *B, ptrdiff_t ldb, GG_REAL *C, ptrdiff_t ldc)
{
    ptrdiff_t j = 0;
    for (; j + 2 * GG_WIDTH <= n; j += 2 * GG_WIDTH)
        GG_OWN(strip)(add, 2, 2 * GG_WIDTH, m, k, A, down, along, B + j, ldb, C + j, ldc);
    if (n - j > GG_WIDTH)
        GG_OWN(strip)(add, 2, n - j, m, k, A, down, along, B + j, ldb, C + j, ldc);
    else if (n > j)
        GG_OWN(strip)(add, 1, n - j, m, k, A, down, along, B + j, ldb, C + j, ldc);
}

#define GG_SIZES ptrdiff_t m, ptrdiff_t n, ptrdiff_t k
#define GG_MATRICES const GG_REAL *A, ptrdiff_t lda, const GG_REAL *B, ptrdiff_t ldb, GG_REAL *C, ptrdiff_t ldc
GG_INLINE void GG_NAME(gemm)(GG_SIZES, GG_MATRICES) { GG_OWN(strips)(0, m, n, k, A, lda, 1, B, ldb, C, ldc); }
GG_INLINE void GG_NAME(gemm_add)(GG_SIZES, GG_MATRICES) { GG_OWN(strips)(1, m, n, k, A, lda, 1, B, ldb, C, ldc); }
GG_INLINE void GG_NAME(gemm_tn)(GG_SIZES, GG_MATRICES) { GG_OWN(strips)(0, m, n, k, A, 1, lda, B, ldb, C, ldc); }
GG_INLINE void GG_NAME(gemm_tn_add)(GG_SIZES, GG_MATRICES) { GG_OWN(strips)(1, m, n, k, A, 1, lda, B, ldb, C, ldc); }

/* Sums over p would leave each register with one number; so B^T is copied out, 64 x two vectors at a time. */
GG_INLINE void GG_OWN(turned)(int add, GG_SIZES, GG_MATRICES)
{
    GG_REAL block[64 * 2 * GG_WIDTH] __attribute__((aligned(64)));
    for (ptrdiff_t j = 0; j < n; j += 2 * GG_WIDTH) {
        const ptrdiff_t width = gg_clamp(n - j, 2 * GG_WIDTH);
        for (ptrdiff_t p = 0; p < k || p == 0; p += 64) {
            const ptrdiff_t depth = gg_clamp(k - p, 64);
            for (ptrdiff_t c = 0; c < width; ++c)
                for (ptrdiff_t q = 0; q < depth; ++q)
                    block[q * 2 * GG_WIDTH + c] = B[(j + c) * ldb + p + q];
            if (add || p)
                GG_OWN(strips)(1, m, width, depth, A + p, lda, 1, block, 2 * GG_WIDTH, C + j, ldc);
            else
                GG_OWN(strips)(0, m, width, depth, A, lda, 1, block, 2 * GG_WIDTH, C + j, ldc);
        }
    }
}

GG_INLINE void GG_NAME(gemm_nt)(GG_SIZES, GG_MATRICES) { GG_OWN(turned)(0, m, n, k, A, lda, B, ldb, C, ldc); }
GG_INLINE void GG_NAME(gemm_nt_add)(GG_SIZES, GG_MATRICES) { GG_OWN(turned)(1, m, n, k, A, lda, B, ldb, C, ldc); }
#undef GG_SIZES
#undef GG_MATRICES
