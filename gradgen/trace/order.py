"""What depends on the order of the numbers: sorting, positions of extrema, medians and quantiles.

The order itself is piecewise constant: it is found by `argsort`, and the derivative goes with the elements that
are taken in that order. Equal elements keep their places.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from gradgen.errors import ShapeError, TraceError
from gradgen.ir import Dim
from gradgen.ops import Op
from gradgen.ops.scan import argmax, argmin, argsort
from gradgen.trace.array import TracedArray, emit
from gradgen.trace.context import implements, numpy
from gradgen.trace.moves import as_traced, axes_of, cast, one_axis, plain, viewed
from gradgen.trace.taking import Positions, pick, take_rows

__all__: list[str] = []

NO: Any = np._NoValue


def _last(a: Any, axis: Any) -> tuple[TracedArray, int]:
    """The array with this axis last, or flat for None, and where the axis was."""
    x = as_traced(a)
    if axis is None:
        return x.ravel(), 0
    along = one_axis(axis, x.ndim)
    return numpy.moveaxis(x, along, -1), along


def _back(x: TracedArray, axis: int) -> TracedArray:
    return numpy.moveaxis(x, -1, axis)  # type: ignore[no-any-return]


def _sorted(x: TracedArray) -> TracedArray:
    """Along the last axis."""
    return take_rows(x, emit(argsort, x), inside=True)


# Any stable order is also what the other kinds of sorting, and a partition, may give.
@implements(np.sort)
def _sort(a: Any, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> TracedArray:
    plain(order=order)
    x, along = _last(a, axis)
    return _back(_sorted(x), along)


@implements(np.partition)
def _partition(a: Any, kth: Any, axis: Any = -1, kind: Any = None, order: Any = None) -> TracedArray:
    return _sort(a, axis, order=order)


@implements(np.argsort)
def _argsort(a: Any, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> TracedArray:
    plain(order=order)
    x, along = _last(a, axis)
    return _back(emit(argsort, x), along)


@implements(np.argpartition)
def _argpartition(a: Any, kth: Any, axis: Any = -1, kind: Any = None, order: Any = None) -> TracedArray:
    return _argsort(a, axis, order=order)


def _extreme_position(op: Op, a: Any, axis: Any, keepdims: Any) -> TracedArray:
    given = as_traced(a)
    x, along = _last(given, axis)
    found = emit(op, x)
    if keepdims is NO or not keepdims:
        return found
    if axis is None:
        return viewed(found, (1,) * given.ndim)
    return _back(viewed(found, (*found.shape, 1)), along)


@implements(np.argmax)
def _argmax(a: Any, axis: Any = None, out: Any = None, *, keepdims: Any = NO) -> TracedArray:
    plain(out=out)
    return _extreme_position(argmax, a, axis, keepdims)


@implements(np.argmin)
def _argmin(a: Any, axis: Any = None, out: Any = None, *, keepdims: Any = NO) -> TracedArray:
    plain(out=out)
    return _extreme_position(argmin, a, axis, keepdims)


@implements(np.nanargmax)
def _nanargmax(a: Any, axis: Any = None, out: Any = None, *, keepdims: Any = NO) -> TracedArray:
    return _argmax(np.where(np.isnan(as_traced(a)), -np.inf, a), axis, out, keepdims=keepdims)


@implements(np.nanargmin)
def _nanargmin(a: Any, axis: Any = None, out: Any = None, *, keepdims: Any = NO) -> TracedArray:
    return _argmin(np.where(np.isnan(as_traced(a)), np.inf, a), axis, out, keepdims=keepdims)


@implements(np.take_along_axis)
def _take_along_axis(arr: Any, indices: Any, axis: Any = -1) -> TracedArray:
    x, along = _last(arr, axis)
    positions: Any = as_traced(indices)
    if positions.dtype.kind != "i":
        raise TraceError(f"indices must be integers, not {positions.dtype}; convert them with .astype(int)")
    if axis is None:
        return take_rows(x, positions.ravel())
    if positions.ndim != x.ndim:
        raise ShapeError(f"indices of {positions.ndim} dimensions for an array of {x.ndim}")
    positions = numpy.moveaxis(positions, along, -1)
    stack = np.broadcast_shapes(x.shape[:-1], positions.shape[:-1])
    x = numpy.broadcast_to(x, (*stack, x.shape[-1]))
    return _back(take_rows(x, numpy.broadcast_to(positions, (*stack, positions.shape[-1]))), along)


@implements(np.searchsorted)
def _searchsorted(a: Any, v: Any, side: str = "left", sorter: Any = None) -> Any:
    """How many are smaller: each is compared with all, which for up to some hundred is quicker than a search."""
    if side not in ("left", "right"):
        raise ShapeError(f"side must be 'left' or 'right', not {side!r}")
    table: Any = as_traced(a) if sorter is None else as_traced(a)[sorter]
    values = as_traced(v)[..., None]
    return np.sum(table < values if side == "left" else table <= values, axis=-1)


@implements(np.digitize)
def _digitize(x: Any, bins: Any, right: bool = False) -> Any:
    if type(bins) is TracedArray:
        raise TraceError("bins must be known while the function is traced; np.searchsorted takes traced ones")
    edges = np.asarray(bins)
    if np.all(np.diff(edges) >= 0):
        return _searchsorted(edges, x, "left" if right else "right")
    return len(edges) - _searchsorted(edges[::-1], x, "right" if right else "left")


@implements(np.isin)
def _isin(
    element: Any, test_elements: Any, assume_unique: bool = False, invert: bool = False, *, kind: Any = None
) -> Any:
    found = np.any(as_traced(element)[..., None] == as_traced(test_elements).ravel(), axis=-1)
    return np.logical_not(found) if invert else found


# --- quantiles ---------------------------------------------------------------------------------------

# Where in a sorted row of n the quantile lies: n q + a + q (1 - a - b) - 1.
CONTINUOUS = {
    "interpolated_inverted_cdf": (0.0, 1.0),
    "hazen": (0.5, 0.5),
    "weibull": (0.0, 0.0),
    "linear": (1.0, 1.0),
    "median_unbiased": (1 / 3, 1 / 3),
    "normal_unbiased": (3 / 8, 3 / 8),
}
# The others take the place `linear` gives, and choose a neighbour there.
NEIGHBOURS: dict[str, Callable[[Any], Any]] = {
    "lower": np.floor,
    "higher": np.ceil,
    "nearest": np.rint,
    "midpoint": lambda place: (np.floor(place) + np.ceil(place)) / 2,
}


def _place(count: Any, q: Any, method: str) -> Any:
    if method in NEIGHBOURS:
        return NEIGHBOURS[method]((count - 1) * q)
    if method not in CONTINUOUS:
        raise TraceError(f"method {method!r} is not supported; use one of {', '.join([*CONTINUOUS, *NEIGHBOURS])}")
    a, b = CONTINUOUS[method]
    place = count * q + (a + q * (1 - a - b)) - 1 if method != "linear" else (count - 1) * q
    return np.clip(place, 0, count - 1)


def _rows(a: Any, axis: Any) -> tuple[TracedArray, list[Any]]:
    """The axes to reduce as one last axis, and the shape with ``keepdims``."""
    x = as_traced(a)
    x = x if x.dtype.kind == "f" else cast(x, np.float64)
    axes = axes_of(axis, x.ndim)
    kept = [1 if position in axes else extent for position, extent in enumerate(x.shape)]
    rest = [position for position in range(x.ndim) if position not in axes]
    moved: Any = numpy.transpose(x, [*rest, *axes])
    last = moved.shape[-1] if len(axes) == 1 else math.prod(x.shape[position] for position in axes)
    return viewed(moved, (*[x.shape[position] for position in rest], last)), kept


def _quantile(a: Any, q: Any, axis: Any, method: str, keepdims: Any, *, skip: bool) -> Any:
    """Between the two neighbours in the sorted row; NaN, which comes last, spoils the row or is passed over."""
    x, kept = _rows(a, axis)
    known: Any = np.logical_not(np.isnan(x))
    # The derivative must not reach what is passed over.
    ordered: Any = _sorted(as_traced(np.where(known, x, np.inf), x.dtype) if skip else x)
    asked = q if type(q) is TracedArray else np.asarray(q)
    # As in NumPy, an array of quantiles makes a line between two numbers as wide as itself.
    wide = method in CONTINUOUS or method == "midpoint"
    dtype = np.result_type(x.dtype, asked.dtype) if wide and not isinstance(q, int | float) else x.dtype
    if type(asked) is not TracedArray and not np.all((asked >= 0) & (asked <= 1)):
        raise ShapeError("quantiles must be in the range [0, 1]")
    count: Any = x.shape[-1]
    if skip:
        count = numpy.sum(known, axis=-1)
    elif isinstance(count, Dim):
        count = as_traced(count, np.dtype(np.float64))
    results = [_at(ordered, _place(count, one, method)) for one in asked.ravel()]
    if not skip:
        spoilt = np.isnan(ordered[..., -1])
        results = [np.where(spoilt, np.nan, result) for result in results]
    shaped: Any = [viewed(result, kept) if keepdims else result for result in (as_traced(r, dtype) for r in results)]
    return np.stack(shaped).reshape(*asked.shape, *shaped[0].shape) if asked.ndim else shaped[0]


def _at(ordered: Any, place: Any) -> Any:
    """The row at a place between two elements, by a line."""
    low, high = np.floor(place), np.ceil(place)
    part = place - low
    below, above = (_taken(ordered, at) for at in (low, high))
    part = as_traced(part, ordered.dtype)
    return below + (above - below) * part


def _taken(ordered: Any, at: Any) -> Any:
    if type(at) is not TracedArray:
        return ordered[..., int(at)]
    positions: Positions = at.astype(np.int64)
    if not positions.ndim:
        return pick(numpy.moveaxis(ordered, -1, 0), [positions])
    return take_rows(ordered, positions[..., None])[..., 0]


def _quantile_like(function: Any, *, percent: bool, skip: bool) -> None:
    def apply(
        a: Any,
        q: Any,
        axis: Any = None,
        out: Any = None,
        overwrite_input: bool = False,
        method: str = "linear",
        keepdims: Any = False,
        *,
        weights: Any = None,
        interpolation: Any = None,
    ) -> Any:
        plain(out=out, weights=weights, interpolation=interpolation)
        asked = (q if type(q) is TracedArray or isinstance(q, int | float) else np.asarray(q)) / (100 if percent else 1)
        return _quantile(a, asked, axis, method, keepdims is not NO and keepdims, skip=skip)

    implements(function)(apply)


_quantile_like(np.quantile, percent=False, skip=False)
_quantile_like(np.percentile, percent=True, skip=False)
_quantile_like(np.nanquantile, percent=False, skip=True)
_quantile_like(np.nanpercentile, percent=True, skip=True)


@implements(np.median)
def _median(a: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False, keepdims: Any = False) -> Any:
    plain(out=out)
    return _quantile(a, 0.5, axis, "linear", keepdims is not NO and keepdims, skip=False)


@implements(np.nanmedian)
def _nanmedian(a: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False, keepdims: Any = NO) -> Any:
    plain(out=out)
    return _quantile(a, 0.5, axis, "linear", keepdims is not NO and keepdims, skip=True)
