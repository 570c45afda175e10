"""Functions that move elements about and compute nothing."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from gradgen.errors import ShapeError, TraceError
from gradgen.ir import Dim, Extent, broadcast_shapes, shape_text
from gradgen.trace.array import TracedArray
from gradgen.trace.context import implements
from gradgen.trace.moves import as_traced, axes_of, one_axis, permute, sliced, to_shape, viewed

__all__: list[str] = []


@implements(np.reshape)
def _reshape(a: Any, /, shape: Any = None, order: str = "C", *, copy: Any = None) -> Any:
    x = as_traced(a)
    if order == "F":
        backwards = _extents(shape)[::-1]
        return _reshape(x.T, backwards).T
    if order not in ("C", "A"):
        raise TraceError(f"order={order!r} concerns memory, which a traced array has none of; use 'C' or 'F'")
    return viewed(x, _without_minus_one(x.shape, _extents(shape)))


def _extents(shape: Any) -> list[Extent]:
    """A shape argument as extents."""
    entries = shape if isinstance(shape, tuple | list) else (shape,)
    return [entry if isinstance(entry, Dim) else operator.index(entry) for entry in entries]


def _without_minus_one(shape: Sequence[Extent], wanted: list[Extent]) -> list[Extent]:
    """The wanted shape with -1 replaced by what is left."""
    if wanted.count(-1) > 1:
        raise ShapeError("only one extent can be -1")
    if -1 not in wanted:
        return wanted
    left = [extent for extent in shape if isinstance(extent, Dim)]
    for extent in wanted:
        if extent in left:
            left.remove(extent)
    total, given = (math.prod(e for e in extents if isinstance(e, int) and e != -1) for extents in (shape, wanted))
    fits = (not left and given and total % given == 0) or (len(left) == 1 and total == given)
    if not fits:
        raise ShapeError(f"cannot reshape {shape_text(shape)} into {shape_text(wanted)}")
    missing: Extent = left[0] if left else total // given
    return [missing if extent == -1 else extent for extent in wanted]


@implements(np.ravel)
def _ravel(a: Any, order: str = "C") -> Any:
    x = as_traced(a)
    return x if x.ndim == 1 else _reshape(x, (-1,), order="C" if order == "K" else order)


@implements(np.transpose)
def _transpose(a: Any, axes: Any = None) -> TracedArray:
    x = as_traced(a)
    if axes is None:
        return permute(x, range(x.ndim)[::-1])
    order = [one_axis(axis, x.ndim) for axis in axes]
    if sorted(order) != list(range(x.ndim)):
        raise ShapeError(f"axes {tuple(axes)} are not a permutation of the axes of {shape_text(x.shape)}")
    return permute(x, order)


@implements(np.matrix_transpose)
def _matrix_transpose(x: Any, /) -> TracedArray:
    return _swapaxes(x, -1, -2)


@implements(np.swapaxes)
def _swapaxes(a: Any, axis1: Any, axis2: Any) -> TracedArray:
    x = as_traced(a)
    order = list(range(x.ndim))
    first, second = one_axis(axis1, x.ndim), one_axis(axis2, x.ndim)
    order[first], order[second] = second, first
    return permute(x, order)


@implements(np.moveaxis)
def _moveaxis(a: Any, source: Any, destination: Any) -> TracedArray:
    x = as_traced(a)
    sources, targets = (
        [one_axis(axis, x.ndim) for axis in (axes if isinstance(axes, tuple | list) else [axes])]
        for axes in (source, destination)
    )
    if len(sources) != len(targets):
        raise ShapeError(f"{len(sources)} axes to move to {len(targets)} places")
    order = [axis for axis in range(x.ndim) if axis not in sources]
    for target, axis in sorted(zip(targets, sources, strict=True)):
        order.insert(target, axis)
    return permute(x, order)


@implements(np.rollaxis)
def _rollaxis(a: Any, axis: int, start: int = 0) -> TracedArray:
    x = as_traced(a)
    at = one_axis(axis, x.ndim)
    target = start + x.ndim if start < 0 else start
    return _moveaxis(x, at, target - 1 if at < target else target)


@implements(np.expand_dims)
def _expand_dims(a: Any, axis: Any) -> TracedArray:
    x = as_traced(a)
    added = axes_of(axis, x.ndim + (len(axis) if isinstance(axis, tuple | list) else 1))
    rest = iter(x.shape)
    return viewed(x, [1 if at in added else next(rest) for at in range(x.ndim + len(added))])


@implements(np.squeeze)
def _squeeze(a: Any, axis: Any = None) -> TracedArray:
    x = as_traced(a)
    axes = [at for at, extent in enumerate(x.shape) if extent == 1] if axis is None else axes_of(axis, x.ndim)
    if any(x.shape[at] != 1 for at in axes):
        raise ShapeError(f"cannot squeeze axes {tuple(axes)} of {shape_text(x.shape)}: their extent is not 1")
    return viewed(x, [extent for at, extent in enumerate(x.shape) if at not in axes])


@implements(np.broadcast_to)
def _broadcast_to(array: Any, shape: Any, subok: bool = False) -> TracedArray:
    return to_shape(as_traced(array), _extents(shape))


@implements(np.broadcast_arrays)
def _broadcast_arrays(*args: Any, subok: bool = False) -> tuple[TracedArray, ...]:
    xs = [as_traced(x) for x in args]
    shape = broadcast_shapes(*[x.shape for x in xs])
    return tuple(to_shape(x, shape) for x in xs)


@implements(np.meshgrid)
def _meshgrid(*xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy") -> tuple[TracedArray, ...]:
    xs = [as_traced(x) for x in xi]
    # With "xy" the first two axes change places.
    order = [1, 0, *range(2, len(xs))] if indexing == "xy" and len(xs) > 1 else list(range(len(xs)))
    lines = [
        viewed(x, [_total(x) if at == axis else 1 for at in range(len(xs))]) for x, axis in zip(xs, order, strict=True)
    ]
    shape = broadcast_shapes(*[line.shape for line in lines])
    return tuple(line if sparse else to_shape(line, shape) for line in lines)


def _total(x: TracedArray) -> Extent:
    return x.shape[0] if x.ndim else 1


@implements(np.atleast_1d)
def _atleast_1d(*arys: Any) -> Any:
    xs = [as_traced(x) for x in arys]
    return _one_or_all([viewed(x, x.shape or (1,)) for x in xs])


@implements(np.atleast_2d)
def _atleast_2d(*arys: Any) -> Any:
    xs = [as_traced(x) for x in arys]
    return _one_or_all([viewed(x, (*[1] * (2 - x.ndim), *x.shape)) for x in xs])


@implements(np.atleast_3d)
def _atleast_3d(*arys: Any) -> Any:
    xs = [as_traced(x) for x in arys]
    shapes = [(1, *x.shape, 1) if x.ndim == 1 else (*x.shape, *[1] * (3 - x.ndim)) for x in xs]
    return _one_or_all([viewed(x, shape or (1, 1, 1)) for x, shape in zip(xs, shapes, strict=True)])


def _one_or_all(xs: list[TracedArray]) -> Any:
    return xs[0] if len(xs) == 1 else tuple(xs)


@implements(np.flip)
def _flip(m: Any, axis: Any = None) -> TracedArray:
    x = as_traced(m)
    axes = axes_of(axis, x.ndim)
    starts = [extent + -1 if at in axes else 0 for at, extent in enumerate(x.shape)]
    if 0 in x.shape:
        return x
    return sliced(x, starts, [-1 if at in axes else 1 for at in range(x.ndim)], x.shape)


@implements(np.flipud)
def _flipud(m: Any) -> TracedArray:
    return _flip(m, 0)


@implements(np.fliplr)
def _fliplr(m: Any) -> TracedArray:
    return _flip(m, 1)


@implements(np.rot90)
def _rot90(m: Any, k: int = 1, axes: Sequence[int] = (0, 1)) -> TracedArray:
    x = as_traced(m)
    turns = k % 4
    turned = _swapaxes(x, *axes) if turns % 2 else x
    flipped = {0: (), 1: (axes[0],), 2: tuple(axes), 3: (axes[1],)}[turns]
    return _flip(turned, flipped)


@implements(np.copy)
def _copy(a: Any, order: str = "K", subok: bool = False) -> TracedArray:
    # Traced arrays never change, so a copy is the array itself.
    return as_traced(a)
