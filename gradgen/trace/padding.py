"""``np.pad``: in every mode that NumPy has.

What a mode puts beside an axis is linear in the axis: constants are joined on, repetitions are taken by position,
and the rest (odd reflections, ramps) is a small matrix, which NumPy's own padding of unit vectors gives.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from gradgen.errors import ShapeError, TraceError
from gradgen.ops.shape import embed
from gradgen.trace.array import TracedArray, emit
from gradgen.trace.context import implements, numpy
from gradgen.trace.moves import as_traced, cast, fixed, to_shape
from gradgen.trace.scans import between
from gradgen.trace.taking import take_along

__all__: list[str] = []

# What is repeated beside the axis, from the elements nearest to that edge.
STATISTICS: dict[str, Callable[..., Any]] = {"maximum": np.max, "mean": np.mean, "median": np.median, "minimum": np.min}
BY_POSITION = ("edge", "reflect", "symmetric", "wrap")


@implements(np.pad)
def _pad(array: Any, pad_width: Any, mode: Any = "constant", **kwargs: Any) -> TracedArray:
    x = as_traced(array)
    widths = _pairs(_by_axis(pad_width, x.ndim) if isinstance(pad_width, dict) else pad_width, x.ndim)
    if callable(mode):
        raise TraceError("a function as mode= changes arrays in place; build the result with np.concatenate")
    if mode in ("constant", "empty"):
        return _with_constants(x, widths, kwargs.pop("constant_values", 0))
    for axis, (low, high) in enumerate(widths):
        if low or high:
            x = _along(x, axis, low, high, mode, kwargs)
    return x


def _by_axis(widths: dict[Any, Any], ndim: int) -> list[Any]:
    return [widths.get(axis, widths.get(axis - ndim, 0)) for axis in range(ndim)]


def _pairs(given: Any, ndim: int) -> list[tuple[int, int]]:
    """NumPy's many spellings: one number, one pair, or a pair (or number) for each axis."""
    if isinstance(given, list) and any(np.ndim(entry) != np.ndim(given[0]) for entry in given):
        given = [entry if np.ndim(entry) else (entry, entry) for entry in given]
    pairs = np.broadcast_to(np.asarray(given), (ndim, 2)).tolist()
    return [(operator.index(low), operator.index(high)) for low, high in pairs]


def _with_constants(x: TracedArray, widths: list[tuple[int, int]], values: Any) -> TracedArray:
    """Zeros around it, or the values given, which may be traced; the later axes lie around the earlier ones."""
    if type(values) is not TracedArray and np.all(np.asarray(values) == 0):
        shape = tuple(extent + (low + high) for extent, (low, high) in zip(x.shape, widths, strict=True))
        starts = tuple(low for low, _ in widths)
        return x if shape == x.shape else emit(embed, x, starts=starts, steps=(1,) * x.ndim, shape=shape)
    borders: Any = to_shape(as_traced(values, x.dtype), (x.ndim, 2))
    for axis, (low, high) in enumerate(widths):
        parts = [_block(borders[axis, 0], x, axis, low), x, _block(borders[axis, 1], x, axis, high)]
        x = numpy.concatenate(parts, axis=axis)
    return x


def _block(value: TracedArray, x: TracedArray, axis: int, width: int) -> TracedArray:
    return to_shape(value, (*x.shape[:axis], width, *x.shape[axis + 1 :]))


def _along(x: TracedArray, axis: int, low: int, high: int, mode: str, kwargs: dict[str, Any]) -> Any:
    extent = fixed(x.shape[axis])
    odd = kwargs.get("reflect_type", "even") == "odd"
    if mode in STATISTICS:
        length = kwargs.get("stat_length")
        lengths = [(extent, extent)] * x.ndim if length is None else _pairs(length, x.ndim)
        return _with_statistics(x, axis, (low, high), lengths[axis], STATISTICS[mode])
    if mode in BY_POSITION and not odd:
        return take_along(x, numpy.pad(np.arange(extent), (low, high), mode), axis)
    if mode == "linear_ramp" or odd:
        return _by_matrix(x, axis, (low, high), mode, kwargs)
    raise ShapeError(f"mode {mode!r} is none of NumPy's")


def _with_statistics(
    x: TracedArray, axis: int, widths: tuple[int, int], lengths: tuple[int, int], statistic: Callable[..., Any]
) -> Any:
    extent = fixed(x.shape[axis])
    near = (between(x, axis, 0, min(lengths[0], extent)), between(x, axis, max(extent - lengths[1], 0), extent))
    low, high = (
        numpy.repeat(cast(statistic(part, axis=axis, keepdims=True), x.dtype), width, axis=axis)
        for part, width in zip(near, widths, strict=True)
    )
    return np.concatenate([low, x, high], axis=axis)


def _by_matrix(x: TracedArray, axis: int, widths: tuple[int, int], mode: str, kwargs: dict[str, Any]) -> Any:
    """``P x + c``: P from padding the unit vectors, c from padding zeros."""
    extent, keywords = fixed(x.shape[axis]), dict(kwargs)
    ends = keywords.pop("end_values", 0)
    if type(ends) is TracedArray:
        raise TraceError("end_values= must be known while the function is traced; use np.concatenate")
    matrix = numpy.pad(np.eye(extent), (widths, (0, 0)), mode, **keywords)
    rest: Any = numpy.moveaxis(x, axis, 0)
    flat = rest.reshape(extent, -1)
    low, high = widths
    parts = [cast(as_traced(matrix[rows]) @ flat, x.dtype) for rows in (slice(0, low), slice(low + extent, None))]
    if mode == "linear_ramp":
        end_low, end_high = np.broadcast_to(np.asarray(ends, float), (x.ndim, 2))[axis]
        offset = numpy.pad(np.zeros(extent), widths, mode, end_values=(end_low, end_high))
        offsets = offset[:low, None], offset[low + extent :, None]
        parts = [cast(part + more, x.dtype) for part, more in zip(parts, offsets, strict=True)]
    joined = np.concatenate([parts[0], flat, parts[1]]).reshape(low + extent + high, *rest.shape[1:])
    return np.moveaxis(joined, 0, axis)
