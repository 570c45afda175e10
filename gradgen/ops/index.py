"""Ops that take elements by where they stand: positions, gather and scatter.

Indexing by arrays is decomposed into these: the array as one axis, and one integer position for each
element taken. `gather` and `scatter` are each other's transposes.
"""

from __future__ import annotations

import numpy as np

from gradgen.errors import DTypeError, ShapeError
from gradgen.ir import Extent, Type
from gradgen.nest import Position
from gradgen.ops.lowering import Gather, Generator, Scatter
from gradgen.ops.op import NO_DERIVATIVE, Linear, Op, define

__all__ = ["arange", "gather", "scatter"]


# 0, 1, 2, … as numbers of a dtype.
arange = define(
    "arange",
    numpy=lambda extent, dtype: np.arange(extent, dtype=dtype),
    type=lambda extent, dtype: Type(np.dtype(dtype), (extent,)),
    c=Generator(lambda index, node: Position(index[0], node.type.dtype)),
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


# x[positions]; a negative position counts from the end.
gather = define(
    "gather",
    numpy=lambda x, positions: np.asarray(x)[positions],
    type=_gather_type,
    c=Gather(),
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


# zeros(extent) with x added at the positions, which may repeat.
scatter: Op = define(
    "scatter",
    numpy=_scatter,
    type=_scatter_type,
    c=Scatter(),
    rules=[Linear(lambda ct, x, positions, extent: gather(ct, positions)), NO_DERIVATIVE],
)
