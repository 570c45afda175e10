"""Exact rules for factors that are repeated along axes: they meet before they are repeated, where they are fewer.

A matrix whose rows are scaled by one vector, and that by another, is scaled once.
"""

from __future__ import annotations

from gradgen.ops import OPS, Value
from gradgen.rewrite.conditions import is_derived
from gradgen.rewrite.movement import only_operand
from gradgen.rewrite.pattern import any_call, call, placeholders
from gradgen.rewrite.products import Product
from gradgen.rewrite.rule import Rule

__all__ = ["REPEATED_FACTORS"]

x, y = placeholders("x y")
v, w = any_call("broadcast", "v"), any_call("broadcast", "w")


def _alike(root: Value, v: Value, w: Value) -> bool:
    """Whether v and w are repeated along the same axes, or one is a scalar; two scalars have rules of their own."""
    first, second = v.node["axes"], w.node["axes"]
    return is_derived(root) and (first == second) != (() in (first, second))


def _scaled_as_it_lies(root: Value, product: Value, inner: Value, v: Value, y: Value) -> Value | None:
    """v turned with x, so that x is scaled and read in its own order, if that leaves v itself as it is."""
    order, places = inner.node["axes"], [inner.node["axes"][axis] for axis in v.node["axes"]]
    if places != sorted(places):
        return None
    x = only_operand(inner)
    factor = OPS["broadcast"](only_operand(v), shape=x.shape, axes=tuple(places))
    seen = Product.of(root, product)
    mine = "".join(seen.mine[order.index(axis)] for axis in range(x.ndim))
    if seen.is_interleaved(mine):
        return None
    return Product(mine, seen.other, seen.labels, seen.is_first)(factor * x, y)


REPEATED_FACTORS = (
    Rule(
        "v * (w * x) -> (v * w) * x, v and w repeated alike, in a derivative",
        v * (w * x),
        lambda v, w, x: (v * w) * x,
        _alike,
    ),
    Rule(
        "contract(v * transpose(x), y) -> contract(v * x, y), v repeated",
        call("contract")((v * any_call("transpose", "inner")).named("product"), y),
        _scaled_as_it_lies,
    ),
)
