"""Functions that keep, repeat or put in elements at places known while tracing."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from gradgen.errors import ShapeError, TraceError
from gradgen.ops.index import scatter
from gradgen.trace.array import TracedArray, emit
from gradgen.trace.context import implements, numpy
from gradgen.trace.indexing import TRACED_MASK
from gradgen.trace.moves import as_traced, filled, fixed, one_axis, plain, to_shape, viewed
from gradgen.trace.taking import take_along

__all__: list[str] = []


def _where_on(condition: Any) -> np.ndarray:
    if type(condition) is TracedArray:
        raise TraceError(TRACED_MASK)
    return np.flatnonzero(condition)


@implements(np.compress)
def _compress(condition: Any, a: Any, axis: Any = None, out: Any = None) -> TracedArray:
    plain(out=out)
    x = as_traced(a)
    x = x.ravel() if axis is None else x
    return take_along(x, _where_on(condition), one_axis(0 if axis is None else axis, x.ndim))


@implements(np.extract)
def _extract(condition: Any, arr: Any) -> TracedArray:
    return _compress(_where_on(condition) if type(condition) is TracedArray else np.ravel(condition), arr)


@implements(np.insert)
def _insert(arr: Any, obj: Any, values: Any, axis: Any = None) -> Any:
    """Where the new ones go is left to NumPy: it inserts numbers that stand for them."""
    x = as_traced(arr)
    x, along = (x.ravel(), 0) if axis is None else (x, one_axis(axis, x.ndim))
    if type(obj) is TracedArray:
        raise TraceError("where to insert must be known while the function is traced; pass it as a static argument")
    extent = fixed(x.shape[along])
    new = as_traced(values, x.dtype)
    single = np.ndim(obj) == 0 and not isinstance(obj, slice)
    if single and new.ndim == x.ndim:
        count = fixed(new.shape[along])
        where = np.insert(np.arange(extent), obj, extent + np.arange(count))
    else:
        count = 1 if single else len(np.insert(np.arange(extent), obj, -1)) - extent
        marks = extent + np.arange(count)
        where = np.insert(np.arange(extent), obj, marks[0] if single else marks)
        if single and new.ndim == x.ndim - 1:
            new = viewed(new, (*new.shape[:along], 1, *new.shape[along:]))
    new = to_shape(new, (*x.shape[:along], count, *x.shape[along + 1 :]))
    return take_along(numpy.concatenate([x, new], axis=along), where, along)


@implements(np.bincount)
def _bincount(x: Any, /, weights: Any = None, minlength: int = 0) -> TracedArray:
    """Weights added up by where they belong."""
    if type(x) is TracedArray:
        raise TraceError(
            "how many bins there are depends on the numbers; for n of them use "
            "np.sum(np.where(x == np.arange(n)[:, None], weights, 0.0), axis=1)"
        )
    where = np.asarray(x, np.int64)
    extent = max(int(where.max(initial=-1)) + 1, minlength)
    return emit(scatter, as_traced(weights, np.dtype(np.float64)), as_traced(where), extent=extent)


@implements(np.resize)
def _resize(a: Any, new_shape: Any) -> TracedArray:
    """As often repeated as it takes."""
    x = as_traced(a).ravel()
    shape = tuple(operator.index(n) for n in (new_shape if isinstance(new_shape, tuple | list) else (new_shape,)))
    count, total = fixed(x.shape[0]), math.prod(shape)
    if not count or not total:
        return filled(0, x.dtype, shape)
    return viewed(numpy.tile(x, -(-total // count))[:total], shape)


@implements(np.dsplit)
def _dsplit(ary: Any, indices_or_sections: Any) -> Any:
    if as_traced(ary).ndim < 3:
        raise ShapeError("needs an array of 3 or more dimensions")
    return np.split(ary, indices_or_sections, axis=2)


@implements(np.apply_along_axis)
def _apply_along_axis(func1d: Callable[..., Any], axis: int, arr: Any, *args: Any, **kwargs: Any) -> Any:
    """The function is called once for each row while tracing: for a few rows, not for thousands."""
    x: Any = numpy.moveaxis(as_traced(arr), axis, -1)
    stack = x.shape[:-1]
    rows = [as_traced(func1d(row, *args, **kwargs)) for row in x.reshape(-1, x.shape[-1])]
    result: Any = numpy.stack(rows).reshape(*stack, *rows[0].shape)
    axes = range(len(stack), result.ndim)
    return np.moveaxis(result, list(axes), [one_axis(axis, as_traced(arr).ndim) + k for k in range(len(axes))])


@implements(np.apply_over_axes)
def _apply_over_axes(func: Callable[..., Any], a: Any, axes: Any) -> Any:
    x = as_traced(a)
    for axis in axes if isinstance(axes, tuple | list) else (axes,):
        result: Any = func(x, axis)
        x = result if result.ndim == x.ndim else numpy.expand_dims(result, axis)
    return x
