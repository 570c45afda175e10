/* gg_matrix_functions_kernels.h: the functions of gg_matrix_functions.h for the type GG_REAL; that file includes this
 * one twice.
 *
 * A function is computed on a matrix together with its derivatives along k directions: `parts` = 2^k matrices one
 * after another, of which number s is the mixed derivative along the directions in the bits of s.  Sums go part by
 * part; a product is (x y)_s = sum over the subsets t of s of x_t y_{s - t}.
 *
 * SPDX-License-Identifier: 0BSD (in full in gg_matrix_functions.h) */

/* ---- matrices with their derivatives ----------------------------------------------------------- */
/* out = the part s of x y, without the product of x itself and the part s of y */
GG_MATRIX void GG_NAME(jet_rest)(ptrdiff_t n, int s, const GG_REAL *x, const GG_REAL *y, GG_REAL *out)
{
    const ptrdiff_t size = n * n;
    for (ptrdiff_t i = 0; i < size; ++i) out[i] = 0;
    for (int t = s; t > 0; t = (t - 1) & s)
        GG_NAME(gemm_add)(n, n, n, x + t * size, n, y + (s ^ t) * size, n, out, n);
}

GG_MATRIX void GG_NAME(jet_product)(ptrdiff_t n, int parts, const GG_REAL *x, const GG_REAL *y, GG_REAL *out)
{
    const ptrdiff_t size = n * n;
    for (int s = 0; s < parts; ++s) {
        GG_NAME(jet_rest)(n, s, x, y, out + s * size);
        GG_NAME(gemm_add)(n, n, n, x, n, y + s * size, n, out + s * size, n);
    }
}

/* out = x^-1 y, where f is the factor of x itself; without y the inverse.  work: n^2 */
GG_MATRIX int GG_NAME(jet_solve)(ptrdiff_t n, int parts, const GG_REAL *f, const GG_REAL *x, const GG_REAL *y,
                                 GG_REAL *out, GG_REAL *work)
{
    const ptrdiff_t size = n * n;
    int status = GG_OK;
    for (int s = 0; s < parts && status == GG_OK; ++s) {
        GG_NAME(jet_rest)(n, s, x, out, work);
        for (ptrdiff_t i = 0; i < size; ++i)
            work[i] = (y ? y[s * size + i] : (GG_REAL)(s == 0 && i % (n + 1) == 0)) - work[i];
        status = GG_NAME(lu_solve)(n, n, f, work, out + s * size, 0);
    }
    return status;
}

GG_MATRIX void GG_NAME(jet_scale)(ptrdiff_t count, GG_REAL factor, GG_REAL *x)
{
    for (ptrdiff_t i = 0; i < count; ++i) x[i] *= factor;
}

/* The largest sum over a column of |x - shift I|, NaN if there is one.  work: n */
GG_MATRIX GG_REAL GG_NAME(distance)(ptrdiff_t n, const GG_REAL *x, GG_REAL shift, GG_REAL *work)
{
    GG_REAL most = 0;
    for (ptrdiff_t j = 0; j < n; ++j) work[j] = 0;
    for (ptrdiff_t i = 0; i < n; ++i)
        for (ptrdiff_t j = 0; j < n; ++j) work[j] += GG_NAME(fabs)(x[i * n + j] - (i == j ? shift : 0));
    for (ptrdiff_t j = 0; j < n; ++j) most = work[j] > most || work[j] != work[j] ? work[j] : most;
    return most;
}

/* ---- the exponential --------------------------------------------------------------------------- */
/* The norm of |x|^27, each element taken positive.  work: 2 n */
GG_MATRIX double GG_NAME(norm_of_power)(ptrdiff_t n, const GG_REAL *x, GG_REAL *work)
{
    GG_REAL *sums = work, *next = work + n;
    double most = 0;
    for (ptrdiff_t j = 0; j < n; ++j) sums[j] = 1;
    for (int power = 0; power < 27; ++power) {
        for (ptrdiff_t j = 0; j < n; ++j) next[j] = 0;
        for (ptrdiff_t i = 0; i < n; ++i)
            for (ptrdiff_t j = 0; j < n; ++j) next[j] += sums[i] * GG_NAME(fabs)(x[i * n + j]);
        GG_REAL *const kept = sums;
        sums = next;
        next = kept;
    }
    for (ptrdiff_t j = 0; j < n; ++j) most = (double)sums[j] > most ? (double)sums[j] : most;
    return most;
}

/* x is small, so are its powers 2, 4 and 6 in even; but if high powers of x are smaller than its norm tells, it has
 * been halved too often.  How often, at most `halved` times.  work: 2 n */
GG_MATRIX int GG_NAME(halved_too_often)(ptrdiff_t n, ptrdiff_t stride, const GG_REAL *x, const GG_REAL *even,
                                        double norm, double limit, int halved, GG_REAL *work)
{
    const double fourth = (double)GG_NAME(distance)(n, even + stride, 0, work);
    const double sixth = (double)GG_NAME(distance)(n, even + 2 * stride, 0, work);
    double error = GG_PADE_13_ERROR * GG_NAME(norm_of_power)(n, x, work) / norm, square = 1;
    int times = 0;
    for (; times < halved; ++times) {
        square *= 4;
        error *= 0x1p26;
        const double quartic = limit * limit * limit * limit / (square * square);
        if (fourth > quartic || sixth > quartic * limit * limit / square || error > (double)GG_EPSILON / 2) break;
    }
    return times;
}

/* The even part of the approximant (first = 0) or the odd one over x (first = 1) */
GG_MATRIX void GG_NAME(pade_part)(ptrdiff_t n, int parts, int first, const GG_REAL *even, GG_REAL *sum, GG_REAL *out)
{
    const ptrdiff_t all = parts * n * n;
    const GG_REAL *const x2 = even, *const x4 = x2 + all, *const x6 = x4 + all;
    const double *const c = gg_pade_13 + first;
    for (ptrdiff_t i = 0; i < all; ++i)
        sum[i] = (GG_REAL)c[12] * x6[i] + (GG_REAL)c[10] * x4[i] + (GG_REAL)c[8] * x2[i];
    GG_NAME(jet_product)(n, parts, x6, sum, out);
    for (ptrdiff_t i = 0; i < all; ++i)
        out[i] += (GG_REAL)c[6] * x6[i] + (GG_REAL)c[4] * x4[i] + (GG_REAL)c[2] * x2[i];
    for (ptrdiff_t i = 0; i < n; ++i) out[i * (n + 1)] += (GG_REAL)c[0];
}

/* Up to these norms the approximant is exact to rounding, and so are its derivatives along 1, 2 and 3 directions. */
GG_MATRIX double GG_NAME(pade_limit)(int parts)
{
    return parts == 1 ? 5.37 : parts == 2 ? 4.74 : parts == 4 ? 4.4 : 4.0;
}

/* x becomes its exponential.  work: 6 parts n^2 + 2 n^2 + n */
GG_MATRIX int GG_NAME(jet_exp)(ptrdiff_t n, int parts, GG_REAL *x, GG_REAL *work)
{
    const ptrdiff_t all = parts * n * n;
    GG_REAL *const x2 = work, *const x4 = x2 + all, *const x6 = x4 + all;
    GG_REAL *const odd = x6 + all, *const even = odd + all, *const sum = even + all, *const f = sum + all;
    const double limit = GG_NAME(pade_limit)(parts);
    double norm = (double)GG_NAME(distance)(n, x, 0, f);
    int halved = 0;
    if (!(norm < (double)GG_LARGEST)) return GG_NO_CONVERGENCE;
    for (; norm > limit; norm /= 2, ++halved) GG_NAME(jet_scale)(all, (GG_REAL)0.5, x);
    GG_NAME(jet_product)(n, parts, x, x, x2);
    GG_NAME(jet_product)(n, parts, x2, x2, x4);
    GG_NAME(jet_product)(n, parts, x4, x2, x6);
    if (halved > 0) {
        int back = GG_NAME(halved_too_often)(n, all, x, x2, norm, limit, halved, sum);
        for (halved -= back; back > 0; --back) {
            GG_NAME(jet_scale)(all, 2, x);
            GG_NAME(jet_scale)(all, 4, x2);
            GG_NAME(jet_scale)(all, 16, x4);
            GG_NAME(jet_scale)(all, 64, x6);
        }
    }
    GG_NAME(pade_part)(n, parts, 0, x2, sum, even);
    GG_NAME(pade_part)(n, parts, 1, x2, sum, odd);
    GG_NAME(jet_product)(n, parts, x, odd, sum);
    for (ptrdiff_t i = 0; i < all; ++i) x2[i] = even[i] - sum[i];
    for (ptrdiff_t i = 0; i < all; ++i) x4[i] = even[i] + sum[i];
    GG_NAME(lu)(n, x2, f, 0);
    const int status = GG_NAME(jet_solve)(n, parts, f, x2, x4, x, f + n * n + n);
    for (; halved > 0 && status == GG_OK; --halved) {
        GG_NAME(jet_product)(n, parts, x, x, sum);
        for (ptrdiff_t i = 0; i < all; ++i) x[i] = sum[i];
    }
    return status;
}

/* ---- the root ---------------------------------------------------------------------------------- */
/* x becomes its root: m -> (2 I + mu m + (mu m)^-1) / 4 tends to I, x -> x (sqrt(mu) I + (sqrt(mu) m)^-1) / 2 to the
 * root.  Derivatives along k directions arrive k steps after it.  work: 3 parts n^2 + 2 n^2 + n */
GG_MATRIX int GG_NAME(jet_sqrt)(ptrdiff_t n, int parts, GG_REAL *x, GG_REAL *work)
{
    const ptrdiff_t all = parts * n * n;
    GG_REAL *const m = work, *const inverse = m + all, *const moved = inverse + all, *const f = moved + all;
    GG_REAL slogdet[2], far = GG_LARGEST;
    int more = parts;
    if (n == 0) return GG_OK;
    for (ptrdiff_t i = 0; i < all; ++i) m[i] = x[i];
    for (int step = 0; step < 60; ++step) {
        GG_NAME(lu)(n, m, f, 0);
        GG_NAME(lu_slogdet)(n, f, slogdet);
        if (!(slogdet[0] > 0 && slogdet[1] > -GG_LARGEST)) return GG_NO_CONVERGENCE;
        if (GG_NAME(jet_solve)(n, parts, f, m, 0, inverse, f + n * n + n) != GG_OK) return GG_NO_CONVERGENCE;
        const GG_REAL root = far > (GG_REAL)0.01 ? GG_NAME(exp)(-slogdet[1] / (GG_REAL)(2 * n)) : 1;
        for (ptrdiff_t i = 0; i < all; ++i) m[i] = (GG_REAL)0.25 * (root * root * m[i] + inverse[i] / (root * root));
        for (ptrdiff_t i = 0; i < all; ++i) inverse[i] *= (GG_REAL)0.5 / root;
        for (ptrdiff_t i = 0; i < n; ++i) m[i * (n + 1)] += (GG_REAL)0.5;
        for (ptrdiff_t i = 0; i < n; ++i) inverse[i * (n + 1)] += (GG_REAL)0.5 * root;
        GG_NAME(jet_product)(n, parts, x, inverse, moved);
        for (ptrdiff_t i = 0; i < all; ++i) x[i] = moved[i];
        const GG_REAL before = far;
        far = GG_NAME(distance)(n, m, 1, f);
        if (!(far < GG_LARGEST)) return GG_NO_CONVERGENCE;
        /* there, or as near as rounding allows */
        const int near = far <= (GG_REAL)(n + 1) * GG_EPSILON || (far < (GG_REAL)1e-3 && far >= before / 2);
        if (near && (more /= 2) == 0) return GG_OK;
    }
    return GG_NO_CONVERGENCE;
}

/* ---- the logarithm ----------------------------------------------------------------------------- */
/* x becomes log(I + x) = sum over the nodes of weight (I + node x)^-1 x.  work: 3 parts n^2 + 2 n^2 + n */
GG_MATRIX int GG_NAME(jet_log1p)(ptrdiff_t n, int parts, GG_REAL *x, GG_REAL *work)
{
    const ptrdiff_t all = parts * n * n;
    GG_REAL *const y = work, *const term = y + all, *const total = term + all, *const f = total + all;
    for (ptrdiff_t i = 0; i < all; ++i) total[i] = 0;
    for (int k = 0; k < 8; ++k) {
        for (ptrdiff_t i = 0; i < all; ++i) y[i] = (GG_REAL)gg_nodes_8[k] * x[i];
        for (ptrdiff_t i = 0; i < n; ++i) y[i * (n + 1)] += 1;
        GG_NAME(lu)(n, y, f, 0);
        const int status = GG_NAME(jet_solve)(n, parts, f, y, x, term, f + n * n + n);
        if (status != GG_OK) return status;
        for (ptrdiff_t i = 0; i < all; ++i) total[i] += (GG_REAL)gg_weights_8[k] * term[i];
    }
    for (ptrdiff_t i = 0; i < all; ++i) x[i] = total[i];
    return GG_OK;
}

/* x becomes its logarithm, 2^k times that of its root of order 2^k.  work: 3 parts n^2 + 2 n^2 + n */
GG_MATRIX int GG_NAME(jet_log)(ptrdiff_t n, int parts, GG_REAL *x, GG_REAL *work)
{
    GG_REAL scale = 1, far = GG_NAME(distance)(n, x, 1, work);
    int status = far < GG_LARGEST ? GG_OK : GG_NO_CONVERGENCE;
    for (int roots = 0; status == GG_OK && far > (GG_REAL)0.25; ++roots, scale *= 2) {
        status = roots < 40 ? GG_NAME(jet_sqrt)(n, parts, x, work) : GG_NO_CONVERGENCE;
        far = GG_NAME(distance)(n, x, 1, work);
    }
    for (ptrdiff_t i = 0; i < n; ++i) x[i * (n + 1)] -= 1;
    if (status == GG_OK) status = GG_NAME(jet_log1p)(n, parts, x, work);
    GG_NAME(jet_scale)(parts * n * n, scale, x);
    return status;
}

/* ---- along directions -------------------------------------------------------------------------- */
typedef int GG_NAME(jet_function)(ptrdiff_t n, int parts, GG_REAL *x, GG_REAL *work);

GG_MATRIX int GG_NAME(along)(GG_NAME(jet_function) *function, ptrdiff_t n, int parts, const GG_REAL *a,
                             const GG_REAL *const *directions, GG_REAL *out, GG_REAL *work)
{
    const ptrdiff_t size = n * n;
    for (ptrdiff_t i = 0; i < size; ++i) work[i] = a[i];
    for (ptrdiff_t i = size; i < parts * size; ++i) work[i] = 0;
    for (int part = 1; part < parts; part *= 2, ++directions)
        for (ptrdiff_t i = 0; i < size; ++i) work[part * size + i] = (*directions)[i];
    const int status = function(n, parts, work, work + parts * size);
    for (ptrdiff_t i = 0; i < size; ++i) out[i] = work[(parts - 1) * size + i];
    return status;
}

#define GG_ALONG(name, parts, ...)                                                                     \
    return GG_NAME(along)(GG_NAME(jet_##name), n, parts, a, (const GG_REAL *const[]){__VA_ARGS__}, out, work)

GG_MATRIX int GG_NAME(matrix_exp)(ptrdiff_t n, const GG_REAL *a, GG_REAL *out, GG_REAL *work)
{
    GG_ALONG(exp, 1, 0);
}

GG_MATRIX int GG_NAME(matrix_exp_1)(ptrdiff_t n, const GG_REAL *a, const GG_REAL *e1, GG_REAL *out, GG_REAL *work)
{
    GG_ALONG(exp, 2, e1);
}

GG_MATRIX int GG_NAME(matrix_exp_2)(ptrdiff_t n, const GG_REAL *a, const GG_REAL *e1, const GG_REAL *e2, GG_REAL *out,
                                    GG_REAL *work)
{
    GG_ALONG(exp, 4, e1, e2);
}

GG_MATRIX int GG_NAME(matrix_exp_3)(ptrdiff_t n, const GG_REAL *a, const GG_REAL *e1, const GG_REAL *e2,
                                    const GG_REAL *e3, GG_REAL *out, GG_REAL *work)
{
    GG_ALONG(exp, 8, e1, e2, e3);
}

GG_MATRIX int GG_NAME(matrix_log)(ptrdiff_t n, const GG_REAL *a, GG_REAL *out, GG_REAL *work)
{
    GG_ALONG(log, 1, 0);
}

GG_MATRIX int GG_NAME(matrix_log_1)(ptrdiff_t n, const GG_REAL *a, const GG_REAL *e1, GG_REAL *out, GG_REAL *work)
{
    GG_ALONG(log, 2, e1);
}

GG_MATRIX int GG_NAME(matrix_log_2)(ptrdiff_t n, const GG_REAL *a, const GG_REAL *e1, const GG_REAL *e2, GG_REAL *out,
                                    GG_REAL *work)
{
    GG_ALONG(log, 4, e1, e2);
}

GG_MATRIX int GG_NAME(matrix_log_3)(ptrdiff_t n, const GG_REAL *a, const GG_REAL *e1, const GG_REAL *e2,
                                    const GG_REAL *e3, GG_REAL *out, GG_REAL *work)
{
    GG_ALONG(log, 8, e1, e2, e3);
}

GG_MATRIX int GG_NAME(matrix_sqrt)(ptrdiff_t n, const GG_REAL *a, GG_REAL *out, GG_REAL *work)
{
    GG_ALONG(sqrt, 1, 0);
}

#undef GG_ALONG

/* ---- the equation of Sylvester ------------------------------------------------------------------ */
GG_MATRIX int GG_NAME(sylvester)(ptrdiff_t m, ptrdiff_t n, const GG_REAL *a, const GG_REAL *b, const GG_REAL *q,
                                 GG_REAL *out, GG_REAL *work)
{
    const ptrdiff_t size = m * n;
    GG_REAL *const system = work, *const f = work + size * size;
    for (ptrdiff_t i = 0; i < size * size; ++i) system[i] = 0;
    for (ptrdiff_t i = 0; i < m; ++i)
        for (ptrdiff_t j = 0; j < n; ++j) {
            GG_REAL *const row = system + (i * n + j) * size;
            for (ptrdiff_t k = 0; k < m; ++k) row[k * n + j] += a[i * m + k];
            for (ptrdiff_t k = 0; k < n; ++k) row[i * n + k] += b[k * n + j];
        }
    GG_NAME(lu)(size, system, f, 0);
    return GG_NAME(lu_solve)(size, 1, f, q, out, 0);
}
