/* Bundle adjustment. All of the 2 x 15 block follows from the 2 x 3 derivative G by the point, row g:
 *     by the point       g                       G = d(residual)/d(turned point) R
 *     by the centre     -g
 *     by the rotation    h - a h x phi + b (h x phi) x phi,  h = v x g,   the right Jacobian of the rotation phi,
 *                        a = (1 - cos theta) / theta^2,  b = (theta - sin theta) / theta^3
 * and the rest are by-products of the residual, so a Jacobian costs a few times the function. 64 observations at a time
 * are turned from structures into arrays, computed in lanes, and turned back, by squares of 8 x 8 in registers: in lanes
 * sin and cos are vector functions. Checked against differences of the function, and against every tool that runs it. */
#include "lanes.h"

enum { LANES = 64, CAMERA = 11 };

/* An observation in lanes: its camera, point, weight and feature. */
typedef struct {
    double camera[CAMERA][LANES], X[3][LANES], weight[LANES], feature[2][LANES];
} Block;

/* Lanes past the last observation repeat it. */
static void load(ptrdiff_t count, const double *camera, const double *X, const double *weight, const double *feature,
                 Block *restrict b)
{
    rows_to_lanes(CAMERA, count, camera, LANES, b->camera[0]);
    rows_to_lanes(3, count, X, LANES, b->X[0]);
    rows_to_lanes(1, count, weight, LANES, b->weight);
    rows_to_lanes(2, count, feature, LANES, b->feature[0]);
}

/* The rotation as a matrix, and the turned point. */
#define TURN                                                                                                       \
    const double x = b->camera[0][s], y = b->camera[1][s], z = b->camera[2][s];                                     \
    const double theta2 = x * x + y * y + z * z, theta = gg_sqrt(theta2);                                           \
    const double sine = gg_sin(theta) / theta, versine = (1.0 - gg_cos(theta)) / theta2;                            \
    const double v0 = b->X[0][s] - b->camera[3][s], v1 = b->X[1][s] - b->camera[4][s];                              \
    const double v2 = b->X[2][s] - b->camera[5][s], cosine = 1.0 - versine * theta2;                                \
    const double R00 = cosine + versine * x * x, R01 = versine * x * y - sine * z, R02 = versine * x * z + sine * y; \
    const double R10 = versine * x * y + sine * z, R11 = cosine + versine * y * y, R12 = versine * y * z - sine * x; \
    const double R20 = versine * x * z - sine * y, R21 = versine * y * z + sine * x, R22 = cosine + versine * z * z; \
    const double depth = 1.0 / (R20 * v0 + R21 * v1 + R22 * v2);                                                    \
    const double p0 = (R00 * v0 + R01 * v1 + R02 * v2) * depth, p1 = (R10 * v0 + R11 * v1 + R12 * v2) * depth;       \
    const double r2 = p0 * p0 + p1 * p1, k0 = b->camera[9][s], k1 = b->camera[10][s];                               \
    const double L = 1.0 + (k0 + k1 * r2) * r2, f = b->camera[6][s], w = b->weight[s]

ENTRY(function)
{
    UNUSED;
    const ptrdiff_t n = dims[0];
    Block block, *const b = &block;
    double out[2][LANES];
    for (ptrdiff_t i = 0; i < n; i += LANES) {
        const ptrdiff_t count = n - i < LANES ? n - i : LANES;
        load(count, IN(0) + CAMERA * i, IN(1) + 3 * i, IN(2) + i, IN(3) + 2 * i, b);
        GG_SIMD
        for (ptrdiff_t s = 0; s < LANES; ++s) {
            TURN;
            out[0][s] = w * (f * L * p0 + b->camera[7][s] - b->feature[0][s]);
            out[1][s] = w * (f * L * p1 + b->camera[8][s] - b->feature[1][s]);
        }
        for (ptrdiff_t s = 0; s < count; ++s) {
            OUT(0)[2 * (i + s)] = out[0][s];
            OUT(0)[2 * (i + s) + 1] = out[1][s];
        }
    }
    return GG_OK;
}

/* One row of the block: G's row from the derivative (d0, d1, d2) by the turned point, and the three by the rotation. */
#define ROW(r, d0, d1, d2)                                                                    \
    const double g##r##0 = (d0) * R00 + (d1) * R10 + (d2) * R20;                              \
    const double g##r##1 = (d0) * R01 + (d1) * R11 + (d2) * R21;                              \
    const double g##r##2 = (d0) * R02 + (d1) * R12 + (d2) * R22;                              \
    const double h##r##0 = v1 * g##r##2 - v2 * g##r##1, h##r##1 = v2 * g##r##0 - v0 * g##r##2; \
    const double h##r##2 = v0 * g##r##1 - v1 * g##r##0;                                       \
    const double q##r##0 = h##r##1 * z - h##r##2 * y, q##r##1 = h##r##2 * x - h##r##0 * z;    \
    const double q##r##2 = h##r##0 * y - h##r##1 * x;                                         \
    out[r][0][s] = h##r##0 - versine * q##r##0 + cubic * (q##r##1 * z - q##r##2 * y);         \
    out[r][1][s] = h##r##1 - versine * q##r##1 + cubic * (q##r##2 * x - q##r##0 * z);         \
    out[r][2][s] = h##r##2 - versine * q##r##2 + cubic * (q##r##0 * y - q##r##1 * x);         \
    out[r][3][s] = -g##r##0, out[r][4][s] = -g##r##1, out[r][5][s] = -g##r##2,                \
    X[r][0][s] = g##r##0, X[r][1][s] = g##r##1, X[r][2][s] = g##r##2

/* By the inner camera: focal length, principal point, distortion; and by the weight. */
#define INNER(r, p, middle, seen)                                                                       \
    out[r][6][s] = w * L * p, out[r][7][s] = r == 0 ? w : 0.0, out[r][8][s] = r == 1 ? w : 0.0,         \
    out[r][9][s] = w * f * r2 * p, out[r][10][s] = w * f * r2 * r2 * p, by_weight[r][s] = f * L * p + (middle) - (seen)

static void jacobian(const Block *restrict b, double (*restrict out)[CAMERA][LANES], double (*restrict X)[3][LANES],
                     double (*restrict by_weight)[LANES])
{
    GG_SIMD
    for (ptrdiff_t s = 0; s < LANES; ++s) {
        TURN;
        const double cubic = (1.0 - sine) / theta2, wf = w * f * depth;
        const double slope = 2.0 * wf * (k0 + 2.0 * k1 * r2), straight = wf * L;
        const double a00 = straight + slope * p0 * p0, a01 = slope * p0 * p1, a11 = straight + slope * p1 * p1;
        ROW(0, a00, a01, -(a00 * p0 + a01 * p1));
        ROW(1, a01, a11, -(a01 * p0 + a11 * p1));
        INNER(0, p0, b->camera[7][s], b->feature[0][s]);
        INNER(1, p1, b->camera[8][s], b->feature[1][s]);
    }
}

ENTRY(gradient)
{
    UNUSED;
    const ptrdiff_t n = dims[0];
    Block block;
    double camera[2][CAMERA][LANES], X[2][3][LANES], weight[2][LANES];
    for (ptrdiff_t i = 0; i < n; i += LANES) {
        const ptrdiff_t count = n - i < LANES ? n - i : LANES;
        load(count, IN(0) + CAMERA * i, IN(1) + 3 * i, IN(2) + i, IN(3) + 2 * i, &block);
        jacobian(&block, camera, X, weight);
        lanes_to_rows(2 * CAMERA, LANES, camera[0][0], count, OUT(0) + 2 * CAMERA * i, 2 * CAMERA);
        lanes_to_rows(6, LANES, X[0][0], count, OUT(1) + 6 * i, 6);
        lanes_to_rows(2, LANES, weight[0], count, OUT(2) + 2 * i, 2);
    }
    return GG_OK;
}
