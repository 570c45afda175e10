/* Hand tracking, simple: from 1000 points to vertices. The skin and its derivatives (hand.h) are computed once for each
 * of the 544 vertices, and a point copies the row of its vertex. Checked against autograd and JAX, which go forward
 * through the products of 4 x 4 matrices, and against differences. */
#include "hand.h"

/* theta, base, inverse (BONES x 4 x 4), x (vertices x 4), weights, points (n x 3), nearest */
#define SIZES const ptrdiff_t vertices = dims[7], n = dims[11]
ptrdiff_t work_size(const ptrdiff_t *dims) { return 8 * dims[7] * (ROW + 3); }

ENTRY(function)
{
    UNUSED;
    SIZES;
    const double *restrict points = IN(5);
    const long long *restrict nearest = arguments[6];
    double *restrict v = work, *restrict out = OUT(0);
    skin(vertices, IN(0), arguments, v, 0);
    for (ptrdiff_t i = 0; i < n; ++i)
        for (int j = 0; j < 3; ++j)
            out[3 * i + j] = points[3 * i + j] - v[3 * nearest[i] + j];
    return GG_OK;
}

ENTRY(gradient)
{
    UNUSED;
    SIZES;
    const long long *restrict nearest = arguments[6];
    double *const v = work, *const rows = v + 3 * vertices, *restrict out = OUT(0);
    skin(vertices, IN(0), arguments, v, rows);
    for (ptrdiff_t i = 0; i < n; ++i) {
        const double *restrict row = rows + ROW * nearest[i];
        GG_SIMD
        for (int j = 0; j < ROW; ++j)
            out[ROW * i + j] = row[j];
    }
    return GG_OK;
}
