/* gg_signature.h: a kernel described as data, for bindings to other languages.
 *
 * SPDX-License-Identifier: 0BSD
 * Permission to use, copy, modify, and/or distribute this software for any purpose with or without
 * fee is hereby granted.  THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHORS DISCLAIM ALL WARRANTIES. */
#ifndef GG_SIGNATURE_H
#define GG_SIGNATURE_H

#include <stddef.h>

/* One axis: `size` elements, or the value of dimension `dim` and `size` more if `dim` is not -1. */
typedef struct {
    int dim;
    ptrdiff_t size;
} gg_extent;

/* One argument or result: `type` is f64, f32, i64, i32 or bool; ndim is 0 for a number; row-major. */
typedef struct {
    const char *name;
    const char *type;
    int ndim;
    const gg_extent *shape;
} gg_array;

typedef struct {
    const char *name;
    int dim_count, argument_count, result_count;
    const char *const *dims;
    const gg_array *arguments, *results;
    /* The function through arrays of pointers, one to each argument (to a number, too) and result. */
    int (*call)(void *const *arguments, void *const *results, const ptrdiff_t *dims, void *work);
    ptrdiff_t (*work_size)(const ptrdiff_t *dims);
} gg_signature;

#endif
