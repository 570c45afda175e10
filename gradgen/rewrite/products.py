"""Exact rules for `contract`: signs and factors leave it, transposes and broadcasts enter its labels.

Patterns match either operand first; ``inner`` is the operand that has the form, ``y`` the other one.
"""

from __future__ import annotations

from dataclasses import dataclass

from gradgen.ops import OPS, Value
from gradgen.rewrite.conditions import is_derived, is_mild
from gradgen.rewrite.movement import only_operand
from gradgen.rewrite.pattern import any_call, call, number, placeholders, spread
from gradgen.rewrite.reductions import may_leave_sum
from gradgen.rewrite.rule import Rule

__all__ = ["PRODUCTS"]

x, y = placeholders("x y")
contract = call("contract")
v = any_call("broadcast", "v")


@dataclass(frozen=True)
class Product:
    """A contraction seen from one operand: its labels, those of the other one, those of the result."""

    mine: str
    other: str
    labels: str
    is_first: bool = True

    @staticmethod
    def of(root: Value, inner: Value) -> Product:
        """The contraction ``root`` seen from its operand ``inner``."""
        node, is_first = root.node, root.node.operands[0] == inner.id
        mine, other = (node["x_labels"], node["y_labels"]) if is_first else (node["y_labels"], node["x_labels"])
        return Product(mine, other, node["labels"], is_first)

    def is_interleaved(self, axes: str) -> bool:
        """Whether it multiplies a stack of matrices that, along ``axes``, lie between each other entry by entry."""
        stack = set(self.mine) & set(self.other) & set(self.labels)
        return bool(stack) and axes[-1] in stack and set(self.mine) != stack and set(self.other) != stack

    def __call__(self, x: Value, y: Value) -> Value:
        """The contraction of ``x`` in place of the operand and ``y`` in place of the other."""
        if self.is_first:
            return OPS["contract"](x, y, x_labels=self.mine, y_labels=self.other, labels=self.labels)
        return OPS["contract"](y, x, x_labels=self.other, y_labels=self.mine, labels=self.labels)


def _again(root: Value, inner: Value, x: Value, y: Value) -> Value:
    return Product.of(root, inner)(x, y)


# --- signs and factors -----------------------------------------------------------------------------------


def _negated(root: Value, inner: Value, x: Value, y: Value) -> Value:
    return -_again(root, inner, x, y)


def _divided(root: Value, inner: Value, x: Value, y: Value, k: Value) -> Value:
    return _again(root, inner, x, y) / spread(k, root)


def _factored(root: Value, inner: Value, v: Value, x: Value, y: Value) -> Value | None:
    """The factor v leaves if no label of it is summed, and it need not be transposed."""
    product = Product.of(root, inner)
    places = [product.labels.find(product.mine[axis]) for axis in v.node["axes"]]
    if -1 in places or places != sorted(places):
        return None
    return OPS["broadcast"](only_operand(v), shape=root.shape, axes=tuple(places)) * product(x, y)


FACTORS = (
    Rule("contract(-x, y) -> -contract(x, y)", contract((-x).named("inner"), y), _negated),
    Rule("contract(x / k, y) -> contract(x, y) / k", contract((x / number("k", is_mild)).named("inner"), y), _divided),
    Rule(
        "contract(v * x, y) -> v * contract(x, y), no label of v summed",
        contract((v * x).named("inner"), y),
        _factored,
        may_leave_sum,
    ),
)

# --- labels ----------------------------------------------------------------------------------------------


def _of_transposed(root: Value, inner: Value, y: Value) -> Value | None:
    product = Product.of(root, inner)
    mine = "".join(product.mine[inner.node["axes"].index(axis)] for axis in range(inner.ndim))
    if product.is_interleaved(mine) and not product.is_interleaved(product.mine):
        return None
    return Product(mine, product.other, product.labels, product.is_first)(only_operand(inner), y)


def _transposed(root: Value, inner: Value) -> Value:
    x, y = (Value(root.graph, operand) for operand in inner.node.operands)
    labels = "".join(inner.node["labels"][axis] for axis in root.node["axes"])
    return Product(inner.node["x_labels"], inner.node["y_labels"], labels)(x, y)


def _of_repeated(root: Value, inner: Value, y: Value) -> Value:
    """A label along which x is repeated goes: what it summed is a sum of y, what only x had is repeated after.

    As a factor of that sum x is taken to be finite, in every sweep: a repeated matrix is no way to scale.
    """
    product = Product.of(root, inner)
    mine = "".join(product.mine[axis] for axis in inner.node["axes"])
    repeated = set(product.mine) - set(mine)
    summed = [axis for axis, label in enumerate(product.other) if label in repeated and label not in product.labels]
    other = "".join(label for axis, label in enumerate(product.other) if axis not in summed)
    kept = [axis for axis, label in enumerate(product.labels) if label in mine or label in other]
    labels = "".join(product.labels[axis] for axis in kept)
    rest = OPS["sum"](y, axes=tuple(summed)) if summed else y
    made = Product(mine, other, labels, product.is_first)(only_operand(inner), rest)
    return made if made.shape == root.shape else OPS["broadcast"](made, shape=root.shape, axes=tuple(kept))


def _sums_nothing(root: Value) -> bool:
    return set(root.node["x_labels"] + root.node["y_labels"]) == set(root.node["labels"])


def _placed(x: Value, letters: str, labels: str, like: Value) -> Value:
    """``x`` with its axes where ``labels`` has its letters, repeated along the others."""
    order = tuple(sorted(range(x.ndim), key=lambda axis: labels.index(letters[axis])))
    axes = tuple(labels.index(letters[axis]) for axis in order)
    turned = x if order == tuple(range(x.ndim)) else OPS["transpose"](x, axes=order)
    return turned if len(axes) == like.ndim else OPS["broadcast"](turned, shape=like.shape, axes=axes)


def _elementwise(root: Value) -> Value:
    node, labels = root.node, root.node["labels"]
    first, second = (Value(root.graph, operand) for operand in node.operands)
    return _placed(first, node["x_labels"], labels, root) * _placed(second, node["y_labels"], labels, root)


def _without_units(root: Value) -> Value | None:
    """A label of extent 1 that is summed sums nothing."""
    node, operands = root.node, [Value(root.graph, operand) for operand in root.node.operands]
    extents = dict(zip(node["x_labels"], operands[0].shape, strict=True))
    units = {label for label, extent in extents.items() if extent == 1 and label not in node["labels"]}
    if not units:
        return None
    letters = ["".join(label for label in node[name] if label not in units) for name in ("x_labels", "y_labels")]
    for position, name in enumerate(("x_labels", "y_labels")):
        x = operands[position]
        shape = tuple(extent for label, extent in zip(node[name], x.shape, strict=True) if label not in units)
        operands[position] = OPS["reshape"](x, shape=shape)
    return Product(letters[0], letters[1], node["labels"])(operands[0], operands[1])


LABELS = (
    Rule("contract(transpose(x), y) -> contract(x, y)", contract(any_call("transpose", "inner"), y), _of_transposed),
    Rule("transpose(contract(x, y)) -> contract(x, y)", call("transpose")(any_call("contract", "inner")), _transposed),
    Rule(
        "contract(broadcast(x), y) -> contract(x, y), fewer labels",
        contract(any_call("broadcast", "inner"), y),
        _of_repeated,
    ),
    Rule("contract(x, y), summing nothing -> x * y", any_call("contract", "root"), _elementwise, _sums_nothing),
    Rule("contract(x, y), summing one element -> contract(x, y)", any_call("contract", "root"), _without_units),
)

# --- sums of products ------------------------------------------------------------------------------------


def _summed_first(root: Value, inner: Value, v: Value | None = None) -> Value | None:
    """Sum what only one operand has before multiplying: fewer products, by as many as are summed.

    A factor ``v`` goes with that operand, if it repeats along labels that the operand lacks.
    """
    node, axes = inner.node, root.node["axes"]
    summed = {node["labels"][axis] for axis in axes}
    for operand, position in zip(node.operands, ("x_labels", "y_labels"), strict=True):
        x = Value(root.graph, operand)
        product = Product.of(inner, x)
        if node[position] != product.mine or not summed.issubset(set(product.mine) - set(product.other)):
            continue
        if v is not None:
            letters = "".join(node["labels"][axis] for axis in v.node["axes"])
            if not set(letters).issubset(product.mine):
                continue
            x = _placed(only_operand(v), letters, product.mine, x) * x
        rest = OPS["sum"](x, axes=tuple(axis for axis, label in enumerate(product.mine) if label in summed))
        mine, labels = (
            "".join(label for label in own if label not in summed) for own in (product.mine, product.labels)
        )
        other = Value(root.graph, node.operands[1 if product.is_first else 0])
        return Product(mine, product.other, labels, product.is_first)(rest, other)
    return None


def _apart(root: Value, inner: Value, y: Value, v: Value | None = None) -> Value | None:
    """A product and something else, summed each by itself."""
    first = _summed_first(root, inner, v)
    return None if first is None else first + OPS["sum"](y, axes=root.node["axes"])


def _is_of_derivative(root: Value) -> bool:
    return is_derived(root)


sum_, product = call("sum"), any_call("contract", "inner")
SUMMED = (
    Rule(
        "sum(contract(x, y)) -> contract(sum(x), y)",
        sum_(product),
        lambda root, inner: _summed_first(root, inner),
        _is_of_derivative,
    ),
    Rule("sum(v * contract(x, y)) -> contract(sum(v * x), y)", sum_(v * product), _summed_first, _is_of_derivative),
    Rule(
        "sum(contract(x, y) + z) -> contract(sum(x), y) + sum(z)",
        sum_(product + y),
        lambda root, inner, y: _apart(root, inner, y),
        _is_of_derivative,
    ),
    Rule(
        "sum(v * contract(x, y) + z) -> contract(sum(v * x), y) + sum(z)",
        sum_(v * product + y),
        _apart,
        _is_of_derivative,
    ),
)

# Labels first: what sums nothing is better off with its factors inside, where they act on fewer elements.
PRODUCTS = (*LABELS, *FACTORS, *SUMMED)
