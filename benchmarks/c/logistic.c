/* Logistic regression. The gradient reads A once: a block of rows is multiplied by w, its margins become weights,
 * and the rows, still in the first-level cache, are added up with these weights. One exp serves log1p(exp) and its
 * slope. Checked against NumPy by hand.
 * The products of a block are gradgen's gg_gemv and gg_gemv_t_add. */
#include "bench.h"
#include "gg_products.h"

enum { ROWS = 64 };

/* log(1 + exp(-m)) and exp(-m) / (1 + exp(-m)) with the exp that they share, of -|m|: neither overflows. Written with
 * fabs, gcc would join it with the choice in `slope` to a branch, and not vectorise. */
GG_INLINE double tail(double m) { return gg_exp(gg_minimum(m, -m)); }
GG_INLINE double softplus(double m, double e) { return gg_maximum(-m, 0.0) + gg_log1p(e); }
GG_INLINE double slope(double m, double e) { return (m < 0.0 ? 1.0 : e) / (1.0 + e); }

static double ridge(ptrdiff_t n, double mu, const double *w) { return 0.5 * mu * gg_dot(n, w, w); }

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
            total += softplus(margin, tail(margin));
        }
    }
    *OUT(0) = total / (double)m + ridge(n, *IN(3), w);
    return GG_OK;
}

ENTRY(gradient)
{
    UNUSED;
    const ptrdiff_t n = dims[0], m = dims[1];
    const double *restrict w = IN(0), *restrict A = IN(1), *restrict y = IN(2);
    const double mu = *IN(3), per = -1.0 / (double)m;
    double *restrict g = OUT(1);
    double total = 0.0, product[ROWS];
    for (ptrdiff_t j = 0; j < n; ++j)
        g[j] = mu * w[j];
    for (ptrdiff_t i0 = 0; i0 < m; i0 += ROWS) {
        const ptrdiff_t rows = m - i0 < ROWS ? m - i0 : ROWS;
        gg_gemv(rows, n, A + n * i0, n, w, product);
        GG_SIMD_REDUCE(+ : total)
        for (ptrdiff_t i = 0; i < rows; ++i) {
            const double margin = y[i0 + i] * product[i], e = tail(margin);
            total += softplus(margin, e);
            product[i] = per * y[i0 + i] * slope(margin, e);
        }
        gg_gemv_t_add(rows, n, A + n * i0, n, product, g);
    }
    *OUT(0) = total / (double)m + ridge(n, mu, w);
    return GG_OK;
}
