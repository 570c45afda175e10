/* Hand tracking, complicated: from 1000 points to where they are on triangles. As in hand.c, the skin and its
 * derivatives are computed once for each vertex; a point adds up the rows of its three corners. By its own two coordinates the
 * residual is linear: the sides of the triangle. Checked against autograd and JAX, and against differences. */
#include "hand.h"

enum { WIDE = 2 + POSE };

/* both, base, inverse (BONES x 4 x 4), x (vertices x 4), weights, points (n x 3), corners (n x 3), us (n x 2) */
#define SIZES const ptrdiff_t vertices = dims[7], n = dims[11]
ptrdiff_t work_size(const ptrdiff_t *dims) { return 8 * dims[7] * (ROW + 3); }

ENTRY(function)
{
    UNUSED;
    SIZES;
    const double *restrict points = IN(5), *restrict us = IN(7), *both = IN(0);
    const long long *restrict corners = arguments[6];
    double *restrict v = work, *restrict out = OUT(0);
    skin(vertices, both + 2, arguments, v, 0);
    for (ptrdiff_t i = 0; i < n; ++i) {
        const double *a = v + 3 * corners[3 * i], *b = v + 3 * corners[3 * i + 1], *c = v + 3 * corners[3 * i + 2];
        const double first = us[2 * i] + both[0], second = us[2 * i + 1] + both[1], third = 1.0 - first - second;
        for (int j = 0; j < 3; ++j)
            out[3 * i + j] = points[3 * i + j] - (first * a[j] + second * b[j] + third * c[j]);
    }
    return GG_OK;
}

ENTRY(gradient)
{
    UNUSED;
    SIZES;
    const double *restrict us = IN(7), *both = IN(0);
    const long long *restrict corners = arguments[6];
    double *const v = work, *const rows = v + 3 * vertices;
    skin(vertices, both + 2, arguments, v, rows);
    for (ptrdiff_t i = 0; i < n; ++i) {
        const ptrdiff_t p = corners[3 * i], q = corners[3 * i + 1], r = corners[3 * i + 2];
        const double first = us[2 * i] + both[0], second = us[2 * i + 1] + both[1], third = 1.0 - first - second;
        for (int j = 0; j < 3; ++j) {
            const double *restrict a = rows + ROW * p + POSE * j, *restrict b = rows + ROW * q + POSE * j;
            const double *restrict c = rows + ROW * r + POSE * j;
            double *restrict out = OUT(0) + 3 * WIDE * i + WIDE * j;
            out[0] = v[3 * r + j] - v[3 * p + j];
            out[1] = v[3 * r + j] - v[3 * q + j];
            GG_SIMD
            for (int k = 0; k < POSE; ++k)
                out[2 + k] = first * a[k] + second * b[k] + third * c[k];
        }
    }
    return GG_OK;
}
