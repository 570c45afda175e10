/* hand.h: the skin that both of the hand's objectives need, and its derivative by the 26 parameters of the pose.
 *
 * With R the global rotation and M_b = R (pose of bone b) (inverse of its rest), a vertex is sum_b w_b M_b x + t. An
 * angle turns all bones beyond its joint: with A the joint's pose and E the generator of its axis, M_b' = A E A^-1 M_b.
 * So the derivative of a vertex is A E A^-1 = (N, -N c), applied to what the bones beyond the joint contribute to it,
 *     q = sum w_b M_b x,    m = sum w_b,        of which the function's own sum consists:
 * added up from the tips, it passes through the q of every joint, and an angle costs 12 multiply-adds for a vertex,
 * whatever the number of bones. The global rotation has a generator too, applied to the whole sum. Vertices are side by
 * side in lanes. Matrices of bones are taken to be motions: affine and invertible, their last rows 0 0 0 1. */
#ifndef BENCH_HAND_H
#define BENCH_HAND_H

#include "lanes.h"

enum { BONES = 22, FINGERS = 5, PER_FINGER = 4, POSE = 26, ROW = 3 * POSE, LANES = 32 };

/* x -> L x + c */
typedef struct {
    double L[3][3], c[3];
} Motion;

static void product(const double (*a)[3], const double (*b)[3], double (*out)[3])
{
    for (int i = 0; i < 3; ++i)
        for (int j = 0; j < 3; ++j)
            out[i][j] = a[i][0] * b[0][j] + a[i][1] * b[1][j] + a[i][2] * b[2][j];
}

static Motion after(const Motion *a, const Motion *b)
{
    Motion both;
    product(a->L, b->L, both.L);
    for (int i = 0; i < 3; ++i)
        both.c[i] = a->L[i][0] * b->c[0] + a->L[i][1] * b->c[1] + a->L[i][2] * b->c[2] + a->c[i];
    return both;
}

static Motion read_motion(const double *m)
{
    Motion found;
    for (int i = 0; i < 3; ++i) {
        for (int j = 0; j < 3; ++j)
            found.L[i][j] = m[4 * i + j];
        found.c[i] = m[4 * i + 3];
    }
    return found;
}

/* The columns j and k of L become c a_j + s a_k and c a_k - s a_j: a rotation before the motion. */
static void turn(Motion *a, int j, int k, double sine, double cosine)
{
    for (int i = 0; i < 3; ++i) {
        const double p = a->L[i][j], q = a->L[i][k];
        a->L[i][j] = cosine * p + sine * q;
        a->L[i][k] = cosine * q - sine * p;
    }
}

/* A E A^-1 for the rotation of axis j into k: N = L E L^-1, and -N c; L^-1 by the adjugate, whose rows are needed. */
static void generator(const Motion *a, int j, int k, double (*out)[4])
{
    const double(*L)[3] = a->L;
    double adjugate[3][3];
    for (int r = 0; r < 3; ++r) {
        const int c = (r + 1) % 3, d = (r + 2) % 3;
        for (int i = 0; i < 3; ++i) {
            const int p = (i + 1) % 3, q = (i + 2) % 3;
            adjugate[r][i] = L[p][c] * L[q][d] - L[p][d] * L[q][c];
        }
    }
    const double per = 1.0 / (L[0][0] * adjugate[0][0] + L[1][0] * adjugate[0][1] + L[2][0] * adjugate[0][2]);
    for (int i = 0; i < 3; ++i) {
        for (int n = 0; n < 3; ++n)
            out[i][n] = per * (L[i][k] * adjugate[j][n] - L[i][j] * adjugate[k][n]);
        out[i][3] = -(out[i][0] * a->c[0] + out[i][1] * a->c[1] + out[i][2] * a->c[2]);
    }
}

/* The bones' motions from rest to pose, globally turned, and the generators of angles and of the global rotation. */
typedef struct {
    Motion bones[BONES];
    double angles[FINGERS][PER_FINGER][3][4], global[3][3];
} Pose;

/* The rotation by the length of phi about phi; if asked for, the vectors of its generators: the left Jacobian's columns
 * are e + a phi x e + b phi x (phi x e), a = (1 - cos) / angle^2, b = (angle - sin) / angle^3. */
static void rotation(const double *phi, double (*R)[3], double (*columns)[3])
{
    const double square = phi[0] * phi[0] + phi[1] * phi[1] + phi[2] * phi[2], angle = gg_sqrt(square);
    double sine, cosine;
    __builtin_sincos(angle, &sine, &cosine);
    const double s = sine / angle, v = (1.0 - cosine) / square, b = (1.0 - s) / square;
    const double cross[3][3] = {{0.0, -phi[2], phi[1]}, {phi[2], 0.0, -phi[0]}, {-phi[1], phi[0], 0.0}};
    for (int i = 0; i < 3; ++i)
        for (int j = 0; j < 3; ++j) {
            const double twice = phi[i] * phi[j] - (i == j ? square : 0.0);
            R[i][j] = (i == j) + s * cross[i][j] + v * twice;
            if (columns)
                columns[j][i] = (i == j) + v * cross[i][j] + b * twice;
        }
}

static void pose_of(const double *theta, const double *base, const double *inverse, int slopes, Pose *pose)
{
    Motion absolute = {.c = {0.0, 0.0, 0.0}}, joint, rest;
    rotation(theta, absolute.L, slopes ? pose->global : 0);
    for (int bone = 0; bone < 2; ++bone) { /* forearm and palm */
        joint = read_motion(base + 16 * bone), rest = read_motion(inverse + 16 * bone);
        absolute = after(&absolute, &joint);
        pose->bones[bone] = after(&absolute, &rest);
    }
    for (int finger = 0; finger < FINGERS; ++finger) {
        const double *angle = theta + 6 + PER_FINGER * finger;
        double sines[PER_FINGER], cosines[PER_FINGER], (*slope)[3][4] = pose->angles[finger];
        Motion a = absolute;
        for (int k = 0; k < PER_FINGER; ++k)
            __builtin_sincos(angle[k], sines + k, cosines + k);
        for (int k = 0; k < PER_FINGER; ++k) {
            const int bone = 2 + PER_FINGER * finger + k, turned = k ? k + 1 : 0; /* the first bone has two angles */
            joint = read_motion(base + 16 * bone), rest = read_motion(inverse + 16 * bone);
            a = after(&a, &joint);
            if (k == 0) {
                if (slopes)
                    generator(&a, 0, 1, slope[1]);
                turn(&a, 0, 1, sines[1], cosines[1]);
            }
            if (turned < PER_FINGER) {
                turn(&a, 1, 2, sines[turned], cosines[turned]);
                if (slopes)
                    generator(&a, 1, 2, slope[turned]);
            }
            pose->bones[bone] = after(&a, &rest);
        }
    }
}

/* Vertices in lanes. */
typedef struct {
    double x[4][LANES], weights[BONES][LANES];
} Block;

/* q += w M x, m += w: a bone's part; x's last coordinate is the 1 of its homogeneous coordinates, or what is there. */
#define ADD_BONE(M, bone)                                                                 \
    {                                                                                     \
        const double w = b->weights[bone][s], x0 = w * b->x[0][s], x1 = w * b->x[1][s];   \
        const double x2 = w * b->x[2][s], one = w * b->x[3][s];                           \
        q0 += (M)->L[0][0] * x0 + (M)->L[0][1] * x1 + (M)->L[0][2] * x2 + (M)->c[0] * one; \
        q1 += (M)->L[1][0] * x0 + (M)->L[1][1] * x1 + (M)->L[1][2] * x2 + (M)->c[1] * one; \
        q2 += (M)->L[2][0] * x0 + (M)->L[2][1] * x1 + (M)->L[2][2] * x2 + (M)->c[2] * one; \
        m += one;                                                                         \
    }

/* Minus the derivative by the angle in this column of the pose. */
#define SLOPE(G, column)                                                                  \
    out[column][s] = -((G)[0][0] * q0 + (G)[0][1] * q1 + (G)[0][2] * q2 + (G)[0][3] * m), \
    out[POSE + (column)][s] = -((G)[1][0] * q0 + (G)[1][1] * q1 + (G)[1][2] * q2 + (G)[1][3] * m), \
    out[2 * POSE + (column)][s] = -((G)[2][0] * q0 + (G)[2][1] * q1 + (G)[2][2] * q2 + (G)[2][3] * m)

/* The posed vertices, without the global translation, in lanes. */
static void posed(const Pose *restrict pose, const Block *restrict b, double (*restrict sum)[LANES])
{
    GG_SIMD
    for (int s = 0; s < LANES; ++s) {
        double q0 = 0.0, q1 = 0.0, q2 = 0.0, m = 0.0;
        for (int bone = 0; bone < BONES; ++bone)
            ADD_BONE(pose->bones + bone, bone);
        sum[0][s] = q0, sum[1][s] = q1, sum[2][s] = q2;
        (void)m;
    }
}

/* The same with minus the derivatives by the pose: rows of three coordinates. */
static void posed_slopes(const Pose *restrict pose, const Block *restrict b, double (*restrict sum)[LANES],
                         double (*restrict out)[LANES])
{
    for (int j = 0; j < 3; ++j)
        for (int s = 0; s < LANES; ++s)
            sum[j][s] = 0.0;
    for (int finger = 0; finger < FINGERS; ++finger) {
        const Motion *M = pose->bones + 2 + PER_FINGER * finger;
        const double(*G)[3][4] = pose->angles[finger];
        const int bone = 2 + PER_FINGER * finger, column = 6 + PER_FINGER * finger;
        GG_SIMD
        for (int s = 0; s < LANES; ++s) {
            double q0 = 0.0, q1 = 0.0, q2 = 0.0, m = 0.0;
            ADD_BONE(M + 3, bone + 3);
            ADD_BONE(M + 2, bone + 2);
            SLOPE(G[3], column + 3);
            ADD_BONE(M + 1, bone + 1);
            SLOPE(G[2], column + 2);
            ADD_BONE(M, bone);
            SLOPE(G[1], column + 1);
            SLOPE(G[0], column);
            sum[0][s] += q0, sum[1][s] += q1, sum[2][s] += q2;
        }
    }
    GG_SIMD
    for (int s = 0; s < LANES; ++s) {
        double q0 = sum[0][s], q1 = sum[1][s], q2 = sum[2][s], m = 0.0;
        ADD_BONE(pose->bones, 0);
        ADD_BONE(pose->bones + 1, 1);
        (void)m;
        sum[0][s] = q0, sum[1][s] = q1, sum[2][s] = q2;
        for (int j = 0; j < 3; ++j) { /* minus g x q */
            const double *g = pose->global[j];
            out[j][s] = g[2] * q1 - g[1] * q2;
            out[POSE + j][s] = g[0] * q2 - g[2] * q0;
            out[2 * POSE + j][s] = g[1] * q0 - g[0] * q1;
            out[3 + j][s] = -(j == 0);
            out[POSE + 3 + j][s] = -(j == 1);
            out[2 * POSE + 3 + j][s] = -(j == 2);
        }
    }
}

/* All vertices, and, if asked for, a row of minus their derivatives each. */
static void skin(ptrdiff_t vertices, const double *theta, void *const *given, double *restrict v, double *restrict rows)
{
    const double *const x = given[3], *const weights = given[4];
    Pose pose;
    Block block;
    double sum[3][LANES], out[ROW][LANES];
    pose_of(theta, given[1], given[2], rows != 0, &pose);
    for (ptrdiff_t i = 0; i < vertices; i += LANES) {
        const ptrdiff_t count = vertices - i < LANES ? vertices - i : LANES;
        rows_to_lanes(4, count, x + 4 * i, LANES, block.x[0]);
        rows_to_lanes(BONES, count, weights + BONES * i, LANES, block.weights[0]);
        if (rows) {
            posed_slopes(&pose, &block, sum, out);
            lanes_to_rows(ROW, LANES, out[0], count, rows + ROW * i, ROW);
        } else {
            posed(&pose, &block, sum);
        }
        for (ptrdiff_t s = 0; s < count; ++s)
            for (int j = 0; j < 3; ++j)
                v[3 * (i + s) + j] = sum[j][s] + theta[3 + j];
    }
}

#endif
