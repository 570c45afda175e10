/* gg_lanes.h: gg_factor.h for many small matrices, as many at a time as a vector has lanes.
 *
 *   gg_cholesky_lanes(count, n, a, out, work)
 *   gg_lu_lanes(count, n, a, out, work)
 *   gg_lu_solve_lanes(count, n, k, f, b, out, work)      and gg_lu_solve_t_lanes
 *   gg_lu_inverse_lanes(count, n, f, out, work)
 *   gg_triangular_solve_lanes(count, n, k, lower, transposed, unit, t, b, out, work)
 *
 * and the same for float32 with the suffix f.  Operands and results are arrays of `count` matrices, one after
 * another; the rest is as without _lanes, to rounding.  None needs `work`.  The status is that of the first matrix
 * that fails; what is in `out` is then of no use.
 *
 * Element (i, j) of a vector's worth of matrices is one vector, a cell, and each operation on numbers becomes one on
 * cells.  Which column to swap differs from lane to lane, so a swap is a choice in each later column.  Lanes beyond
 * `count` repeat the last matrix.  Sizes above GG_LANES_MOST have vectors enough within a matrix, and go one by one;
 * so does the LU of tiny constant sizes, which as scalar code is as fast.
 *
 * SPDX-License-Identifier: 0BSD
 * Permission to use, copy, modify, and/or distribute this software for any purpose with or without
 * fee is hereby granted.  THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHORS DISCLAIM ALL WARRANTIES. */
#ifndef GG_LANES_H
#define GG_LANES_H

#include "gg_factor.h"

#define GG_LANES_MOST 12
#define GG_LANES_CELLS ((GG_LANES_MOST + 1) * GG_LANES_MOST + 16) /* a factor, in whole squares */

/* Before a loop over the lanes, or their squares' rows: unrolled, an array of vectors becomes registers. */
#define GG_UNROLL_LANES GG_PRAGMA(GCC unroll 16)

#define GG_REAL double
#define GG_VEC gg_f64s
#define GG_MASK gg_f64s_ids
#define GG_WIDTH (GG_VECTOR_BYTES / 8)
#define GG_IDS ((gg_f64s_ids)GG_F64S_IDS)
#define GG_OWN(name) gg_f64s_##name
#define GG_NAME(name) gg_##name
#define GG_MATH(name) gg_##name
#include "gg_cells_kernels.h"
#include "gg_lanes_kernels.h"
#undef GG_REAL
#undef GG_VEC
#undef GG_MASK
#undef GG_WIDTH
#undef GG_IDS
#undef GG_OWN
#undef GG_NAME
#undef GG_MATH

#define GG_REAL float
#define GG_VEC gg_f32s
#define GG_MASK gg_f32s_ids
#define GG_WIDTH (GG_VECTOR_BYTES / 4)
#define GG_IDS ((gg_f32s_ids)GG_F32S_IDS)
#define GG_OWN(name) gg_f32s_##name
#define GG_NAME(name) gg_##name##f
#define GG_MATH(name) gg_##name##f
#include "gg_cells_kernels.h"
#include "gg_lanes_kernels.h"
#undef GG_REAL
#undef GG_VEC
#undef GG_MASK
#undef GG_WIDTH
#undef GG_IDS
#undef GG_OWN
#undef GG_NAME
#undef GG_MATH

#endif
