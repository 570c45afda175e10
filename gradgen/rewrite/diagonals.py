"""Exact rules for `diag` and `diagonal`: what is computed on a diagonal matrix is computed on its diagonal.

So the Jacobian of an elementwise function costs n derivatives, and a product with it scales rows. What is
off the diagonal of a derivative is no number that could meet an infinity: it is not there. In the forward
sweep, where a user may multiply by zeros, it stays as NumPy has it.
"""

from __future__ import annotations

from gradgen.ops import OPS, Value
from gradgen.rewrite.conditions import is_derived
from gradgen.rewrite.movement import only_operand
from gradgen.rewrite.pattern import any_call, call, placeholders
from gradgen.rewrite.products import Product
from gradgen.rewrite.rule import Rule

__all__ = ["DIAGONALS"]

x, y = placeholders("x y")
diag, diagonal, contract = call("diag"), call("diagonal"), call("contract")


def _is_factor(root: Value, y: Value) -> bool:
    return is_derived(root) and y.node.op.name == "broadcast"


def _on_diagonal(y: Value) -> Value:
    return OPS["diagonal"](y)


def _scaled(x: Value, y: Value) -> Value:
    return OPS["diag"](x * _on_diagonal(y))


def _divided(x: Value, y: Value) -> Value:
    return OPS["diag"](x / _on_diagonal(y))


def _on_diagonal_only(root: Value, x: Value, y: Value) -> Value | None:
    """What is summed over a diagonal matrix is summed over its diagonal."""
    axes, last = root.node["axes"], y.ndim - 1
    if not is_derived(root) or not {last - 1, last} <= set(axes):
        return None
    return OPS["sum"](x * _on_diagonal(y), axes=axes[:-1])


def _diagonal_of_broadcast(v: Value, root: Value) -> Value | None:
    """The two last axes become one: an operand that has both is taken along its own diagonal."""
    last, before = v.ndim - 1, v.ndim - 2
    axes, operand = v.node["axes"], only_operand(v)
    if last in axes and before in axes:
        return OPS["broadcast"](OPS["diagonal"](operand), shape=root.shape, axes=axes[:-1])
    return OPS["broadcast"](operand, shape=root.shape, axes=tuple(min(axis, before) for axis in axes))


def _product(root: Value, inner: Value, x: Value, y: Value) -> Value | None:
    """sum_j diag(x)_ij y_j = x_i y_i: the summed label of the diagonal becomes the other one."""
    if not is_derived(root):
        return None
    product = Product.of(root, inner)
    i, j = product.mine[-2], product.mine[-1]
    gone, kept = (j, i) if j not in product.labels else (i, j)
    if gone in product.labels or kept in product.other:
        return None
    mine, other = product.mine[:-2] + kept, product.other.replace(gone, kept)
    return Product(mine, other, product.labels, product.is_first)(x, y)


def _transposed(root: Value, x: Value) -> Value | None:
    axes, n = root.node["axes"], root.ndim
    if axes[-2:] not in ((n - 1, n - 2), (n - 2, n - 1)):
        return None
    moved = x if axes[:-2] == tuple(range(n - 2)) else OPS["transpose"](x, axes=(*axes[:-2], n - 2))
    return OPS["diag"](moved)


def _only_last(root: Value) -> bool:
    """One of the two last axes of the operand is summed, nothing else."""
    (operand,) = root.node.operands
    ndim = root.graph[operand].type.ndim
    return root.node["axes"] in ((ndim - 1,), (ndim - 2,))


DIAGONALS = (
    Rule("diagonal(diag(x)) -> x", diagonal(diag(x)), x),
    Rule("diag(x) * y -> diag(x * diagonal(y))", diag(x) * y, _scaled, _is_factor),
    Rule("diag(x) / y -> diag(x / diagonal(y))", diag(x) / y, _divided, _is_factor),
    Rule("-diag(x) -> diag(-x)", -diag(x), lambda x: OPS["diag"](-x)),
    Rule("diag(x) + diag(y) -> diag(x + y)", diag(x) + diag(y), lambda x, y: OPS["diag"](x + y)),
    Rule("diag(x) - diag(y) -> diag(x - y)", diag(x) - diag(y), lambda x, y: OPS["diag"](x - y)),
    Rule("transpose(diag(x)) -> diag(x)", call("transpose")(diag(x)).named("root"), _transposed),
    Rule("diagonal(broadcast(x)) -> broadcast(x)", diagonal(any_call("broadcast", "v")), _diagonal_of_broadcast),
    Rule(
        "sum(diag(x) * y, both axes) -> sum(x * diagonal(y))", call("sum")(diag(x) * y).named("root"), _on_diagonal_only
    ),
    Rule("sum(diag(x), one axis) -> x", call("sum")(diag(x)), x, _only_last),
    Rule("contract(diag(x), y) -> x * y in the labels", contract(diag(x).named("inner"), y), _product),
)
