"""Ops that keep every partial result along an axis, and ops that order an axis."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gradgen.errors import ShapeError
from gradgen.ir import Extent, Type
from gradgen.ops.kinds import real_type
from gradgen.ops.lowering import Routine, Scan
from gradgen.ops.op import NO_DERIVATIVE, Entries, Linear, Op, Tangent, define
from gradgen.ops.shape import broadcast, concatenate, slice_, transpose
from gradgen.ops.value import Value, full

__all__ = ["argmax", "argmin", "argsort", "cumprod", "cumsum", "products_of_others", "recur"]


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


def _before(x: Value, fill: float) -> Value:
    """Along the last axis for each element the one before it, ``fill`` for the first."""
    *stack, extent = x.shape
    first = full(x.graph, np.asarray(fill, x.dtype), (*stack, 1))
    starts, steps = (0,) * x.ndim, (1,) * x.ndim
    return slice_(concatenate(first, x, axis=x.ndim - 1), starts=starts, steps=steps, shape=(*stack, extent))


def _after(x: Value, fill: float) -> Value:
    """Along the last axis for each element the one after it, ``fill`` for the last."""
    last = full(x.graph, np.asarray(fill, x.dtype), (*x.shape[:-1], 1))
    starts, steps = (*[0] * (x.ndim - 1), 1), (1,) * x.ndim
    return slice_(concatenate(x, last, axis=x.ndim - 1), starts=starts, steps=steps, shape=x.shape)


def _recurred(a: np.ndarray, b: np.ndarray, back: bool) -> np.ndarray:
    out = np.array(b)
    for i in range(b.shape[-1] - 2, -1, -1) if back else range(1, b.shape[-1]):
        out[..., i] = a[..., i + 1] * out[..., i + 1] + b[..., i] if back else a[..., i] * out[..., i - 1] + b[..., i]
    return out


def _row_type(a: Type, b: Type, back: bool) -> Type:
    if not a.ndim:
        raise ShapeError("a recurrence runs along an axis, and a single number has none")
    return real_type(a, b)


def _recur_tangent(t: Value, out: Value, a: Value, b: Value, back: bool) -> Value:
    return recur(a, _after(t * out, 0.0) if back else t * _before(out, 0.0), back=back)


def _recur_entries(size: Extent, batched: Sequence[bool], a: Value, b: Value, back: bool) -> Value:
    return recur(*[x if has else _repeated(x, size) for x, has in zip((a, b), batched, strict=True)], back=back)


def _repeated(x: Value, size: Extent) -> Value:
    return broadcast(x, shape=(size, *x.shape), axes=tuple(range(1, x.ndim + 1)))


# out[i] = a[i] * out[i - 1] + b[i] along the last axis; back, out[i] = a[i + 1] * out[i + 1] + b[i]. As functions of b
# they are the transposes of each other. Derivatives of running products are made of them: nothing is divided, so zeros
# do no harm.
recur: Op = define(
    "recur",
    numpy=_recurred,
    type=_row_type,
    c=Routine(lambda back: "gg_recur_back" if back else "gg_recur", 1, lambda a, b, back: a.shape[-1:]),
    batch=Entries(_recur_entries),
    rules=[Tangent(_recur_tangent), Linear(lambda ct, a, b, back: recur(a, ct, back=not back))],
)


def along(x: Value, axis: int) -> Value:
    """The axis changes places with the last one."""
    order = list(range(x.ndim))
    order[axis], order[-1] = order[-1], order[axis]
    return x if axis == x.ndim - 1 else transpose(x, axes=tuple(order))


def _cumprod_tangent(t: Value, out: Value, x: Value, axis: int) -> Value:
    t, out, x = (along(each, axis) for each in (t, out, x))
    return along(recur(x, t * _before(out, 1.0), back=False), axis)


cumprod = define(
    "cumprod",
    numpy=lambda x, axis: np.cumprod(x, axis=axis, dtype=x.dtype),
    type=_scanned,
    c=Scan("{0} * {1}", 1.0),
    batch=_later_axis,
    rules=[Tangent(_cumprod_tangent)],
)


def products_of_others(x: Value, axis: int) -> Value:
    """For each element the product of all others along the axis: of those before it and of those after it."""
    rows = along(x, axis)
    last = rows.ndim - 1
    before = _before(cumprod(rows, axis=last), 1.0)
    after = _after(_flipped(cumprod(_flipped(rows, last), axis=last), last), 1.0)
    return along(before * after, axis)


def _positions_type(x: Type) -> Type:
    return x.with_dtype(np.int64)


def _one_position(x: Type) -> Type:
    if not x.ndim or x.shape[-1] == 0:
        raise ShapeError(f"no element to find along the last axis of {x}")
    return Type(np.dtype(np.int64), x.shape[:-1])


# GG_SHORT of gg_order.h.
SHORT = 24


def _other_half(n: Extent) -> tuple[Extent, ...]:
    """Short rows are sorted in place, by insertion; see gg_order.h."""
    return () if isinstance(n, int) and n <= SHORT else (n,)


# Stable, NaN last, as np.argsort(kind="stable"), along the last axis; sorting is a gather at these positions.
argsort = define(
    "argsort",
    numpy=lambda x: np.argsort(x, axis=-1, kind="stable"),
    type=_positions_type,
    c=Routine("gg_argsort", 1, lambda x: x.shape[-1:], work=_other_half),
    batch=lambda size, batched: {},
    rules=NO_DERIVATIVE,
)

argmax = define(
    "argmax",
    numpy=lambda x: np.argmax(x, axis=-1),
    type=_one_position,
    c=Routine("gg_argmax", 1, lambda x: x.shape[-1:]),
    batch=lambda size, batched: {},
    rules=NO_DERIVATIVE,
)

argmin = define(
    "argmin",
    numpy=lambda x: np.argmin(x, axis=-1),
    type=_one_position,
    c=Routine("gg_argmin", 1, lambda x: x.shape[-1:]),
    batch=lambda size, batched: {},
    rules=NO_DERIVATIVE,
)
