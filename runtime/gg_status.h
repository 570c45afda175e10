/* gg_status.h: what a kernel returns: GG_OK, or what went wrong.
 *
 * Where a function makes several calls that may fail, status / 16 is the number of the one that did, and
 * status % 16 one of these.
 *
 * SPDX-License-Identifier: 0BSD
 * Permission to use, copy, modify, and/or distribute this software for any purpose with or without
 * fee is hereby granted.  THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHORS DISCLAIM ALL WARRANTIES. */
#ifndef GG_STATUS_H
#define GG_STATUS_H

enum {
    GG_OK = 0,
    GG_SINGULAR = 1,              /* a matrix that is to be inverted or solved with */
    GG_NOT_POSITIVE_DEFINITE = 2, /* a matrix that must be */
    GG_NO_CONVERGENCE = 3,        /* of eigenvalues or singular values */
    GG_NO_MEMORY = 4,
    GG_INDEX = 5,                 /* an index that is data lies outside of its array */
    GG_SIZE = 6,                  /* a named size is smaller than an index or slice needs */
    GG_WRONG = 7                  /* of a selftest: a result is not the one that was stored */
};

/* The status of the call with this number. */
#define GG_FAILED(site, status) ((status) + 16 * (site))

#endif
