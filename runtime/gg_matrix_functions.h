/* gg_matrix_functions.h: functions of whole matrices and their derivatives, and the equation a x + x b = q, without
 * LAPACK.
 *
 *   gg_matrix_exp(n, a, out, work)            exp a: the approximant [13/13] of Pade of a / 2^s, squared s times
 *                                             (Al-Mohy and Higham, A new scaling and squaring algorithm, 2009)
 *   gg_matrix_sqrt(n, a, out, work)           the principal root: the product form of the iteration of Denman and
 *                                             Beavers, scaled by determinants (Higham, Functions of matrices, 2008)
 *   gg_matrix_log(n, a, out, work)            the principal logarithm: roots until a is near the unit matrix, then the
 *                                             approximant [8/8] in partial fractions (Higham 2008)
 *   gg_matrix_exp_1(n, a, e1, out, work)      the derivative of the exponential along e1; _2 and _3 along e1, e2, e3,
 *   gg_matrix_log_1(n, a, e1, out, work)      one after another; the same of the logarithm
 *   gg_sylvester(m, n, a, b, q, out, work)    x (m x n); a is m x m, b n x n: as one system of m n equations, for
 *                                             small sizes
 *
 * and the same for float32 with the suffix f.  Matrices are row-major and contiguous, a result overlaps no operand.
 * `work` has (7 2^k + 2) n^2 + n elements for derivatives along k directions, those for k = 0 for the functions
 * themselves; for gg_sylvester, with N = m n, (2 N + 1) N.  GG_NO_CONVERGENCE where there is no real principal root or
 * logarithm (an eigenvalue is negative or 0), or a is not finite; GG_SINGULAR where a and -b have an eigenvalue in
 * common.
 *
 * SPDX-License-Identifier: 0BSD
 * Permission to use, copy, modify, and/or distribute this software for any purpose with or without
 * fee is hereby granted.  THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHORS DISCLAIM ALL WARRANTIES. */
#ifndef GG_MATRIX_FUNCTIONS_H
#define GG_MATRIX_FUNCTIONS_H

#include "gg_factor.h"

#define GG_MATRIX static __attribute__((unused))

/* The coefficients of the approximant over the first: 13! (26 - k)! / (26! k! (13 - k)!) */
static const double gg_pade_13[14] __attribute__((unused)) = {
    1.0, 0.5, 0.12, 1.8333333333333333e-2, 1.9927536231884058e-3, 1.6304347826086957e-4, 1.0351966873706004e-5,
    5.1759834368530021e-7, 2.0431513566525008e-8, 6.3060227057175951e-10, 1.4837700484041400e-11,
    2.5291534915979659e-13, 2.8101705462199621e-15, 1.5440497506703089e-17,
};
/* The first coefficient of its error: 1 / (26! / (13! 13!) 27!) */
#define GG_PADE_13_ERROR 8.829961602e-36
/* The nodes and weights of Gauss and Legendre for eight points of [0, 1] */
static const double gg_nodes_8[8] __attribute__((unused)) = {
    0.019855071751231884, 0.10166676129318664, 0.2372337950418355, 0.4082826787521751,
    0.5917173212478249, 0.7627662049581645, 0.8983332387068134, 0.9801449282487681,
};
static const double gg_weights_8[8] __attribute__((unused)) = {
    0.05061426814518813, 0.11119051722668724, 0.15685332293894364, 0.18134189168918099,
    0.18134189168918099, 0.15685332293894364, 0.11119051722668724, 0.05061426814518813,
};

#define GG_REAL double
#define GG_NAME(name) gg_##name
#define GG_EPSILON __DBL_EPSILON__
#define GG_LARGEST __DBL_MAX__
#include "gg_matrix_functions_kernels.h"
#undef GG_REAL
#undef GG_NAME
#undef GG_EPSILON
#undef GG_LARGEST

#define GG_REAL float
#define GG_NAME(name) gg_##name##f
#define GG_EPSILON __FLT_EPSILON__
#define GG_LARGEST __FLT_MAX__
#include "gg_matrix_functions_kernels.h"
#undef GG_REAL
#undef GG_NAME
#undef GG_EPSILON
#undef GG_LARGEST

#endif
