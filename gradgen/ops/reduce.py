"""Ops that combine the elements along axes. `axes` is ascending; the axes are gone from the result."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gradgen.errors import DTypeError, ShapeError
from gradgen.ir import Dim, Extent, Type, shape_text
from gradgen.ops.elementwise import divide, equal, maximum, where
from gradgen.ops.lowering import Reduction
from gradgen.ops.op import NO_DERIVATIVE, Linear, Tangent, define
from gradgen.ops.scan import products_of_others
from gradgen.ops.shape import broadcast, concatenate, reshape, slice_
from gradgen.ops.value import Value, lift

__all__ = ["all_", "any_", "max_", "min_", "prod", "sum_"]


def _reduced(x: Type, axes: tuple[int, ...]) -> Type:
    if any(not 0 <= axis < x.ndim for axis in axes) or list(axes) != sorted(set(axes)):
        raise ShapeError(f"axes {axes} of {shape_text(x.shape)}")
    return x.with_shape([extent for axis, extent in enumerate(x.shape) if axis not in axes])


def _nonempty(x: Type, axes: tuple[int, ...]) -> Type:
    if any(x.shape[axis] == 0 for axis in axes):
        raise ShapeError(f"no element to take along axes {axes} of {shape_text(x.shape)}")
    return _reduced(x, axes)


def _logical(x: Type, axes: tuple[int, ...]) -> Type:
    if x.dtype != np.bool_:
        raise DTypeError(f"expected bool, got {x}")
    return _reduced(x, axes)


def _along_later_axes(size: Extent, batched: Sequence[bool], axes: tuple[int, ...]) -> dict[str, tuple[int, ...]]:
    return {"axes": tuple(axis + 1 for axis in axes)}


def repeat_along(x: Value, axes: Sequence[int], shape: tuple[Extent, ...]) -> Value:
    """Undo a reduction's shape: ``x`` repeated along ``axes`` of ``shape``."""
    return broadcast(x, shape=shape, axes=tuple(axis for axis in range(len(shape)) if axis not in axes))


sum_ = define(
    "sum",
    numpy=lambda x, axes: np.sum(x, axis=axes, dtype=x.dtype),
    type=_reduced,
    c=Reduction("{0} + {1}", 0.0, "+"),
    batch=_along_later_axes,
    rules=[Linear(lambda ct, x, axes: repeat_along(ct, axes, x.shape))],
)


def _extremum_tangent(t: Value, out: Value, x: Value, axes: tuple[int, ...]) -> Value:
    """Ties share equally: the mean of the tangents of the elements that attain the extremum."""
    attained = equal(x, repeat_along(out, axes, x.shape))
    count = sum_(where(attained, lift(1.0, x), lift(0.0, x)), axes=axes)
    # a result that is NaN is attained by none, and 0 / 1 goes on where 0 / 0 would not
    return divide(sum_(where(attained, t, lift(0.0, t)), axes=axes), maximum(count, 1.0))


max_ = define(
    "max",
    numpy=lambda x, axes: np.max(x, axis=axes),
    type=_nonempty,
    c=Reduction("gg_maximum{s}({0}, {1})", -np.inf),
    batch=_along_later_axes,
    rules=[Tangent(_extremum_tangent)],
)

min_ = define(
    "min",
    numpy=lambda x, axes: np.min(x, axis=axes),
    type=_nonempty,
    c=Reduction("gg_minimum{s}({0}, {1})", np.inf),
    batch=_along_later_axes,
    rules=[Tangent(_extremum_tangent)],
)


def _part(x: Value, axis: int, start: int, count: int) -> Value:
    starts = tuple(start if position == axis else 0 for position in range(x.ndim))
    shape = (*x.shape[:axis], count, *x.shape[axis + 1 :])
    return slice_(x, starts=starts, steps=(1,) * x.ndim, shape=shape)


def _prod_tangent(t: Value, out: Value, x: Value, axes: tuple[int, ...]) -> Value:
    """Halve the axes again and again by (p, p') (q, q') = (p q, p' q + p q'): no division, so zeros do no harm.

    An axis of named size is taken at once, with the products of all other elements.
    """
    for axis in axes:
        while (extent := x.shape[axis]) != 1:
            if isinstance(extent, Dim):
                shape = (*x.shape[:axis], 1, *x.shape[axis + 1 :])
                t = reshape(sum_(t * products_of_others(x, axis), axes=(axis,)), shape=shape)
                x = reshape(prod(x, axes=(axis,)), shape=shape)
                break
            if extent == 0:
                return lift(0.0, out)
            half = extent // 2
            p, q, p_dot, q_dot = (_part(v, axis, start, half) for v in (x, t) for start in (0, half))
            rest = [_part(v, axis, 2 * half, 1) for v in (x, t)] if extent % 2 else []
            x, t = p * q, p_dot * q + p * q_dot
            if rest:
                x, t = (concatenate(v, last, axis=axis) for v, last in zip((x, t), rest, strict=True))
    return reshape(t, shape=out.shape)


prod = define(
    "prod",
    numpy=lambda x, axes: np.prod(x, axis=axes, dtype=x.dtype),
    type=_reduced,
    c=Reduction("{0} * {1}", 1.0, "*"),
    batch=_along_later_axes,
    rules=[Tangent(_prod_tangent)],
)

any_ = define(
    "any",
    numpy=lambda x, axes: np.any(x, axis=axes),
    type=_logical,
    c=Reduction("{0} | {1}", False, "|"),
    batch=_along_later_axes,
    rules=NO_DERIVATIVE,
)

all_ = define(
    "all",
    numpy=lambda x, axes: np.all(x, axis=axes),
    type=_logical,
    c=Reduction("{0} & {1}", True, "&"),
    batch=_along_later_axes,
    rules=NO_DERIVATIVE,
)
