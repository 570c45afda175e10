"""Between tabulated points: ``np.interp``, and the products of neighbours, ``np.convolve`` and ``np.correlate``."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from gradgen.errors import ShapeError
from gradgen.ir import Dim
from gradgen.ops.shape import embed
from gradgen.trace.array import TracedArray, emit
from gradgen.trace.context import implements, numpy
from gradgen.trace.moves import as_traced, cast, fixed
from gradgen.trace.products import multiplied
from gradgen.trace.taking import counted, pick

__all__: list[str] = []

# Convolutions with at most so many coefficients are sums of shifted arrays, longer ones a product with a matrix.
FEW_SHIFTS = 16


@implements(np.interp)
def _interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None) -> Any:
    """The line between the two neighbours; differentiable in all three."""
    at, points, values = (_inexact(each) for each in (x, xp, fp))
    if points.ndim != 1 or points.shape != values.shape:
        raise ShapeError(f"xp and fp must be vectors of one length, not {points.shape} and {values.shape}")
    if period is not None:
        at, points, values = _wrapped(at, points, values, abs(period))
        left = right = None
    n = points.shape[0]
    below, above = (values[0] if left is None else left), (values[-1] if right is None else right)
    if n == 1:
        inside: Any = values[0]
    else:
        # The interval is found by comparing with every inner point.
        k = np.sum(points[1:-1] <= at[..., None], axis=-1)
        start, end, y, y_end = points[k], points[k + 1], values[k], values[k + 1]
        inside = y + (at - start) * ((y_end - y) / (end - start))
        inside = np.where(at == points[-1], values[-1], inside)
    return np.where(at < points[0], below, np.where(at > points[-1], above, inside))


def _inexact(x: Any) -> Any:
    """As np.interp does, in float64 whatever is given."""
    return cast(as_traced(x), np.float64)


def _wrapped(at: Any, points: Any, values: Any, period: Any) -> tuple[Any, Any, Any]:
    """Everything in one period, sorted, with a point of the neighbouring period on either side."""
    at, points = at % period, points % period
    order = np.argsort(points)
    points, values = points[order], values[order]
    points = np.concatenate([points[-1:] - period, points, points[:1] + period])
    return at, points, np.concatenate([values[-1:], values, values[:1]])


# --- convolutions ------------------------------------------------------------------------------------


def _full(a: TracedArray, v: TracedArray) -> Any:
    """All sums of products of what overlaps; ``v`` is the shorter one."""
    m = fixed(v.shape[0])
    total = a.shape[0] + (m - 1)
    if m <= FEW_SHIFTS or isinstance(total, Dim):
        shifted = [emit(embed, a, starts=(k,), steps=(1,), shape=(total,)) for k in range(m)]
        result: Any = shifted[0] * v[0]
        for k in range(1, m):
            result = result + shifted[k] * v[k]
        return result
    padded = emit(embed, a, starts=(m - 1,), steps=(1,), shape=(total + (m - 1),))
    return _windows(padded, m) @ v[::-1]


def _windows(x: TracedArray, width: int) -> TracedArray:
    rows: Any = counted(x.shape[0] + (1 - width))
    return pick(x, [rows[:, None] + counted(width)[None, :]])


def _cut(full: Any, longer: Any, shorter: Any, mode: Any) -> Any:
    mode = {0: "valid", 1: "same", 2: "full"}.get(mode, mode)
    if mode == "full":
        return full
    if mode == "same":
        start = (shorter - 1) // 2
        return full[start : start + longer]
    if mode == "valid":
        return full[shorter - 1 : longer]
    raise ShapeError(f"mode {mode!r}; there are 'full', 'same' and 'valid'")


def _vectors(a: Any, v: Any) -> tuple[TracedArray, TracedArray]:
    x, y = (numpy.atleast_1d(each) for each in multiplied(a, v))
    if x.ndim != 1 or y.ndim != 1:
        raise ShapeError(f"needs two vectors, not {x.ndim} and {y.ndim} dimensions")
    return x, y


@implements(np.convolve)
def _convolve(a: Any, v: Any, mode: Any = "full") -> Any:
    x, y = _vectors(a, v)
    if not isinstance(x.shape[0], Dim) and (isinstance(y.shape[0], Dim) or y.shape[0] > x.shape[0]):
        x, y = y, x
    return _cut(_full(x, y), x.shape[0], fixed(y.shape[0]), mode)


@implements(np.correlate)
def _correlate(a: Any, v: Any, mode: Any = "valid") -> Any:
    x, y = _vectors(a, v)
    swapped = fixed(y.shape[0]) > fixed(x.shape[0])
    longer, shorter = (y, x) if swapped else (x, y)
    result = _cut(_full(longer, shorter[::-1]), fixed(longer.shape[0]), fixed(shorter.shape[0]), mode)
    if not swapped:
        return result
    # NumPy correlates the other way round and turns the result.
    return result[::-1]


@implements(np.lib.stride_tricks.sliding_window_view)
def _sliding_window_view(
    x: Any, window_shape: Any, axis: Any = None, *, subok: bool = False, writeable: bool = False
) -> Any:
    array: Any = as_traced(x)
    widths = [operator.index(w) for w in (window_shape if isinstance(window_shape, tuple | list) else (window_shape,))]
    axes = range(array.ndim) if axis is None else [axis] if isinstance(axis, int) else axis
    if len(widths) != len(list(axes)):
        raise ShapeError(f"{len(widths)} widths for {len(list(axes))} axes")
    for width, along in zip(widths, axes, strict=True):
        moved = numpy.moveaxis(array, along, 0)
        rows: Any = counted(moved.shape[0] + (1 - width))
        taken = pick(moved, [rows[:, None] + counted(width)[None, :]])
        array = numpy.moveaxis(numpy.moveaxis(taken, 1, -1), 0, along)
    return array
