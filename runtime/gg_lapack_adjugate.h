/* gg_lapack_adjugate.h: gg_adjugate.h by LAPACK.
 *
 *   gg_lapack_adjugate(n, f, a, out, work)  adj a, where f is what gg_lapack_lu gave     work: 12 (n + 20) (n + 20)
 *
 * SPDX-License-Identifier: 0BSD
 * Permission to use, copy, modify, and/or distribute this software for any purpose with or without
 * fee is hereby granted.  THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHORS DISCLAIM ALL WARRANTIES. */
#ifndef GG_LAPACK_ADJUGATE_H
#define GG_LAPACK_ADJUGATE_H

#ifdef GG_OWN_LAPACK
#include "gg_adjugate.h"
#define gg_lapack_adjugate gg_adjugate
#define gg_lapack_adjugatef gg_adjugatef
#else
#include "gg_adjugate_kernels.h"
#include "gg_lapack_eigen.h"
#include "gg_lapack_factor.h"

GG_ADJUGATE(double, lapack_, , 0x1p40)
GG_ADJUGATE(float, lapack_, f, 0x1p14f)
#endif

#endif
