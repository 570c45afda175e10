"""Ops that keep every partial result along an axis, and ops that order an axis."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gradgen.errors import ShapeError
from gradgen.ir import Dim, Extent, Type
from gradgen.ops.lowering import RowCall, Scan
from gradgen.ops.op import NO_DERIVATIVE, Linear, Op, Tangent, define
from gradgen.ops.shape import concatenate, slice_
from gradgen.ops.value import Value, full

__all__ = ["argmax", "argmin", "argsort", "cumprod", "cumsum"]


def _scanned(x: Type, axis: int) -> Type:
    if not 0 <= axis < x.ndim:
        raise ShapeError(f"axis {axis} of {x}")
    return x


def _later_axis(size: Extent, batched: Sequence[bool], axis: int) -> dict[str, int]:
    return {"axis": axis + 1}


def _flipped(x: Value, axis: int) -> Value:
    extent = x.shape[axis]
    last = extent - 1
    starts = tuple(last if a == axis else 0 for a in range(x.ndim))
    steps = tuple(-1 if a == axis else 1 for a in range(x.ndim))
    return slice_(x, starts=starts, steps=steps, shape=x.shape)


cumsum: Op = define(
    "cumsum",
    numpy=lambda x, axis: np.cumsum(x, axis=axis, dtype=x.dtype),
    type=_scanned,
    c=Scan("{0} + {1}", 0.0),
    batch=_later_axis,
    rules=[Linear(lambda ct, x, axis: _flipped(cumsum(_flipped(ct, axis), axis=axis), axis))],
)


def _shifted(x: Value, axis: int, by: int, fill: float) -> Value:
    """``x`` moved up the axis, ``fill`` where nothing comes from."""
    extent = x.shape[axis]
    assert not isinstance(extent, Dim)
    ahead = full(x.graph, np.asarray(fill, x.dtype), (*x.shape[:axis], by, *x.shape[axis + 1 :]))
    starts, steps = (0,) * x.ndim, (1,) * x.ndim
    kept = slice_(x, starts=starts, steps=steps, shape=(*x.shape[:axis], extent - by, *x.shape[axis + 1 :]))
    return concatenate(ahead, kept, axis=axis)


def _cumprod_tangent(t: Value, out: Value, x: Value, axis: int) -> Value:
    """Double again and again by (p, p') (q, q') = (p q, p' q + p q'): no division, so zeros do no harm."""
    extent = x.shape[axis]
    if isinstance(extent, Dim):
        raise ShapeError(f"the derivative of a cumulative product along a named dimension {extent} is not supported")
    by = 1
    while by < extent:
        p, p_dot = _shifted(x, axis, by, 1.0), _shifted(t, axis, by, 0.0)
        x, t = p * x, p_dot * x + p * t
        by *= 2
    return t


cumprod = define(
    "cumprod",
    numpy=lambda x, axis: np.cumprod(x, axis=axis, dtype=x.dtype),
    type=_scanned,
    c=Scan("{0} * {1}", 1.0),
    batch=_later_axis,
    rules=[Tangent(_cumprod_tangent)],
)


def _positions_type(x: Type) -> Type:
    return x.with_dtype(np.int64)


def _one_position(x: Type) -> Type:
    if not x.ndim or x.shape[-1] == 0:
        raise ShapeError(f"no element to find along the last axis of {x}")
    return Type(np.dtype(np.int64), x.shape[:-1])


# Stable, NaN last, as np.argsort(kind="stable"), along the last axis; sorting is a gather at these positions.
argsort = define(
    "argsort",
    numpy=lambda x: np.argsort(x, axis=-1, kind="stable"),
    type=_positions_type,
    c=RowCall("gg_argsort"),
    batch=lambda size, batched: {},
    rules=NO_DERIVATIVE,
)

argmax = define(
    "argmax",
    numpy=lambda x: np.argmax(x, axis=-1),
    type=_one_position,
    c=RowCall("gg_argmax", one=True),
    batch=lambda size, batched: {},
    rules=NO_DERIVATIVE,
)

argmin = define(
    "argmin",
    numpy=lambda x: np.argmin(x, axis=-1),
    type=_one_position,
    c=RowCall("gg_argmin", one=True),
    batch=lambda size, batched: {},
    rules=NO_DERIVATIVE,
)
