"""Functions that choose between values, and those that make arrays like given ones."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from gradgen.errors import ShapeError, TraceError
from gradgen.ir import Dim, Extent, broadcast_shapes, shape_text
from gradgen.ops.diagonals import diag
from gradgen.ops.elementwise import where
from gradgen.ops.shape import place
from gradgen.trace.array import TracedArray, emit
from gradgen.trace.context import implements, numpy
from gradgen.trace.moves import as_traced, cast, filled, fixed, plain, prepare, result_dtype, shape_of, to_shape, viewed
from gradgen.trace.products import diagonal
from gradgen.trace.taking import OutOfBoundsError, counted, pick

__all__: list[str] = []


@implements(np.where)
def _where(condition: Any, x: Any = None, y: Any = None, /) -> TracedArray:
    if x is None or y is None:
        raise TraceError("needs both alternatives, np.where(condition, a, b): where the condition holds is not known")
    common = result_dtype(x, y)
    operands = [prepare(condition), prepare(x), prepare(y)]
    shape = broadcast_shapes(*[shape_of(operand) for operand in operands])
    dtypes = (np.dtype(bool), common, common)
    return emit(where, *[to_shape(as_traced(*pair), shape) for pair in zip(operands, dtypes, strict=True)])


@implements(np.select)
def _select(condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    if len(condlist) != len(choicelist):
        raise ShapeError(f"{len(condlist)} conditions for {len(choicelist)} choices")
    result = default
    for condition, choice in zip(condlist[::-1], choicelist[::-1], strict=True):
        result = _where(condition, choice, result)
    return result


@implements(np.choose)
def _choose(a: Any, choices: Any, out: Any = None, mode: str = "raise") -> Any:
    """One selection for each choice; a position out of range is told by looking it up."""
    plain(out=out)
    common = result_dtype(*choices)
    options = [as_traced(choice, common) for choice in choices]
    count = len(options)
    which: Any = a.astype(np.int64) if type(a) is TracedArray else np.asarray(a, np.int64)
    if mode == "clip":
        which = np.minimum(np.maximum(which, 0), count - 1)
    elif mode == "wrap":
        which = which % count
    elif type(which) is TracedArray:
        which = pick(counted(count), [np.where(which < 0, count, which)])
    elif np.any((which < 0) | (which >= count)):
        raise OutOfBoundsError(f"a choice is out of range: there are {count}")
    result: Any = options[-1]
    for position in reversed(range(count - 1)):
        result = _where(which == position, options[position], result)
    return to_shape(as_traced(result), broadcast_shapes(which.shape, *[option.shape for option in options]))


@implements(np.piecewise)
def _piecewise(x: Any, condlist: Any, funclist: Any, *args: Any, **kw: Any) -> Any:
    """Every function is called with the whole array; where another one counts, its derivative is 0."""
    value = as_traced(x)
    scalar = not isinstance(condlist, list | tuple) or (np.ndim(condlist[0]) == 0 and value.ndim > 0)
    conditions = [as_traced(condition, np.dtype(bool)) for condition in ([condlist] if scalar else list(condlist))]
    if len(funclist) not in (len(conditions), len(conditions) + 1):
        raise ShapeError(f"{len(funclist)} functions for {len(conditions)} conditions")
    pieces = [function(value, *args, **kw) if callable(function) else function for function in funclist]
    result: Any = pieces[-1] if len(pieces) > len(conditions) else 0
    for condition, piece in zip(conditions, pieces, strict=False):
        result = _where(condition, piece, result)
    return to_shape(as_traced(result, value.dtype), value.shape)


@implements(np.clip)
def _clip(a: Any, a_min: Any = None, a_max: Any = None, out: Any = None, *, min: Any = None, max: Any = None) -> Any:
    plain(out=out)
    low, high = (a_min if min is None else min), (a_max if max is None else max)
    x: Any = as_traced(a)
    x = x if low is None else np.maximum(x, low)
    return x if high is None else np.minimum(x, high)


@implements(np.linspace)
def _linspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
    *,
    device: Any = None,
) -> Any:
    common = result_dtype(start, stop)
    common = common if common.kind in "fc" else np.dtype(float)
    low, high = as_traced(start, common), as_traced(stop, common)
    shares = np.linspace(0.0, 1.0, num, endpoint).reshape(-1, *[1] * max(low.ndim, high.ndim))
    points: Any = low + (high - low) * as_traced(shares, common)
    points = numpy.moveaxis(points if dtype is None else cast(points, dtype), 0, axis)
    parts = num - 1 if endpoint else num
    return (points, (high - low) / parts if parts else np.nan) if retstep else points


@implements(np.logspace)
def _logspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, base: Any = 10.0, dtype: Any = None, axis: int = 0
) -> Any:
    exponents = _linspace(start, stop, num, endpoint, axis=axis)
    points: Any = np.power(base, exponents)
    return points if dtype is None else cast(points, dtype)


@implements(np.geomspace)
def _geomspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, dtype: Any = None, axis: int = 0) -> Any:
    """Equal ratios: both ends have the sign of the first."""
    low, high = (cast(as_traced(end), np.float64) for end in (start, stop))
    points: Any = low * np.exp(_linspace(np.log(high / low) * 0.0, np.log(high / low), num, endpoint, axis=axis))
    return points if dtype is None else cast(points, dtype)


# --- arrays like others ------------------------------------------------------------------------------


def _like(a: Any, number: Any, dtype: Any, shape: Any) -> TracedArray:
    x = as_traced(a)
    extents: tuple[Extent, ...] = x.shape if shape is None else _shape(shape)
    return filled(number, x.dtype if dtype is None else np.dtype(dtype), extents)


def _shape(shape: Any) -> tuple[Extent, ...]:
    entries = shape if isinstance(shape, tuple | list) else (shape,)
    return tuple(entry if isinstance(entry, Dim) else operator.index(entry) for entry in entries)


# What np.empty_like holds is nobody's business, so zeros will do.
@implements(np.zeros_like, np.empty_like)
def _zeros_like(
    a: Any, dtype: Any = None, order: str = "K", subok: bool = True, shape: Any = None, *, device: Any = None
) -> TracedArray:
    return _like(a, 0, dtype, shape)


@implements(np.ones_like)
def _ones_like(
    a: Any, dtype: Any = None, order: str = "K", subok: bool = True, shape: Any = None, *, device: Any = None
) -> TracedArray:
    return _like(a, 1, dtype, shape)


@implements(np.full_like)
def _full_like(
    a: Any,
    fill_value: Any,
    dtype: Any = None,
    order: str = "K",
    subok: bool = True,
    shape: Any = None,
    *,
    device: Any = None,
) -> TracedArray:
    x = as_traced(a)
    extents = x.shape if shape is None else _shape(shape)
    return to_shape(as_traced(fill_value, x.dtype if dtype is None else np.dtype(dtype)), extents)


@implements(np.astype, np.ndarray.astype)
def _astype(x: Any, dtype: Any, /, *, copy: bool = True, device: Any = None) -> TracedArray:
    return cast(as_traced(x), np.dtype(dtype))


@implements(np.diag)
def _diag(v: Any, k: int = 0) -> TracedArray:
    """The diagonal of a matrix; from a vector the matrix, off the main diagonal by elements placed n + 1 apart."""
    x = as_traced(v)
    if x.ndim == 2:
        return diagonal(x, k)
    if x.ndim != 1:
        raise ShapeError(f"needs a matrix or a vector, not {shape_text(x.shape)}")
    if not k:
        return emit(diag, x)
    n = fixed(x.shape[0]) + abs(k)
    if not x.shape[0]:
        return filled(0, x.dtype, (n, n))
    start = k if k >= 0 else -k * n
    return viewed(emit(place, x, starts=(start,), steps=(n + 1,), shape=(n * n,)), (n, n))


@implements(np.diagflat)
def _diagflat(v: Any, k: int = 0) -> TracedArray:
    return _diag(as_traced(v).ravel(), k)
