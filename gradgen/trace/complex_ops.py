"""What each op is on pairs: the way from the tracer's tables, which know of arrays only, to real ops.

An op that moves or adds up elements does the same with both parts; a product multiplies out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from gradgen.errors import TraceError
from gradgen.ir import Dim
from gradgen.ops import OPS, Value
from gradgen.ops.comparison import where
from gradgen.ops.contract import contract
from gradgen.ops.op import Op
from gradgen.ops.shape import concatenate, slice_
from gradgen.trace.complex_pair import COMPLEX_ADVICE, Pair, as_pair, is_zero, zero

__all__ = ["on_pairs"]

# Linear in the first operand, or in all of them; what else there is says where.
LINEAR_IN_FIRST = (
    *("reshape", "transpose", "slice", "broadcast", "embed", "place", "copy", "diag", "diagonal", "sum", "cumsum"),
    *("gather", "scatter", "stop_gradient"),
)


def on_pairs(op: Callable[..., Value], values: Sequence[Value]) -> Callable[..., Value]:
    """The op itself, or what stands for it where one of the values is complex.

    Raises
    ------
    TraceError
        If there is nothing for it.
    """
    if not isinstance(op, Op) or not any(isinstance(value, Pair) for value in values):
        return op
    if op.name in LINEAR_IN_FIRST:
        return _on_both(op)
    if op.name in TABLE:
        return TABLE[op.name]
    raise TraceError(f"{op.name} of complex numbers is not supported; {COMPLEX_ADVICE}")


def _on_both(op: Op) -> Callable[..., Value]:
    def apply(z: Value, *others: Value, **attributes: Any) -> Pair:
        pair = as_pair(z, z)
        return Pair(op(pair.re, *others, **attributes), op(pair.im, *others, **attributes))

    return apply


def _where(condition: Value, x: Value, y: Value) -> Pair:
    z, w = as_pair(x, x), as_pair(y, y)
    both_real = is_zero(z.im) and is_zero(w.im)
    return Pair(where(condition, z.re, w.re), z.im if both_real else where(condition, z.im, w.im))


def _concatenate(*xs: Value, axis: int) -> Pair:
    pairs = [as_pair(x, x) for x in xs]
    return Pair(concatenate(*[z.re for z in pairs], axis=axis), concatenate(*[z.im for z in pairs], axis=axis))


def _contract(x: Value, y: Value, **labels: str) -> Pair:
    """All products of the parts; those with nothing are left out."""
    z, w = as_pair(x, x), as_pair(y, y)
    aa, ab, ba, bb = (
        None if is_zero(p) or is_zero(q) else contract(p, q, **labels) for p in (z.re, z.im) for q in (w.re, w.im)
    )
    none = zero(contract(z.re, w.re, **labels))
    real = none if aa is None and bb is None else -bb if aa is None and bb else aa if bb is None else aa - bb  # type: ignore[operator]
    imaginary = none if ab is None and ba is None else ab or ba if ab is None or ba is None else ab + ba
    assert real is not None  # one of both is there
    assert imaginary is not None
    return Pair(real, imaginary)


# --- products along axes -----------------------------------------------------------------------------


def _part(x: Value, axis: int, start: int, count: int) -> Pair:
    starts = tuple(start if position == axis else 0 for position in range(x.ndim))
    shape = (*x.shape[:axis], count, *x.shape[axis + 1 :])
    cut = _on_both(slice_)(x, starts=starts, steps=(1,) * x.ndim, shape=shape)
    return as_pair(cut, cut)


def _length(x: Value, axis: int) -> int:
    extent = x.shape[axis]
    if isinstance(extent, Dim):
        raise TraceError(f"of complex numbers along the size {extent} is not supported; compile for a fixed size")
    return extent


def _prod(x: Value, axes: tuple[int, ...]) -> Pair:
    """Halve the axes again and again."""
    z = as_pair(x, x)
    for axis in axes:
        while (extent := _length(z, axis)) > 1:
            half = extent // 2
            product = _part(z, axis, 0, half) * _part(z, axis, half, half)
            z = _concatenate(product, _part(z, axis, 2 * half, 1), axis=axis) if extent % 2 else product
    kept = tuple(extent for axis, extent in enumerate(z.shape) if axis not in axes)
    if 0 in (z.shape[axis] for axis in axes):
        one = zero(OPS["sum"](z.re, axes=axes))
        return as_pair(one + 1.0, one)
    return as_pair(_on_both(OPS["reshape"])(z, shape=kept), z)


def _cumprod(x: Value, axis: int) -> Pair:
    """Each element times the one 1, then 2, 4, … before it."""
    z, step = as_pair(x, x), 1
    extent = _length(z, axis)
    while step < extent:
        product = _part(z, axis, step, extent - step) * _part(z, axis, 0, extent - step)
        z, step = _concatenate(_part(z, axis, 0, step), product, axis=axis), 2 * step
    return z


TABLE: dict[str, Callable[..., Value]] = {
    "where": _where,
    "concatenate": _concatenate,
    "contract": _contract,
    "prod": _prod,
    "cumprod": _cumprod,
}
