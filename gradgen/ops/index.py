"""Ops that take elements by where they stand: positions, gather and scatter.

Indexing by arrays is decomposed into these: the array as one axis, and one integer position for each
element taken. `gather` and `scatter` are each other's transposes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gradgen.errors import DTypeError, ShapeError
from gradgen.ir import Dim, Extent, Type
from gradgen.ops.lowering import Gather, Generator, Scatter
from gradgen.ops.op import NO_DERIVATIVE, Entries, Linear, Op, define
from gradgen.ops.shape import broadcast, reshape
from gradgen.ops.value import Value

__all__ = ["arange", "gather", "scatter"]


# 0, 1, 2, … as numbers of a dtype.
arange = define(
    "arange",
    numpy=lambda extent, dtype: np.arange(extent, dtype=dtype),
    type=lambda extent, dtype: Type(np.dtype(dtype), (extent,)),
    c=Generator(lambda index, node: index[0].number(node.type.dtype)),
    rules=NO_DERIVATIVE,
)


def _positions(positions: Type) -> None:
    if positions.dtype.kind != "i":
        raise DTypeError(f"positions must be integers, got {positions}")


def _gather_type(x: Type, positions: Type) -> Type:
    _positions(positions)
    if x.ndim != 1:
        raise ShapeError(f"elements are taken from an array of one axis, got {x}")
    return x.with_shape(positions.shape)


def _in_rows(size: Extent, positions: Value, has_axis: bool, extent: Extent) -> Value:
    """Positions in rows of one extent as positions in all rows, one behind the other; checked in their own row."""
    if isinstance(size, Dim) or isinstance(extent, Dim):
        raise ShapeError(f"indexing by position in a batch of {size} rows of {extent}: compile for fixed sizes")
    # Taken from the positions that there are: what is out of range is told, and negative ones get the place they mean.
    graph = positions.graph
    inside = gather(arange.leaf(graph, extent=extent, dtype="<i8"), positions)
    shape = inside.shape if has_axis else (size, *inside.shape)
    rows = broadcast(extent * arange.leaf(graph, extent=size, dtype="<i8"), shape=shape, axes=(0,))
    return rows + (inside if has_axis else broadcast(inside, shape=shape, axes=tuple(range(1, len(shape)))))


def _gather_entries(size: Extent, batched: Sequence[bool], x: Value, positions: Value) -> Value:
    if not batched[0]:
        return gather(x, positions)
    everywhere = _in_rows(size, positions, batched[1], x.shape[1])
    return gather(reshape(x, shape=(size * x.shape[1],)), everywhere)


# x[positions]; a negative position counts from the end.
gather: Op = define(
    "gather",
    numpy=lambda x, positions: np.asarray(x)[positions],
    type=_gather_type,
    c=Gather(),
    batch=Entries(_gather_entries),
    rules=[Linear(lambda ct, x, positions: scatter(ct, positions, extent=x.shape[0])), NO_DERIVATIVE],
)


def _scatter_type(x: Type, positions: Type, extent: Extent) -> Type:
    _positions(positions)
    if x.shape != positions.shape:
        raise ShapeError(f"{x} at positions {positions}")
    return x.with_shape((extent,))


def _scatter(x: np.ndarray, positions: np.ndarray, extent: int) -> np.ndarray:
    out = np.zeros(extent, np.asarray(x).dtype)
    np.add.at(out, positions, x)
    return out


def _scatter_entries(size: Extent, batched: Sequence[bool], x: Value, positions: Value, extent: Extent) -> Value:
    everywhere = _in_rows(size, positions, batched[1], extent)
    if not batched[0]:
        x = broadcast(x, shape=(size, *x.shape), axes=tuple(range(1, x.ndim + 1)))
    return reshape(scatter(x, everywhere, extent=size * extent), shape=(size, extent))


# zeros(extent) with x added at the positions, which may repeat.
scatter: Op = define(
    "scatter",
    numpy=_scatter,
    type=_scatter_type,
    c=Scatter(),
    batch=Entries(_scatter_entries),
    rules=[Linear(lambda ct, x, positions, extent: gather(ct, positions)), NO_DERIVATIVE],
)
