/* gg_jacobi_kernels.h: the functions of gg_jacobi.h for the type GG_REAL; that file includes this one twice.
 *
 * SPDX-License-Identifier: 0BSD (in full in gg_jacobi.h) */

/* ---- rows -------------------------------------------------------------------------------------- */
GG_INLINE GG_REAL GG_NAME(row_dot)(ptrdiff_t n, const GG_REAL *x, const GG_REAL *y)
{
    GG_REAL sum = 0;
    GG_SIMD_REDUCE(+ : sum)
    for (ptrdiff_t i = 0; i < n; ++i) sum += x[i] * y[i];
    return sum;
}

GG_INLINE void GG_NAME(row_scale)(ptrdiff_t n, GG_REAL factor, GG_REAL *x)
{
    GG_SIMD
    for (ptrdiff_t i = 0; i < n; ++i) x[i] *= factor;
}

GG_INLINE void GG_NAME(row_exchange)(ptrdiff_t n, GG_REAL *x, GG_REAL *y)
{
    GG_SIMD
    for (ptrdiff_t i = 0; i < n; ++i) {
        const GG_REAL kept = x[i];
        x[i] = y[i];
        y[i] = kept;
    }
}

/* x, y = c x - s y, s x + c y */
GG_INLINE void GG_NAME(row_rotate)(ptrdiff_t n, GG_REAL c, GG_REAL s, GG_REAL *restrict x, GG_REAL *restrict y)
{
    GG_SIMD
    for (ptrdiff_t i = 0; i < n; ++i) {
        const GG_REAL kept = x[i];
        x[i] = c * kept - s * y[i];
        y[i] = s * kept + c * y[i];
    }
}

/* Whether d is 0 in [a d; d b] to the relative tolerance; in float64, where such products have an exponent. */
GG_INLINE int GG_NAME(is_small)(GG_REAL d, GG_REAL tolerance, GG_REAL a, GG_REAL b)
{
    return (double)d * (double)d <= (double)tolerance * (double)tolerance * gg_fabs((double)a * (double)b);
}

/* The smaller angle whose rotation makes [a d; d b] diagonal: its tangent; the new entries are a - t d, b + t d. */
GG_INLINE GG_REAL GG_NAME(jacobi_tangent)(GG_REAL a, GG_REAL b, GG_REAL d)
{
    const GG_REAL z = (b - a) / (2 * d), size = GG_NAME(fabs)(z);
    const GG_REAL root = size < 1 / GG_EPSILON ? GG_NAME(sqrt)(1 + z * z) : size; /* the square might overflow */
    return (z < 0 ? -1 : 1) / (size + root);
}

/* A power of two that brings the largest element into range; 0 if one is not finite. */
GG_INLINE GG_REAL GG_NAME(jacobi_scale)(ptrdiff_t count, const GG_REAL *x)
{
    GG_REAL largest = 0, scale = 1;
    int finite = 1;
    for (ptrdiff_t i = 0; i < count; ++i) {
        const GG_REAL size = GG_NAME(fabs)(x[i]);
        largest = size > largest ? size : largest;
        finite &= x[i] - x[i] == 0;
    }
    if (!finite) return 0;
    while (largest * scale > GG_LARGEST) scale /= GG_LARGEST;
    while (largest > 0 && largest * scale < 1 / GG_LARGEST) scale *= GG_LARGEST;
    return scale;
}

/* Whether a vector is to be turned round. */
GG_INLINE int GG_NAME(is_reversed)(ptrdiff_t n, const GG_REAL *x)
{
    GG_REAL largest = 0;
    ptrdiff_t first = 0;
    for (ptrdiff_t i = 0; i < n; ++i) {
        const GG_REAL size = GG_NAME(fabs)(x[i]);
        largest = size > largest ? size : largest;
    }
    while (first < n - 1 && GG_NAME(fabs)(x[first]) < (GG_REAL)0.9 * largest) ++first;
    return n > 0 && x[first] < 0;
}

/* ---- symmetric matrices ------------------------------------------------------------------------ */
/* a (n x n) becomes diagonal, and the rows of v, if there is one, are rotated with those of a. */
GG_INLINE int GG_NAME(jacobi_diagonalise)(ptrdiff_t n, GG_REAL *a, GG_REAL *v)
{
    for (int sweep = 0; sweep < GG_SWEEPS; ++sweep) {
        int rotated = 0;
        for (ptrdiff_t p = 0; p < n - 1; ++p)
            for (ptrdiff_t q = p + 1; q < n; ++q) {
                GG_REAL *const x = a + p * n, *const y = a + q * n;
                const GG_REAL d = x[q];
                if (GG_NAME(is_small)(d, GG_EPSILON, x[p], y[q])) continue;
                const GG_REAL xp = x[p], yq = y[q], t = GG_NAME(jacobi_tangent)(xp, yq, d);
                const GG_REAL c = 1 / GG_NAME(sqrt)(1 + t * t);
                GG_NAME(row_rotate)(n, c, t * c, x, y);
                for (ptrdiff_t i = 0; i < n; ++i) {
                    a[i * n + p] = x[i];
                    a[i * n + q] = y[i];
                }
                x[p] = xp - t * d;
                y[q] = yq + t * d;
                x[q] = y[p] = 0;
                if (v) GG_NAME(row_rotate)(n, c, t * c, v + p * n, v + q * n);
                rotated = 1;
            }
        if (!rotated) return GG_OK;
    }
    return GG_NO_CONVERGENCE;
}

/* a, brought into range, from one of its triangles; the scale, or 0 if that is not finite */
GG_INLINE GG_REAL GG_NAME(jacobi_symmetric)(ptrdiff_t n, int lower, const GG_REAL *a, GG_REAL *out)
{
    for (ptrdiff_t i = 0; i < n; ++i)
        for (ptrdiff_t j = 0; j <= i; ++j) out[i * n + j] = out[j * n + i] = lower ? a[i * n + j] : a[j * n + i];
    const GG_REAL scale = GG_NAME(jacobi_scale)(n * n, out);
    if (scale != 1) GG_NAME(row_scale)(n * n, scale, out);
    return scale;
}

GG_INLINE int GG_NAME(eigh)(ptrdiff_t n, int lower, const GG_REAL *a, GG_REAL *out, GG_REAL *work)
{
    GG_REAL *const w = out + n * n;
    const GG_REAL scale = GG_NAME(jacobi_symmetric)(n, lower, a, work);
    if (scale == 0) return GG_NO_CONVERGENCE;
    for (ptrdiff_t i = 0; i < n * n; ++i) out[i] = i % (n + 1) == 0;
    if (GG_NAME(jacobi_diagonalise)(n, work, out)) return GG_NO_CONVERGENCE;
    for (ptrdiff_t i = 0; i < n; ++i) w[i] = work[i * n + i] / scale;
    for (ptrdiff_t i = 0; i < n; ++i) {
        ptrdiff_t least = i;
        for (ptrdiff_t j = i + 1; j < n; ++j) least = w[j] < w[least] ? j : least;
        GG_NAME(row_exchange)(1, w + i, w + least);
        GG_NAME(row_exchange)(n, out + i * n, out + least * n);
        if (GG_NAME(is_reversed)(n, out + i * n)) GG_NAME(row_scale)(n, -1, out + i * n);
    }
    return GG_OK;
}

GG_INLINE int GG_NAME(eigvalsh)(ptrdiff_t n, int lower, const GG_REAL *a, GG_REAL *out, GG_REAL *work)
{
    const GG_REAL scale = GG_NAME(jacobi_symmetric)(n, lower, a, work);
    if (scale == 0 || GG_NAME(jacobi_diagonalise)(n, work, 0)) return GG_NO_CONVERGENCE;
    for (ptrdiff_t i = 0; i < n; ++i) {
        const GG_REAL value = work[i * n + i] / scale;
        ptrdiff_t j = i;
        for (; j > 0 && out[j - 1] > value; --j) out[j] = out[j - 1];
        out[j] = value;
    }
    return GG_OK;
}

/* ---- singular values --------------------------------------------------------------------------- */
/* The square of a row's length that counts as 0: it has not all of its digits. */
#define GG_NOTHING (GG_LEAST / GG_EPSILON)

/* The k rows of x, l long, become orthogonal; those of v (k x k), if there is one, are rotated with them.
 * s holds their squared lengths, followed through a sweep and taken anew before each. */
GG_INLINE int GG_NAME(jacobi_orthogonalise)(ptrdiff_t k, ptrdiff_t l, GG_REAL *x, GG_REAL *v, GG_REAL *s)
{
    const GG_REAL tolerance = GG_EPSILON * (4 + GG_NAME(sqrt)((GG_REAL)l));
    for (int sweep = 0; sweep < GG_SWEEPS; ++sweep) {
        int rotated = 0;
        for (ptrdiff_t p = 0; p < k; ++p) s[p] = GG_NAME(row_dot)(l, x + p * l, x + p * l);
        for (ptrdiff_t p = 0; p < k - 1; ++p)
            for (ptrdiff_t q = p + 1; q < k; ++q) {
                const GG_REAL d = GG_NAME(row_dot)(l, x + p * l, x + q * l);
                if (s[p] < GG_NOTHING || s[q] < GG_NOTHING || GG_NAME(is_small)(d, tolerance, s[p], s[q])) continue;
                const GG_REAL t = GG_NAME(jacobi_tangent)(s[p], s[q], d), c = 1 / GG_NAME(sqrt)(1 + t * t);
                GG_NAME(row_rotate)(l, c, t * c, x + p * l, x + q * l);
                if (v) GG_NAME(row_rotate)(k, c, t * c, v + p * k, v + q * k);
                s[p] -= t * d;
                s[q] += t * d;
                rotated = 1;
            }
        if (!rotated) return GG_OK;
    }
    return GG_NO_CONVERGENCE;
}

/* s = the lengths of the rows, descending, and the rows of x and v in that order; the number that are not 0. */
GG_INLINE ptrdiff_t GG_NAME(jacobi_order)(ptrdiff_t k, ptrdiff_t l, GG_REAL *x, GG_REAL *v, GG_REAL *s)
{
    ptrdiff_t rank = 0;
    for (ptrdiff_t i = 0; i < k; ++i) {
        ptrdiff_t most = i;
        for (ptrdiff_t j = i + 1; j < k; ++j) most = s[j] > s[most] ? j : most;
        GG_NAME(row_exchange)(1, s + i, s + most);
        if (x) GG_NAME(row_exchange)(l, x + i * l, x + most * l);
        if (v) GG_NAME(row_exchange)(k, v + i * k, v + most * k);
        s[i] = s[i] >= GG_NOTHING ? GG_NAME(sqrt)(s[i]) : 0;
        rank += s[i] > 0;
    }
    return rank;
}

/* The rows of q from `have` to `want`, l long, made orthonormal to those before: each from the unit vector that these
 * cover least, freed from them twice. */
GG_INLINE void GG_NAME(jacobi_complete)(ptrdiff_t have, ptrdiff_t want, ptrdiff_t l, GG_REAL *q)
{
    for (ptrdiff_t r = have; r < want; ++r) {
        GG_REAL *const row = q + r * l;
        ptrdiff_t least = 0;
        for (ptrdiff_t j = 0; j < l; ++j) row[j] = 0;
        for (ptrdiff_t i = 0; i < r; ++i)
            for (ptrdiff_t j = 0; j < l; ++j) row[j] += q[i * l + j] * q[i * l + j];
        for (ptrdiff_t j = 1; j < l; ++j) least = row[j] < row[least] ? j : least;
        for (ptrdiff_t j = 0; j < l; ++j) row[j] = j == least;
        for (ptrdiff_t i = 0; i < 2 * r; ++i) {
            const GG_REAL *const other = q + i % r * l, part = GG_NAME(row_dot)(l, row, other);
            for (ptrdiff_t j = 0; j < l; ++j) row[j] -= part * other[j];
        }
        GG_NAME(row_scale)(l, 1 / GG_NAME(sqrt)(GG_NAME(row_dot)(l, row, row)), row);
    }
}

/* Rotated are the columns of a if there are fewer of them than rows, which makes U; else the rows, for Vh.  The other
 * of the two, square, is what the rotations make of the identity. */
GG_INLINE int GG_NAME(svd)(ptrdiff_t m, ptrdiff_t n, int full, const GG_REAL *a, GG_REAL *out, GG_REAL *work)
{
    const int tall = m >= n;
    const ptrdiff_t k = tall ? n : m, l = tall ? m : n, left = full ? m : k;
    GG_REAL *const s = out + m * left, *const vh = s + k, *const x = tall ? work : vh, *const v = tall ? vh : out;
    const GG_REAL scale = GG_NAME(jacobi_scale)(m * n, a);
    if (scale == 0) return GG_NO_CONVERGENCE;
    for (ptrdiff_t i = 0; i < k; ++i)
        for (ptrdiff_t j = 0; j < l; ++j) x[i * l + j] = scale * (tall ? a[j * n + i] : a[i * n + j]);
    for (ptrdiff_t i = 0; i < k * k; ++i) v[i] = i % (k + 1) == 0;
    if (GG_NAME(jacobi_orthogonalise)(k, l, x, v, s)) return GG_NO_CONVERGENCE;
    const ptrdiff_t rank = GG_NAME(jacobi_order)(k, l, x, v, s);
    for (ptrdiff_t i = 0; i < rank; ++i) GG_NAME(row_scale)(l, 1 / s[i], x + i * l);
    GG_NAME(jacobi_complete)(rank, full ? l : k, l, x);
    for (ptrdiff_t i = 0; i < k; ++i) {
        s[i] /= scale;
        if (!GG_NAME(is_reversed)(n, vh + i * n)) continue;
        GG_NAME(row_scale)(l, -1, x + i * l);
        GG_NAME(row_scale)(k, -1, v + i * k);
    }
    if (tall) {
        for (ptrdiff_t i = 0; i < m; ++i)
            for (ptrdiff_t j = 0; j < left; ++j) out[i * left + j] = x[j * l + i];
    } else {
        for (ptrdiff_t i = 0; i < k; ++i)
            for (ptrdiff_t j = 0; j < i; ++j) GG_NAME(row_exchange)(1, out + i * k + j, out + j * k + i);
    }
    return GG_OK;
}

GG_INLINE int GG_NAME(svdvals)(ptrdiff_t m, ptrdiff_t n, const GG_REAL *a, GG_REAL *out, GG_REAL *work)
{
    const int tall = m >= n;
    const ptrdiff_t k = tall ? n : m, l = tall ? m : n;
    const GG_REAL scale = GG_NAME(jacobi_scale)(m * n, a);
    if (scale == 0) return GG_NO_CONVERGENCE;
    for (ptrdiff_t i = 0; i < k; ++i)
        for (ptrdiff_t j = 0; j < l; ++j) work[i * l + j] = scale * (tall ? a[j * n + i] : a[i * n + j]);
    if (GG_NAME(jacobi_orthogonalise)(k, l, work, 0, out)) return GG_NO_CONVERGENCE;
    GG_NAME(jacobi_order)(k, l, 0, 0, out);
    for (ptrdiff_t i = 0; i < k; ++i) out[i] /= scale;
    return GG_OK;
}
#undef GG_NOTHING
