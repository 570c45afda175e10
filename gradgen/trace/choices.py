"""Functions that choose between values, and those that make arrays like given ones."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from gradgen.errors import ShapeError, TraceError
from gradgen.ir import Dim, Extent, broadcast_shapes, shape_text
from gradgen.ops.elementwise import where
from gradgen.ops.shape import place
from gradgen.ops.trigonometric import sinc
from gradgen.trace.array import TracedArray, emit
from gradgen.trace.context import implements
from gradgen.trace.moves import as_traced, cast, filled, fixed, plain, prepare, result_dtype, shape_of, to_shape, viewed
from gradgen.trace.products import diagonal

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


@implements(np.clip)
def _clip(a: Any, a_min: Any = None, a_max: Any = None, out: Any = None, *, min: Any = None, max: Any = None) -> Any:
    plain(out=out)
    low, high = (a_min if min is None else min), (a_max if max is None else max)
    x: Any = as_traced(a)
    x = x if low is None else np.maximum(x, low)
    return x if high is None else np.minimum(x, high)


@implements(np.nan_to_num)
def _nan_to_num(x: Any, copy: bool = True, nan: float = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    value = as_traced(x)
    if value.dtype.kind != "f":
        return value
    limits = np.finfo(value.dtype)
    high = float(limits.max) if posinf is None else posinf
    low = float(limits.min) if neginf is None else neginf
    finite = _where(value == np.inf, high, _where(value == -np.inf, low, value))
    return _where(value != value, nan, finite)


@implements(np.sinc)
def _sinc(x: Any) -> Any:
    value = as_traced(x)
    return emit(sinc, value if value.dtype.kind in "fc" else cast(value, np.float64))


@implements(np.round, np.around)
def _round(a: Any, decimals: int = 0, out: Any = None) -> Any:
    plain(out=out)
    x = as_traced(a)
    if x.dtype.kind in "bi" and decimals >= 0:
        return x
    return np.rint(x) if not decimals else np.rint(x * 10.0**decimals) / 10.0**decimals


@implements(np.fix)
def _fix(x: Any, out: Any = None) -> Any:
    plain(out=out)
    return np.trunc(x)


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
    plain(retstep=retstep or None, dtype=dtype, axis=axis or None)
    low, high = as_traced(start), as_traced(stop)
    steps = np.linspace(0.0, 1.0, num, endpoint).reshape(-1, *[1] * max(low.ndim, high.ndim))
    return low + (high - low) * steps


@implements(np.polyval)
def _polyval(p: Any, x: Any) -> Any:
    point = as_traced(x)
    result: Any = np.zeros_like(point)
    for coefficient in as_traced(p):
        result = result * point + coefficient
    return result


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
    """The diagonal of a matrix; from a vector, its elements placed n + 1 apart into n x n zeros."""
    x = as_traced(v)
    if x.ndim == 2:
        return diagonal(x, k)
    if x.ndim != 1:
        raise ShapeError(f"needs a matrix or a vector, not {shape_text(x.shape)}")
    n = fixed(x.shape[0]) + abs(k)
    if not x.shape[0]:
        return filled(0, x.dtype, (n, n))
    start = k if k >= 0 else -k * n
    return viewed(emit(place, x, starts=(start,), steps=(n + 1,), shape=(n * n,)), (n, n))


@implements(np.diagflat)
def _diagflat(v: Any, k: int = 0) -> TracedArray:
    return _diag(as_traced(v).ravel(), k)


@implements(np.divmod)
def _divmod(x1: Any, x2: Any, /) -> Any:
    return np.floor_divide(x1, x2), np.remainder(x1, x2)
