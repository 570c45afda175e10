"""Exact rules for sums and other reductions. A sum in another order is a rounding, no more.

What leaves a sum as a common factor is taken to be finite: ``inf * a + inf * b`` may be NaN where
``inf * (a + b)`` is not. In the forward sweep only constants leave.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from gradgen.ir import Dim, Extent
from gradgen.ops import OPS, Value, full, lift
from gradgen.rewrite.conditions import is_constant, is_derived, is_mild
from gradgen.rewrite.movement import only_operand
from gradgen.rewrite.pattern import any_call, call, number, number_of, placeholders, spread
from gradgen.rewrite.rule import Rule

__all__ = ["REDUCTIONS", "may_leave_sum"]

x, y = placeholders("x y")
REDUCING = ("sum", "prod", "max", "min", "any", "all")
# Repeating an element changes nothing for these, and combining in two steps nothing for any but prod's rounding.
IDEMPOTENT = ("max", "min", "any", "all")
sum_ = call("sum")


def _again(root: Value, x: Value, axes: Sequence[int]) -> Value:
    return OPS[root.node.op.name](x, axes=tuple(sorted(axes)))


def _kept(x: Value, axes: Sequence[int]) -> list[int]:
    return [axis for axis in range(x.ndim) if axis not in axes]


def _at_once(root: Value, inner: Value) -> Value:
    """Two reductions as one over the axes of both."""
    x = only_operand(inner)
    kept = _kept(x, inner.node["axes"])
    return _again(root, x, [*inner.node["axes"], *[kept[axis] for axis in root.node["axes"]]])


def _without_units(x: Value, root: Value) -> Value | None:
    """An axis of one element is dropped, not summed over."""
    axes = root.node["axes"]
    units = [axis for axis in axes if x.shape[axis] == 1]
    if not units:
        return None
    kept = _kept(x, units)
    dropped = OPS["reshape"](x, shape=tuple(x.shape[axis] for axis in kept))
    return _again(root, dropped, [kept.index(axis) for axis in axes if axis not in units])


def _of_transposed(root: Value, inner: Value) -> Value:
    order, axes = inner.node["axes"], root.node["axes"]
    reduced = _again(root, only_operand(inner), [order[axis] for axis in axes])
    kept = [order[axis] for axis in range(inner.ndim) if axis not in axes]
    return OPS["transpose"](reduced, axes=tuple(sorted(kept).index(axis) for axis in kept))


def _of_reshaped(root: Value, inner: Value) -> Value | None:
    """All elements of x, whatever the shape they stand in: its own, without axes of one element."""
    x = only_operand(inner)
    shape = tuple(extent for extent in x.shape if extent != 1)
    if len(root.node["axes"]) != inner.ndim or inner.shape == shape:
        return None
    return _again(root, x if x.shape == shape else OPS["reshape"](x, shape=shape), range(len(shape)))


EVERY_REDUCTION = (
    *[Rule(f"{op}(x), over no axes -> x", call(op)(x), x, lambda root: not root.node["axes"]) for op in REDUCING],
    *[Rule(f"{op}({op}(x)) -> {op}(x)", call(op)(any_call(op, "inner")), _at_once) for op in REDUCING],
    *[Rule(f"{op}(x), over unit axes -> reshape(x)", call(op)(x), _without_units) for op in REDUCING],
    *[
        Rule(f"{op}(transpose(x)) -> {op}(x)", call(op)(any_call("transpose", "inner")), _of_transposed)
        for op in REDUCING
    ],
    *[
        Rule(f"{op}(reshape(x)), over all -> {op}(x)", call(op)(any_call("reshape", "inner")), _of_reshaped)
        for op in REDUCING
    ],
)

# --- what is repeated ----------------------------------------------------------------------------------


def _reduced_then_repeated(root: Value, inner: Value) -> Value:
    """Reduce the axes that the operand has, repeat along those that are kept."""
    places, axes = inner.node["axes"], root.node["axes"]
    reduced = _again(root, only_operand(inner), [axis for axis, place in enumerate(places) if place in axes])
    kept = _kept(inner, axes)
    return OPS["broadcast"](
        reduced, shape=root.shape, axes=tuple(kept.index(place) for place in places if place in kept)
    )


def _repeats(inner: Value, root: Value) -> list[Extent]:
    """How often each element is met, as factors."""
    return [inner.shape[axis] for axis in root.node["axes"] if axis not in inner.node["axes"]]


def _counted(root: Value, inner: Value) -> Value:
    repeats = _repeats(inner, root)
    if 0 in repeats:
        return full(root.graph, np.zeros((), root.dtype), root.shape)
    made = _reduced_then_repeated(root, inner)
    count = math.prod(extent for extent in repeats if isinstance(extent, int))
    for extent in repeats:
        if isinstance(extent, Dim):
            made = spread(OPS["extent"].leaf(root.graph, extent=extent, dtype=root.dtype.str), root) * made
    return made if count == 1 else lift(count, root) * made


def _met_at_all(inner: Value, root: Value) -> bool:
    return all(isinstance(extent, int) and extent > 0 for extent in _repeats(inner, root))


REPEATED = (
    Rule("sum(broadcast(x)) -> count * broadcast(sum(x))", sum_(any_call("broadcast", "inner")), _counted),
    *[
        Rule(
            f"{op}(broadcast(x)) -> broadcast({op}(x))",
            call(op)(any_call("broadcast", "inner")),
            _reduced_then_repeated,
            _met_at_all,
        )
        for op in IDEMPOTENT
    ],
)

# --- factors of a sum ----------------------------------------------------------------------------------


def may_leave_sum(root: Value, v: Value) -> bool:
    """Whether the factor ``v``, a broadcast, may be taken out of a sum of products."""
    scalar = only_operand(v)
    return is_derived(root) or (is_constant(scalar) and is_mild(number_of(scalar)))


def _factored(root: Value, v: Value, x: Value) -> Value | None:
    """The sum of v x is v times the sum of x where v is the same along the axes summed over."""
    axes, places = root.node["axes"], v.node["axes"]
    if any(place in axes for place in places):
        return None
    kept = _kept(v, axes)
    factor = OPS["broadcast"](only_operand(v), shape=root.shape, axes=tuple(kept.index(place) for place in places))
    return factor * _again(root, x, axes)


def _divided(root: Value, x: Value, k: Value) -> Value:
    return _again(root, x, root.node["axes"]) / spread(k, root)


def _as_product(root: Value, x: Value, y: Value) -> Value | None:
    """A matrix product written with broadcasts: neither operand has all axes, both have those summed over."""
    letters = "abcdefghijklmnopqrstuvwxyz"[: x.ndim]
    places = [set(x.node["axes"]), set(y.node["axes"])]
    if any(not places[0] & places[1] >= {axis} for axis in root.node["axes"]) or len(places[0] | places[1]) < x.ndim:
        return None
    labels = ["".join(letters[axis] for axis in value.node["axes"]) for value in (x, y)]
    result = "".join(letters[axis] for axis in _kept(x, root.node["axes"]))
    operands = only_operand(x), only_operand(y)
    return OPS["contract"](*operands, x_labels=labels[0], y_labels=labels[1], labels=result)


def _of_embedded(root: Value, inner: Value) -> Value:
    """The zeros around x add nothing."""
    kept, x = _kept(inner, root.node["axes"]), only_operand(inner)
    starts, steps = (tuple(inner.node[name][axis] for axis in kept) for name in ("starts", "steps"))
    return OPS["embed"](_again(root, x, root.node["axes"]), starts=starts, steps=steps, shape=root.shape)


SUMS = (
    Rule("sum(-x) -> -sum(x)", sum_(-x), lambda root, x: -_again(root, x, root.node["axes"])),
    Rule(
        "sum(v * x) -> v * sum(x), v the same along the axes",
        sum_(any_call("broadcast", "v") * x),
        _factored,
        may_leave_sum,
    ),
    Rule(
        "sum((v * x) * y) -> v * sum(x * y), v the same along the axes",
        sum_((any_call("broadcast", "v") * x) * y),
        lambda root, v, x, y: _factored(root, v, x * y),
        may_leave_sum,
    ),
    Rule("sum(x / k) -> sum(x) / k", sum_(x / number("k", is_mild)), _divided),
    Rule(
        "sum(broadcast(x) * broadcast(y)) -> contract(x, y)",
        sum_(any_call("broadcast", "x") * any_call("broadcast", "y")),
        _as_product,
    ),
    Rule("sum(embed(x)) -> embed(sum(x))", sum_(any_call("embed", "inner")), _of_embedded),
)

REDUCTIONS = (*EVERY_REDUCTION, *REPEATED, *SUMS)
