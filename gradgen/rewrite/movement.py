"""Exact rules for ops that move elements: chains of them become one, and what moves nothing goes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gradgen.ir import Dim, Extent
from gradgen.ops import OPS, Value, full
from gradgen.rewrite.pattern import any_call, call, placeholders
from gradgen.rewrite.rule import Rule

__all__ = ["MOVEMENT", "only_operand"]

(x,) = placeholders("x")
broadcast, transpose, reshape, slice_ = call("broadcast"), call("transpose"), call("reshape"), call("slice")


def only_operand(value: Value) -> Value:
    """The operand of an op that has one."""
    return Value(value.graph, value.node.operands[0])


def _same_shape(x: Value, root: Value) -> bool:
    return x.shape == root.shape


# --- broadcast, transpose, reshape -------------------------------------------------------------------


def _broadcast_once(root: Value, inner: Value) -> Value:
    axes = tuple(root.node["axes"][axis] for axis in inner.node["axes"])
    return OPS["broadcast"](only_operand(inner), shape=root.shape, axes=axes)


def _transpose_once(root: Value, inner: Value) -> Value:
    axes = tuple(inner.node["axes"][axis] for axis in root.node["axes"])
    return OPS["transpose"](only_operand(inner), axes=axes)


def _transpose_smaller(root: Value, inner: Value) -> Value:
    """Transpose what is repeated, then repeat it: often there is nothing left to transpose."""
    x, axes = only_operand(inner), inner.node["axes"]
    places = [root.node["axes"].index(axis) for axis in axes]
    order = tuple(sorted(range(x.ndim), key=places.__getitem__))
    moved = x if order == tuple(range(x.ndim)) else OPS["transpose"](x, axes=order)
    return OPS["broadcast"](moved, shape=root.shape, axes=tuple(sorted(places)))


def _moves_units_only(x: Value, root: Value) -> bool:
    """The axes of more than one element keep their order, so the elements do."""
    moved = [axis for axis in root.node["axes"] if x.shape[axis] != 1]
    return moved == sorted(moved)


def _reshaped(x: Value, root: Value) -> Value:
    return OPS["reshape"](x, shape=root.shape)


def _broadcast_scalar(inner: Value, root: Value) -> Value | None:
    x = only_operand(inner)
    return OPS["broadcast"](x, shape=root.shape, axes=()) if not x.shape and root.shape else None


def _reshape_through(inner: Value, root: Value) -> Value | None:
    """A broadcast that only adds axes of one element keeps the elements in order, as a reshape does."""
    x = only_operand(inner)
    added = [extent for axis, extent in enumerate(inner.shape) if axis not in inner.node["axes"]]
    return OPS["reshape"](x, shape=root.shape) if all(extent == 1 for extent in added) else None


def _unit_axes_added(x: Value, root: Value) -> Value | None:
    """As a broadcast it merges with others and is read in place."""
    axes: list[int] = []
    for axis, extent in enumerate(root.shape):
        if len(axes) < x.ndim and extent == x.shape[len(axes)]:
            axes.append(axis)
        elif extent != 1:
            return None
    return OPS["broadcast"](x, shape=root.shape, axes=tuple(axes)) if len(axes) == x.ndim < root.ndim else None


LAYOUT = (
    Rule("broadcast(x), of its own shape -> x", broadcast(x), x, _same_shape),
    Rule("broadcast(broadcast(x)) -> broadcast(x)", broadcast(any_call("broadcast", "inner")), _broadcast_once),
    Rule(
        "transpose(x), in its own order -> x", transpose(x), x, lambda x, root: root.node["axes"] == (*range(x.ndim),)
    ),
    Rule("transpose(transpose(x)) -> transpose(x)", transpose(any_call("transpose", "inner")), _transpose_once),
    Rule(
        "transpose(broadcast(x)) -> broadcast(transpose(x))",
        transpose(any_call("broadcast", "inner")),
        _transpose_smaller,
    ),
    Rule("transpose(x), of unit axes -> reshape(x)", transpose(x), _reshaped, _moves_units_only),
    Rule("reshape(x), to its own shape -> x", reshape(x), x, _same_shape),
    Rule("reshape(reshape(x)) -> reshape(x)", reshape(reshape(x)), _reshaped),
    Rule("reshape(broadcast(scalar)) -> broadcast(scalar)", reshape(any_call("broadcast", "inner")), _broadcast_scalar),
    Rule(
        "reshape(broadcast(x)), of unit axes -> reshape(x)", reshape(any_call("broadcast", "inner")), _reshape_through
    ),
    Rule("reshape(x), adding unit axes -> broadcast(x)", reshape(x), _unit_axes_added),
)

# --- slice, embed, place: start + step * index -------------------------------------------------------


def _starts(first: Sequence[Extent], steps: Sequence[int], second: Sequence[Extent]) -> tuple[Extent, ...] | None:
    """first + steps * second, or None where that is not a named dimension plus a number."""
    starts: list[Extent] = []
    for a, step, b in zip(first, steps, second, strict=True):
        if isinstance(b, Dim) and (step != 1 or isinstance(a, Dim)):
            return None
        starts.append(a + b if isinstance(b, Dim) and not isinstance(a, Dim) else a + step * b)
    return tuple(starts)


def _chained(outer: Value, inner: Value) -> tuple[tuple[Extent, ...], tuple[int, ...]] | None:
    """Start and step of an index map after another; ``outer`` is the one nearer to the larger array."""
    starts = _starts(outer.node["starts"], outer.node["steps"], inner.node["starts"])
    if starts is None:
        return None
    return starts, tuple(a * b for a, b in zip(outer.node["steps"], inner.node["steps"], strict=True))


def _slice_once(root: Value, inner: Value) -> Value | None:
    chained = _chained(inner, root)
    if chained is None:
        return None
    return OPS["slice"](only_operand(inner), starts=chained[0], steps=chained[1], shape=root.shape)


def _embed_once(root: Value, inner: Value) -> Value | None:
    chained = _chained(root, inner)
    if chained is None:
        return None
    op = OPS["embed"] if all(step == 1 for step in chained[1]) else OPS["place"]
    return op(only_operand(inner), starts=chained[0], steps=chained[1], shape=root.shape)


def _covers(x: Value, root: Value) -> bool:
    node = root.node
    return x.shape == root.shape and all(start == 0 for start in node["starts"]) and all(s == 1 for s in node["steps"])


def _same_region(x: Value, root: Value, inner: Value) -> bool:
    same = all(root.node[name] == inner.node[name] for name in ("starts", "steps"))
    return same and only_operand(inner).shape == root.shape


def _slice_of_embedded(root: Value, inner: Value) -> Value | None:
    """The part of x that the slice sees, among the zeros that it sees."""
    x = only_operand(inner)
    if any(step != 1 for step in root.node["steps"]):
        return None
    starts, shape, places = [], [], []
    for a, n, b, m in zip(root.node["starts"], root.shape, inner.node["starts"], x.shape, strict=True):
        if (a, n) == (b, m):
            low, high, offset = 0, m, 0
        elif any(isinstance(extent, Dim) for extent in (a, n, b, m)):
            return None
        else:
            low, high, offset = max(a - b, 0), min(a + n - b, m), max(b - a, 0)
        starts.append(low)
        shape.append(high - low if low else high)
        places.append(offset)
    if any(isinstance(extent, int) and extent <= 0 for extent in shape):
        return full(root.graph, np.zeros((), root.dtype), root.shape)
    steps = (1,) * root.ndim
    seen = OPS["slice"](x, starts=tuple(starts), steps=steps, shape=tuple(shape))
    return OPS["embed"](seen, starts=tuple(places), steps=steps, shape=root.shape)


def _slice_of_piece(root: Value, joined: Value) -> Value | None:
    """The slice of the one piece that it lies in."""
    axis, node = joined.node["axis"], root.node
    start, step, count = node["starts"][axis], node["steps"][axis], root.shape[axis]
    if isinstance(start, Dim) or isinstance(count, Dim) or count == 0:
        return None
    first, last = sorted((start, start + step * (count - 1)))
    offset = 0
    for operand in joined.node.operands:
        extent = joined.graph[operand].type.shape[axis]
        if isinstance(extent, Dim):
            return None
        if offset <= first and last < offset + extent:
            starts = (*node["starts"][:axis], start - offset, *node["starts"][axis + 1 :])
            return OPS["slice"](Value(root.graph, operand), starts=starts, steps=node["steps"], shape=root.shape)
        offset += extent
    return None


def _slice_smaller(root: Value, inner: Value) -> Value:
    """Slice what is repeated, then repeat it."""
    axes, node = inner.node["axes"], root.node
    starts, steps, shape = (
        tuple(values[axis] for axis in axes) for values in (node["starts"], node["steps"], root.shape)
    )
    sliced = OPS["slice"](only_operand(inner), starts=starts, steps=steps, shape=shape)
    return OPS["broadcast"](sliced, shape=root.shape, axes=axes)


REGIONS = (
    *[Rule(f"{op}(x), of all of it -> x", call(op)(x), x, _covers) for op in ("slice", "embed", "place")],
    Rule("slice(slice(x)) -> slice(x)", slice_(any_call("slice", "inner")), _slice_once),
    *[
        Rule(f"{outer}({inner}(x)) -> one of them", call(outer)(any_call(inner, "inner")), _embed_once)
        for outer in ("embed", "place")
        for inner in ("embed", "place")
    ],
    Rule("slice(place(x)), the same region -> x", slice_(call("place")(x).named("inner")), x, _same_region),
    Rule("slice(embed(x)) -> embed(slice(x))", slice_(any_call("embed", "inner")), _slice_of_embedded),
    Rule(
        "slice(concatenate(x, ...)) -> slice(x), inside one piece",
        slice_(any_call("concatenate", "joined")),
        _slice_of_piece,
    ),
    Rule("slice(broadcast(x)) -> broadcast(slice(x))", slice_(any_call("broadcast", "inner")), _slice_smaller),
    Rule("concatenate(x) -> x", call("concatenate")(x), x),
)

MOVEMENT = (*LAYOUT, *REGIONS)
