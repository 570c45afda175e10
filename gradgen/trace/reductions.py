"""Sums, means, extrema and what is made of them, with NumPy's dtypes, axes and ``keepdims``."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradgen.errors import TraceError
from gradgen.ir import Extent
from gradgen.ops import Op
from gradgen.ops.reduce import all_, any_, max_, min_, prod, sum_
from gradgen.ops.shape import embed
from gradgen.trace.array import TracedArray, emit
from gradgen.trace.context import implements, numpy
from gradgen.trace.moves import as_traced, axes_of, cast, fixed, number_of, one_axis, plain, sliced, to_shape, viewed

__all__: list[str] = []

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


def _inexact(x: TracedArray, dtype: Any = None) -> TracedArray:
    if dtype is not None:
        return cast(x, dtype)
    return cast(x, np.float64) if x.dtype.kind in "bi" else x


def _guarded_root(square: TracedArray) -> Any:
    """The square root with derivative 0 at 0: the root itself is never taken there."""
    zero = square == 0.0
    return np.where(zero, 0.0, np.sqrt(np.where(zero, 1.0, square)))


@implements(np.sum)
def _sum(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = NO, initial: Any = NO, where: Any = NO
) -> TracedArray:
    plain(out=out, initial=initial, where=where)
    return _reduce(sum_, _accumulated(as_traced(a), dtype), axis, keepdims)


@implements(np.prod)
def _prod(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = NO, initial: Any = NO, where: Any = NO
) -> TracedArray:
    plain(out=out, initial=initial, where=where)
    return _reduce(prod, _accumulated(as_traced(a), dtype), axis, keepdims)


@implements(np.max, np.amax)
def _max(
    a: Any, axis: Any = None, out: Any = None, keepdims: Any = NO, initial: Any = NO, where: Any = NO
) -> TracedArray:
    plain(out=out, initial=initial, where=where)
    x = as_traced(a)
    return _reduce(any_ if x.dtype == np.bool_ else max_, x, axis, keepdims)


@implements(np.min, np.amin)
def _min(
    a: Any, axis: Any = None, out: Any = None, keepdims: Any = NO, initial: Any = NO, where: Any = NO
) -> TracedArray:
    plain(out=out, initial=initial, where=where)
    x = as_traced(a)
    return _reduce(all_ if x.dtype == np.bool_ else min_, x, axis, keepdims)


@implements(np.any)
def _any(a: Any, axis: Any = None, out: Any = None, keepdims: Any = NO, *, where: Any = NO) -> TracedArray:
    plain(out=out, where=where)
    return _reduce(any_, cast(as_traced(a), np.bool_), axis, keepdims)


@implements(np.all)
def _all(a: Any, axis: Any = None, out: Any = None, keepdims: Any = NO, *, where: Any = NO) -> TracedArray:
    plain(out=out, where=where)
    return _reduce(all_, cast(as_traced(a), np.bool_), axis, keepdims)


@implements(np.count_nonzero)
def _count_nonzero(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    return numpy.sum(cast(as_traced(a), np.bool_), axis=axis, keepdims=keepdims)


@implements(np.mean)
def _mean(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = NO, *, where: Any = NO) -> Any:
    plain(out=out, where=where)
    x = _inexact(as_traced(a), dtype)
    return _reduce(sum_, x, axis, keepdims) / _count(x, axis)


def _count(x: TracedArray, axis: Any) -> Any:
    """How many elements are combined along these axes."""
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
    plain(out=out, where=where)
    x = _inexact(as_traced(a), dtype)
    centre = numpy.mean(x, axis=axis, keepdims=True) if mean is NO else mean
    lost = ddof if correction is NO else correction
    count = _count(x, axis)
    left = max(count - lost, 0) if isinstance(count, int) else count - lost
    return _reduce(sum_, np.square(x - centre), axis, keepdims) / left


@implements(np.std)
def _std(a: Any, *args: Any, **kwargs: Any) -> Any:
    return _guarded_root(np.var(a, *args, **kwargs))


@implements(np.average)
def _average(a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: Any = NO) -> Any:
    if returned:
        raise TraceError("leave away the argument returned= on traced arrays; np.sum(weights) is the other result")
    if weights is None:
        return np.mean(a, axis=axis, keepdims=keepdims)
    x, w = as_traced(a), as_traced(weights)
    if w.shape != x.shape:
        if w.ndim != 1 or axis is None:
            raise TraceError("weights must have the shape of the array, or one dimension and an axis")
        w = w.reshape(*[-1 if position == one_axis(axis, x.ndim) else 1 for position in range(x.ndim)])
    w = to_shape(w, x.shape)
    total = np.sum(_inexact(x) * w, axis=axis, keepdims=keepdims)
    return total / numpy.sum(w, axis=axis, keepdims=keepdims)


@implements(np.nansum)
def _nansum(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = NO) -> Any:
    plain(out=out)
    x = as_traced(a)
    return np.sum(numpy.where(np.isnan(x), 0, x), axis=axis, dtype=dtype, keepdims=keepdims)


@implements(np.nanmean)
def _nanmean(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = NO) -> Any:
    x = _inexact(as_traced(a), dtype)
    count = np.sum(as_traced(np.logical_not(np.isnan(x)), x.dtype), axis=axis, keepdims=keepdims)
    return _nansum(x, axis, None, out, keepdims) / count


@implements(np.cov)
def _cov(
    m: Any,
    y: Any = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: Any = None,
    fweights: Any = None,
    aweights: Any = None,
    *,
    dtype: Any = None,
) -> Any:
    plain(y=y, fweights=fweights, aweights=aweights)
    x: Any = numpy.atleast_2d(cast(as_traced(m), np.float64 if dtype is None else dtype))
    x = x if rowvar or as_traced(m).ndim == 1 else x.T
    centred = x - np.mean(x, axis=1, keepdims=True)
    lost = ddof if ddof is not None else 0 if bias else 1
    return np.squeeze(centred @ centred.T / (number_of(x.shape[1:], x.dtype) - lost))


@implements(np.ptp)
def _ptp(a: Any, axis: Any = None, out: Any = None, keepdims: Any = NO) -> Any:
    plain(out=out)
    return np.max(a, axis=axis, keepdims=keepdims) - np.min(a, axis=axis, keepdims=keepdims)


@implements(np.cumsum)
def _cumsum(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> TracedArray:
    """By doubling: after step k every element holds the sum of up to 2^k elements."""
    plain(out=out)
    x = _accumulated(as_traced(a), dtype)
    x = x.ravel() if axis is None else x
    along = one_axis(0 if axis is None else axis, x.ndim)
    extent, shift = fixed(x.shape[along]), 1
    while shift < extent:
        x, shift = x + _shifted(x, along, shift), 2 * shift
    return x


def _shifted(x: TracedArray, axis: int, shift: int) -> TracedArray:
    """The elements moved up along an axis, zeros before them."""
    zeros = (0,) * x.ndim
    shape: list[Any] = list(x.shape)
    shape[axis] -= shift
    part = sliced(x, zeros, (1,) * x.ndim, shape)
    starts = tuple(shift if position == axis else 0 for position in range(x.ndim))
    return emit(embed, part, starts=starts, steps=(1,) * x.ndim, shape=x.shape)


@implements(np.linalg.norm)
def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    array = _inexact(as_traced(x))
    axes = axes_of(axis, array.ndim)
    if ord in (None, "fro", "f") or (ord == 2 and len(axes) == 1):
        if ord in ("fro", "f") and len(axes) != 2:
            raise TraceError(f"ord={ord!r} is a norm of matrices, not of {len(axes)} axes")
        return _guarded_root(np.sum(np.square(array), axis=axes, keepdims=keepdims))
    if len(axes) == 1:
        return _vector_norm(array, ord, axes, keepdims)
    if len(axes) == 2 and ord in (1, np.inf):
        given = axis if axis is not None else axes
        down, across = (given[0], given[1]) if ord == 1 else (given[1], given[0])
        sums = np.sum(np.abs(array), axis=down, keepdims=True)
        norm = np.max(sums, axis=across, keepdims=True)
        return norm if keepdims else np.squeeze(norm, axis=axes)
    raise TraceError(f"ord={ord!r} over {len(axes)} axes is not supported on traced arrays; use None, 'fro', 1 or inf")


def _vector_norm(x: TracedArray, ord: Any, axis: Any, keepdims: bool) -> Any:
    if ord == 1:
        return np.sum(np.abs(x), axis=axis, keepdims=keepdims)
    if ord == np.inf:
        return np.max(np.abs(x), axis=axis, keepdims=keepdims)
    if ord == -np.inf:
        return np.min(np.abs(x), axis=axis, keepdims=keepdims)
    raise TraceError(f"ord={ord!r} is not supported on traced arrays; use None, 1, 2 or inf, or write it out")


@implements(np.trapezoid)
def _trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    samples = numpy.moveaxis(as_traced(y), axis, -1)
    if x is not None:
        points = as_traced(x)
        dx = numpy.diff(points if points.ndim == 1 else numpy.moveaxis(points, axis, -1))
    return np.sum(dx * (samples[..., 1:] + samples[..., :-1]) / 2.0, axis=-1)
