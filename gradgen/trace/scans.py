"""Running sums and products, and differences: what depends on the neighbours along one axis."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradgen.errors import ShapeError
from gradgen.ops import Op
from gradgen.ops.scan import cumprod, cumsum
from gradgen.trace.array import TracedArray, emit
from gradgen.trace.context import implements, numpy
from gradgen.trace.moves import as_traced, cast, one_axis, plain, to_shape

__all__ = ["between"]


def _scan(op: Op, a: Any, axis: Any, dtype: Any) -> TracedArray:
    x = as_traced(a)
    if dtype is not None or x.dtype.kind in "bi":
        x = cast(x, np.int64 if dtype is None else dtype)
    x = x.ravel() if axis is None else x
    return emit(op, x, axis=one_axis(0 if axis is None else axis, x.ndim))


@implements(np.cumsum)
def _cumsum(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> TracedArray:
    plain(out=out)
    return _scan(cumsum, a, axis, dtype)


@implements(np.cumprod)
def _cumprod(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> TracedArray:
    plain(out=out)
    return _scan(cumprod, a, axis, dtype)


@implements(np.nancumsum)
def _nancumsum(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> TracedArray:
    plain(out=out)
    return _scan(cumsum, np.where(np.isnan(as_traced(a)), 0, a), axis, dtype)


@implements(np.nancumprod)
def _nancumprod(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> TracedArray:
    plain(out=out)
    return _scan(cumprod, np.where(np.isnan(as_traced(a)), 1, a), axis, dtype)


def _cumulative(op: Op, first: int) -> Any:
    """The array API's spelling, which can put the neutral element first."""

    def apply(x: Any, /, *, axis: Any = None, dtype: Any = None, out: Any = None, include_initial: bool = False) -> Any:
        plain(out=out)
        if axis is None and as_traced(x).ndim != 1:
            raise ShapeError("axis= must be given for more than one dimension")
        result = _scan(op, x, 0 if axis is None else axis, dtype)
        if not include_initial:
            return result
        along = one_axis(0 if axis is None else axis, result.ndim)
        shape = (*result.shape[:along], 1, *result.shape[along + 1 :])
        return np.concatenate([to_shape(as_traced(first, result.dtype), shape), result], axis=along)

    return apply


# NumPy 2.1 and later have these.
if hasattr(np, "cumulative_sum"):
    implements(np.cumulative_sum)(_cumulative(cumsum, 0))
    implements(np.cumulative_prod)(_cumulative(cumprod, 1))


# --- differences -------------------------------------------------------------------------------------


def between(x: TracedArray, axis: int, start: Any, stop: Any) -> Any:
    """The part of an axis between two bounds."""
    key = (*[slice(None)] * axis, slice(start, stop))
    return x[key]


@implements(np.diff)
def _diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = np._NoValue, append: Any = np._NoValue) -> Any:
    x: Any = as_traced(a)
    along = one_axis(axis, x.ndim)
    parts = [_thick(prepend, x, along), x, _thick(append, x, along)]
    x = x if parts[0] is None and parts[2] is None else np.concatenate([p for p in parts if p is not None], axis=along)
    for _ in range(n):
        ahead, behind = between(x, along, 1, x.shape[along]), between(x, along, 0, x.shape[along] + -1)
        x = ahead != behind if x.dtype == np.bool_ else ahead - behind
    return x


def _thick(border: Any, x: TracedArray, axis: int) -> Any:
    """What is put before or behind; one number is repeated."""
    if border is np._NoValue or border is None:
        return None
    value = as_traced(border)
    return value if value.ndim else to_shape(value, (*x.shape[:axis], 1, *x.shape[axis + 1 :]))


@implements(np.ediff1d)
def _ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    x: Any = as_traced(ary).ravel()
    parts = [x[1:] - x[:-1]]
    parts = parts if to_begin is None else [as_traced(to_begin, x.dtype).ravel(), *parts]
    parts = parts if to_end is None else [*parts, as_traced(to_end, x.dtype).ravel()]
    return np.concatenate(parts) if len(parts) > 1 else parts[0]


@implements(np.trapezoid)
def _trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    samples = numpy.moveaxis(as_traced(y), axis, -1)
    if x is not None:
        points = as_traced(x)
        dx = numpy.diff(points if points.ndim == 1 else numpy.moveaxis(points, axis, -1))
    return np.sum(dx * (samples[..., 1:] + samples[..., :-1]) / 2.0, axis=-1)


@implements(np.gradient)
def _gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    y = as_traced(f)
    y = cast(y, np.float64) if y.dtype.kind in "bi" else y
    axes = [one_axis(each, y.ndim) for each in _several(range(y.ndim) if axis is None else axis)]
    steps = list(varargs) or [1.0]
    steps = steps * len(axes) if len(steps) == 1 else steps
    if len(steps) != len(axes):
        raise ShapeError(f"{len(steps)} distances for {len(axes)} axes")
    slopes = tuple(_slope(y, step, along, edge_order) for step, along in zip(steps, axes, strict=True))
    return slopes[0] if len(slopes) == 1 else slopes


def _several(axis: Any) -> tuple[Any, ...]:
    return tuple(axis) if isinstance(axis, tuple | list | range) else (axis,)


def _slope(y: TracedArray, step: Any, axis: int, edge_order: int) -> Any:
    """Second order inside: the two one-sided slopes, each weighted by the other's distance."""
    x: Any = numpy.moveaxis(y, axis, 0)
    if isinstance(x.shape[0], int) and x.shape[0] < edge_order + 1:
        raise ShapeError(f"an axis of size {x.shape[0]} is too short for differences")
    points = as_traced(step) if np.ndim(step) else as_traced(step, y.dtype)
    h: Any = numpy.diff(points) if points.ndim else to_shape(points, (x.shape[0] + -1,))
    h = (h if h.dtype.kind in "fc" else cast(h, np.float64)).reshape(-1, *[1] * (x.ndim - 1))
    one_sided = (x[1:] - x[:-1]) / h
    left, right = one_sided[:-1], one_sided[1:]
    before, after = h[:-1], h[1:]
    inner = (left * after + right * before) / (before + after)
    first, last = one_sided[:1], one_sided[-1:]
    if edge_order == 2:
        first = first - (right[:1] - left[:1]) * before[:1] / (before[:1] + after[:1])
        last = last + (right[-1:] - left[-1:]) * after[-1:] / (before[-1:] + after[-1:])
    return np.moveaxis(np.concatenate([first, inner, last]), 0, axis)


@implements(np.unwrap)
def _unwrap(p: Any, discont: Any = None, axis: int = -1, *, period: Any = 2 * np.pi) -> Any:
    x: Any = numpy.moveaxis(as_traced(p), axis, -1)
    x = x if x.dtype.kind == "f" else cast(x, np.float64)
    jump, half = np.diff(x), period / 2
    short = np.mod(jump + half, period) - half
    short = np.where((short == -half) & (jump > 0), half, short)
    correction = np.where(np.abs(jump) < (half if discont is None else discont), 0.0, short - jump)
    return np.moveaxis(np.concatenate([x[..., :1], x[..., 1:] + np.cumsum(correction, axis=-1)], axis=-1), -1, axis)
