"""Sums, means, extrema and what is made of them, with NumPy's dtypes, axes and ``keepdims``."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradgen.errors import ShapeError
from gradgen.ir import Extent
from gradgen.ops import Op
from gradgen.ops.reduce import all_, any_, max_, min_, prod, sum_
from gradgen.trace.array import TracedArray, emit
from gradgen.trace.context import implements, numpy
from gradgen.trace.moves import as_traced, axes_of, cast, filled, number_of, plain, to_shape, viewed

__all__ = ["guarded_root", "inexact"]

NO: Any = np._NoValue


def _reduce(op: Op, x: TracedArray, axis: Any, keepdims: Any) -> TracedArray:
    axes = axes_of(axis, x.ndim)
    kept: list[Extent] = [1 if position in axes else extent for position, extent in enumerate(x.shape)]
    result = emit(op, x, axes=axes) if axes else x
    return viewed(result, kept) if keepdims is not NO and keepdims else result


def _accumulated(x: TracedArray, dtype: Any) -> TracedArray:
    """In the dtype NumPy adds up in: bool and narrow integers in int64."""
    if dtype is not None:
        return cast(x, dtype)
    return cast(x, np.int64) if x.dtype.kind in "bi" else x


def inexact(x: TracedArray, dtype: Any = None) -> TracedArray:
    """In a dtype of real numbers."""
    if dtype is not None:
        return cast(x, dtype)
    return cast(x, np.float64) if x.dtype.kind in "bi" else x


def guarded_root(square: TracedArray) -> Any:
    """The square root with derivative 0 at 0: the root itself is never taken there."""
    zero = square == 0.0
    return np.where(zero, 0.0, np.sqrt(np.where(zero, 1.0, square)))


def _chosen(x: TracedArray, where: Any, neutral: Any) -> TracedArray:
    """What NumPy's ``where=`` leaves out replaced by what changes nothing."""
    return x if where is NO or where is True else as_traced(np.where(where, x, neutral), x.dtype)


def _begun(ufunc: np.ufunc, result: TracedArray, initial: Any) -> Any:
    return result if initial is NO or initial is None else ufunc(result, as_traced(initial, result.dtype))


@implements(np.sum)
def _sum(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = NO, initial: Any = NO, where: Any = NO
) -> Any:
    plain(out=out)
    x = _chosen(_accumulated(as_traced(a), dtype), where, 0)
    return _begun(np.add, _reduce(sum_, x, axis, keepdims), initial)


@implements(np.prod)
def _prod(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = NO, initial: Any = NO, where: Any = NO
) -> Any:
    plain(out=out)
    x = _chosen(_accumulated(as_traced(a), dtype), where, 1)
    return _begun(np.multiply, _reduce(prod, x, axis, keepdims), initial)


@implements(np.max, np.amax)
def _max(a: Any, axis: Any = None, out: Any = None, keepdims: Any = NO, initial: Any = NO, where: Any = NO) -> Any:
    plain(out=out)
    return _extreme(as_traced(a), axis, keepdims, initial, where, largest=True)


@implements(np.min, np.amin)
def _min(a: Any, axis: Any = None, out: Any = None, keepdims: Any = NO, initial: Any = NO, where: Any = NO) -> Any:
    plain(out=out)
    return _extreme(as_traced(a), axis, keepdims, initial, where, largest=False)


def _extreme(x: TracedArray, axis: Any, keepdims: Any, initial: Any, where: Any, *, largest: bool) -> Any:
    masked = where is not NO and where is not True
    if masked and initial is NO:
        raise ShapeError("with where= an initial= value is needed, for there may be nothing else")
    if initial is not NO and 0 in x.shape:
        x, masked = filled(initial, x.dtype, [extent or 1 for extent in x.shape]), False
    x = _chosen(x, where, initial) if masked else x
    truth, number = (any_, max_) if largest else (all_, min_)
    result = _reduce(truth if x.dtype == np.bool_ else number, x, axis, keepdims)
    return _begun(np.maximum if largest else np.minimum, result, initial)


@implements(np.any)
def _any(a: Any, axis: Any = None, out: Any = None, keepdims: Any = NO, *, where: Any = NO) -> TracedArray:
    plain(out=out)
    return _reduce(any_, _chosen(cast(as_traced(a), np.bool_), where, False), axis, keepdims)


@implements(np.all)
def _all(a: Any, axis: Any = None, out: Any = None, keepdims: Any = NO, *, where: Any = NO) -> TracedArray:
    plain(out=out)
    return _reduce(all_, _chosen(cast(as_traced(a), np.bool_), where, True), axis, keepdims)


@implements(np.count_nonzero)
def _count_nonzero(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    return numpy.sum(cast(as_traced(a), np.bool_), axis=axis, keepdims=keepdims)


@implements(np.mean)
def _mean(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = NO, *, where: Any = NO) -> Any:
    plain(out=out)
    x = inexact(as_traced(a), dtype)
    return _reduce(sum_, _chosen(x, where, 0), axis, keepdims) / _count(x, axis, keepdims, where)


def _count(x: TracedArray, axis: Any, keepdims: Any = NO, where: Any = NO) -> Any:
    """How many elements are combined along these axes."""
    if where is not NO and where is not True:
        return _reduce(sum_, to_shape(as_traced(where, x.dtype), x.shape), axis, keepdims)
    return number_of([x.shape[position] for position in axes_of(axis, x.ndim)], x.dtype)


@implements(np.var)
def _var(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    ddof: Any = 0,
    keepdims: Any = NO,
    *,
    where: Any = NO,
    mean: Any = NO,
    correction: Any = NO,
) -> Any:
    plain(out=out)
    x = inexact(as_traced(a), dtype)
    centre = numpy.mean(x, axis=axis, keepdims=True, where=where) if mean is NO else mean
    lost = ddof if correction is NO else correction
    count = _count(x, axis, keepdims, where)
    left = max(count - lost, 0) if isinstance(count, int) else np.maximum(count - lost, 0)
    return _reduce(sum_, _chosen(np.square(x - centre), where, 0), axis, keepdims) / left


@implements(np.std)
def _std(a: Any, *args: Any, **kwargs: Any) -> Any:
    return guarded_root(np.var(a, *args, **kwargs))


@implements(np.average)
def _average(a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: Any = NO) -> Any:
    x = as_traced(a)
    if weights is None:
        mean: Any = np.mean(x, axis=axis, keepdims=keepdims)
        return (mean, to_shape(as_traced(_count(x, axis), mean.dtype), mean.shape)) if returned else mean
    w = _like_axes(as_traced(weights), x, axis)
    total: Any = np.sum(inexact(x) * w, axis=axis, keepdims=keepdims)
    scale = numpy.sum(w, axis=axis, keepdims=keepdims)
    return (total / scale, cast(scale, total.dtype)) if returned else total / scale


def _like_axes(weights: TracedArray, x: TracedArray, axis: Any) -> TracedArray:
    """The weights of some axes, repeated along the others."""
    if weights.shape == x.shape:
        return weights
    axes = None if axis is None else axes_of(axis, x.ndim)
    if axes is None or weights.shape != tuple(x.shape[position] for position in axes):
        raise ShapeError("weights must have the shape of the array, or that of the axes averaged over")
    spread = [x.shape[position] if position in axes else 1 for position in range(x.ndim)]
    return to_shape(viewed(weights, spread), x.shape)


@implements(np.ptp)
def _ptp(a: Any, axis: Any = None, out: Any = None, keepdims: Any = NO) -> Any:
    plain(out=out)
    return np.max(a, axis=axis, keepdims=keepdims) - np.min(a, axis=axis, keepdims=keepdims)
