/* The Hessian of logistic regression, A^T D A / m + mu, by blocks of rows: the product with w gives their curvature,
 * the rows scaled by it stay in the cache, and their product with the rows is added to strips of columns, each only
 * as far down as the diagonal, which saves two fifths of the work; the rest is copied at the end. BLAS's dsyrk was
 * slower, strips of 16 columns and blocks of 16, 32 or 128 rows too. Checked against NumPy by hand. */
#include "bench.h"
#include "gg_products.h"

enum { ROWS = 64, STRIP = 8 };

ptrdiff_t work_size(const ptrdiff_t *dims) { return 8 * ROWS * (dims[0] + 7); }

GG_INLINE double tail(double m) { return gg_exp(gg_minimum(m, -m)); }

ENTRY(function)
{
    UNUSED;
    const ptrdiff_t n = dims[0], m = dims[1];
    const double *restrict w = IN(0), *restrict A = IN(1), *restrict y = IN(2);
    double total = 0.0, product[ROWS];
    for (ptrdiff_t i0 = 0; i0 < m; i0 += ROWS) {
        const ptrdiff_t rows = m - i0 < ROWS ? m - i0 : ROWS;
        gg_gemv(rows, n, A + n * i0, n, w, product);
        GG_SIMD_REDUCE(+ : total)
        for (ptrdiff_t i = 0; i < rows; ++i) {
            const double margin = y[i0 + i] * product[i];
            total += gg_maximum(-margin, 0.0) + gg_log1p(tail(margin));
        }
    }
    *OUT(0) = total / (double)m + 0.5 * *IN(3) * gg_dot(n, w, w);
    return GG_OK;
}

ENTRY(gradient)
{
    UNUSED;
    const ptrdiff_t n = dims[0], m = dims[1];
    const double *restrict w = IN(0), *restrict A = IN(1);
    const double mu = *IN(3), per = 1.0 / (double)m;
    double *restrict H = OUT(0), *restrict scaled = work;
    double weight[ROWS];
    const ptrdiff_t wide = (n + 7) / 8 * 8;
    for (ptrdiff_t i = 0; i < n; ++i)
        for (ptrdiff_t j = 0; j < n; ++j)
            H[n * i + j] = i == j ? mu : 0.0;
    for (ptrdiff_t i0 = 0; i0 < m; i0 += ROWS) {
        const ptrdiff_t rows = m - i0 < ROWS ? m - i0 : ROWS;
        gg_gemv(rows, n, A + n * i0, n, w, weight);
        GG_SIMD
        for (ptrdiff_t i = 0; i < rows; ++i) {
            const double e = tail(weight[i]);
            weight[i] = per * e / ((1.0 + e) * (1.0 + e));
        }
        for (ptrdiff_t i = 0; i < rows; ++i)
            GG_SIMD
            for (ptrdiff_t j = 0; j < n; ++j)
                scaled[wide * i + j] = weight[i] * A[n * (i0 + i) + j];
        for (ptrdiff_t j = 0; j < n; j += STRIP) {
            const ptrdiff_t to = n - j < STRIP ? n : j + STRIP;
            gg_gemm_tn_add(to, to - j, rows, A + n * i0, n, scaled + j, wide, H + j, n);
        }
    }
    for (ptrdiff_t i = 0; i < n; ++i) /* the strips reach as far down as the diagonal */
        for (ptrdiff_t j = 0; j < i; ++j)
            H[n * i + j] = H[n * j + i];
    return GG_OK;
}
