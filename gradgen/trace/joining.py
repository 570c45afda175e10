"""Functions that put arrays side by side, and those that take them apart again."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from gradgen.errors import ShapeError
from gradgen.ir import Extent, shape_text
from gradgen.ops.shape import concatenate
from gradgen.trace.array import TracedArray, emit
from gradgen.trace.context import implements, numpy
from gradgen.trace.indexing import take_along
from gradgen.trace.moves import as_traced, filled, fixed, one_axis, plain, result_dtype, to_shape, viewed

__all__: list[str] = []


@implements(np.concatenate)
def _concatenate(arrays: Any, /, axis: Any = 0, out: Any = None, *, dtype: Any = None, casting: Any = None) -> Any:
    plain(out=out)
    given = list(arrays)
    common = result_dtype(*[as_traced(x) for x in given]) if dtype is None else np.dtype(dtype)
    xs = [as_traced(x, common) for x in given]
    if axis is None:
        xs, axis = [x.ravel() for x in xs], 0
    if any(not x.ndim for x in xs):
        raise ShapeError("single numbers cannot be concatenated; use np.stack")
    return _side_by_side(xs, one_axis(axis, xs[0].ndim))


def _side_by_side(xs: Sequence[TracedArray], axis: int) -> TracedArray:
    filled_ones = [x for x in xs if x.ndim != xs[0].ndim or x.shape[axis] != 0] or [xs[0]]
    return filled_ones[0] if len(filled_ones) == 1 else emit(concatenate, *filled_ones, axis=axis)


@implements(np.stack)
def _stack(arrays: Any, axis: int = 0, out: Any = None, *, dtype: Any = None, casting: Any = None) -> Any:
    plain(out=out)
    xs = [as_traced(x) for x in arrays]
    if any(x.shape != xs[0].shape for x in xs):
        raise ShapeError("cannot stack " + ", ".join(shape_text(x.shape) for x in xs) + ": the shapes differ")
    at = one_axis(axis, xs[0].ndim + 1)
    return _concatenate([viewed(x, (*x.shape[:at], 1, *x.shape[at:])) for x in xs], at, dtype=dtype)


@implements(np.vstack)
def _vstack(tup: Any, *, dtype: Any = None, casting: Any = None) -> Any:
    return _concatenate([numpy.atleast_2d(as_traced(x)) for x in tup], 0, dtype=dtype)


@implements(np.hstack)
def _hstack(tup: Any, *, dtype: Any = None, casting: Any = None) -> Any:
    xs = [numpy.atleast_1d(as_traced(x)) for x in tup]
    return _concatenate(xs, 0 if xs[0].ndim == 1 else 1, dtype=dtype)


@implements(np.dstack)
def _dstack(tup: Any) -> Any:
    return _concatenate([numpy.atleast_3d(as_traced(x)) for x in tup], 2)


@implements(np.column_stack)
def _column_stack(tup: Any) -> Any:
    xs = [as_traced(x) for x in tup]
    return _concatenate([x if x.ndim > 1 else x.reshape(-1, 1) for x in xs], 1)


@implements(np.block)
def _block(arrays: Any) -> Any:
    return _blocks(arrays, _depth(arrays))


def _depth(arrays: Any) -> int:
    return 1 + _depth(arrays[0]) if isinstance(arrays, list) else 0


def _blocks(arrays: Any, depth: int) -> Any:
    """The innermost lists join the last axis, the outermost the first of as many axes as lists are nested."""
    if not isinstance(arrays, list):
        return as_traced(arrays)
    parts = [_blocks(part, depth - 1) for part in arrays]
    ndim = max(depth, *[part.ndim for part in parts])
    return _concatenate([viewed(part, (*[1] * (ndim - part.ndim), *part.shape)) for part in parts], -depth)


@implements(np.append)
def _append(arr: Any, values: Any, axis: Any = None) -> Any:
    return _concatenate([as_traced(arr), as_traced(values)], axis)


@implements(np.roll)
def _roll(a: Any, shift: Any, axis: Any = None) -> TracedArray:
    x = as_traced(a)
    if axis is None:
        return viewed(_roll(x.ravel(), shift, 0), x.shape)
    shifts, axes = np.broadcast_arrays(shift, axis)
    for count, along in zip(shifts.ravel().tolist(), axes.ravel().tolist(), strict=True):
        x = _rolled(x, count, one_axis(along, x.ndim))
    return x


def _rolled(x: TracedArray, shift: int, axis: int) -> TracedArray:
    extent = x.shape[axis]
    if isinstance(extent, int):
        shift = shift % extent if extent else 0
    if not shift:
        return x
    split = extent + -shift if shift > 0 else -shift
    return _side_by_side([_between(x, axis, split, extent), _between(x, axis, 0, split)], axis)


def _between(x: TracedArray, axis: int, start: Extent, stop: Extent) -> TracedArray:
    """The part of an axis between two bounds."""
    key = (*[slice(None)] * axis, slice(start, stop))
    part: TracedArray = x[key]
    return part


# --- repeating ---------------------------------------------------------------------------------------


@implements(np.tile)
def _tile(A: Any, reps: Any) -> TracedArray:
    x = as_traced(A)
    counts = [operator.index(count) for count in (reps if isinstance(reps, tuple | list) else (reps,))]
    ndim = max(x.ndim, len(counts))
    counts = [1] * (ndim - len(counts)) + counts
    shape = (*[1] * (ndim - x.ndim), *x.shape)
    spread = to_shape(
        viewed(x, [entry for extent in shape for entry in (1, extent)]),
        [entry for count, extent in zip(counts, shape, strict=True) for entry in (count, extent)],
    )
    return viewed(spread, [_scaled(extent, count) for count, extent in zip(counts, shape, strict=True)])


def _scaled(extent: Extent, count: int) -> Extent:
    return extent if count == 1 else fixed(extent) * count


@implements(np.repeat)
def _repeat(a: Any, repeats: Any, axis: Any = None) -> TracedArray:
    x = as_traced(a)
    x, along = (x.ravel(), 0) if axis is None else (x, one_axis(axis, x.ndim))
    if np.ndim(repeats):
        return take_along(x, np.repeat(np.arange(fixed(x.shape[along])), repeats), along)
    count = operator.index(repeats)
    before, after = x.shape[: along + 1], x.shape[along + 1 :]
    spread = to_shape(viewed(x, (*before, 1, *after)), (*before, count, *after))
    return viewed(spread, (*x.shape[:along], _scaled(x.shape[along], count), *after))


# --- taking apart ------------------------------------------------------------------------------------


@implements(np.array_split)
def _array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[TracedArray]:
    x = as_traced(ary)
    along = one_axis(axis, x.ndim)
    extent = fixed(x.shape[along])
    # Which elements go where is left to NumPy.
    return [take_along(x, part, along) for part in np.array_split(np.arange(extent), indices_or_sections)]


@implements(np.split)
def _split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[TracedArray]:
    x = as_traced(ary)
    extent = x.shape[one_axis(axis, x.ndim)]
    if isinstance(indices_or_sections, int) and isinstance(extent, int) and extent % indices_or_sections:
        raise ShapeError(f"an axis of size {extent} does not split into {indices_or_sections} equal parts")
    return _array_split(x, indices_or_sections, axis)


@implements(np.hsplit)
def _hsplit(ary: Any, indices_or_sections: Any) -> list[TracedArray]:
    return _split(ary, indices_or_sections, 0 if as_traced(ary).ndim == 1 else 1)


@implements(np.vsplit)
def _vsplit(ary: Any, indices_or_sections: Any) -> list[TracedArray]:
    return _split(ary, indices_or_sections, 0)


def _unstack(x: Any, /, *, axis: int = 0) -> tuple[TracedArray, ...]:
    return tuple(numpy.moveaxis(as_traced(x), axis, 0))


if hasattr(np, "unstack"):  # since NumPy 2.1
    implements(np.unstack)(_unstack)


@implements(np.delete)
def _delete(arr: Any, obj: Any, axis: Any = None) -> TracedArray:
    x = as_traced(arr)
    x, along = (x.ravel(), 0) if axis is None else (x, one_axis(axis, x.ndim))
    return take_along(x, np.delete(np.arange(fixed(x.shape[along])), obj), along)


# --- matrices from parts -----------------------------------------------------------------------------


@implements(np.tril)
def _tril(m: Any, k: int = 0) -> Any:
    x = as_traced(m)
    return numpy.where(_below(x, k), x, filled(0, x.dtype, ()))


@implements(np.triu)
def _triu(m: Any, k: int = 0) -> Any:
    x = as_traced(m)
    return numpy.where(_below(x, k - 1), filled(0, x.dtype, ()), x)


def _below(x: TracedArray, k: int) -> np.ndarray:
    """The mask of what is on or below a diagonal."""
    rows, columns = (fixed(extent) for extent in x.shape[-2:])
    return np.tri(rows, columns, k, dtype=np.bool_)
