/* gg_adjugate.h: the transposed matrix of cofactors, which is the derivative of the determinant.
 *
 *   gg_adjugate(n, f, a, out, work)         adj a, where f is what gg_lu gave            work: n (3 n + 2)
 *
 * and the same for float32 with the suffix f.  While a is not all but singular it is det a times its inverse, which
 * has errors of rounding only, though both factors have more: they are the same ones.  Else it is made of the
 * singular values, each left out once, where nothing is divided by; of up to three rows, of products of entries.
 * GG_NO_CONVERGENCE if there are no singular values; not a number where a is not finite.
 *
 * SPDX-License-Identifier: 0BSD
 * Permission to use, copy, modify, and/or distribute this software for any purpose with or without
 * fee is hereby granted.  THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHORS DISCLAIM ALL WARRANTIES. */
#ifndef GG_ADJUGATE_H
#define GG_ADJUGATE_H

#include "gg_adjugate_kernels.h"
#include "gg_jacobi.h"

GG_ADJUGATE(double, , , 0x1p40)
GG_ADJUGATE(float, , f, 0x1p14f)

#endif
