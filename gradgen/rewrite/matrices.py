"""Rules of linear algebra: what is solved needs no inverse, what is triangular no factor, a trace no product.

`SOLVING` is exact but for roundings, and so is what NumPy would raise: both ways meet the same zero pivot.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from gradgen.ir import FORWARD, Dim
from gradgen.ops import OPS, Value, lift
from gradgen.ops.matrix import transposed
from gradgen.rewrite.conditions import is_mild
from gradgen.rewrite.movement import only_operand
from gradgen.rewrite.pattern import any_call, call, number, placeholders, spread
from gradgen.rewrite.products import Product
from gradgen.rewrite.rule import Rule

__all__ = ["SOLVING", "TRACES", "Triangle", "triangle_of"]

f, a, b, x = placeholders("f a b x")


class Triangle(NamedTuple):
    """A triangular matrix: ``base``, or its transpose, has zeros above (``lower``) or below its diagonal."""

    base: Value
    lower: bool
    transposed: bool

    @property
    def is_lower(self) -> bool:
        """Whether the matrix itself, turned as it is, is lower triangular."""
        return self.lower != self.transposed


def triangle_of(value: Value, turned: bool = False) -> Triangle | None:
    """What is known to be triangular: factors, diagonals, what ``tril`` and ``triu`` leave, transposes of these."""
    node = value.node
    if node.op.name == "transpose" and _turns_matrices(value):
        return triangle_of(only_operand(value), not turned)
    if node.op.name in ("cholesky", "diag") or (node.op.name == "tril" and node["k"] <= 0):
        return Triangle(value, True, turned)
    if (node.op.name == "triu" and node["k"] >= 0) or (node.op.name == "qr_r" and value.shape[-1] == value.shape[-2]):
        return Triangle(value, False, turned)
    return None


def _turns_matrices(value: Value) -> bool:
    n = value.ndim
    return bool(value.node["axes"] == (*range(n - 2), n - 1, n - 2))


def _is_turned(a: Value) -> bool:
    return a.node.op.name == "transpose" and _turns_matrices(a)


# --- triangular matrices ---------------------------------------------------------------------------------


def _substituted(a: Value, b: Value, root: Value) -> Value | None:
    triangle = triangle_of(a)
    if triangle is None:
        return None
    return OPS["triangular_solve"](
        triangle.base, b, lower=triangle.lower, transposed=triangle.transposed != root.node["transposed"], unit=False
    )


def _of_base_triangle(a: Value, b: Value, root: Value) -> Value | None:
    """Nobody needs to turn what is solved with."""
    if not _is_turned(a):
        return None
    node = root.node
    lower, turned = not node["lower"], not node["transposed"]
    return OPS["triangular_solve"](only_operand(a), b, lower=lower, transposed=turned, unit=node["unit"])


def _diagonal_of_base(a: Value) -> Value | None:
    return OPS["diagonal"](only_operand(a)) if _is_turned(a) else None


def _product_of_diagonal(a: Value) -> Value | None:
    if triangle_of(a) is None:
        return None
    entries = OPS["diagonal"](a)
    return OPS["prod"](entries, axes=(entries.ndim - 1,))


def _logarithms_of_diagonal(a: Value, root: Value) -> Value | None:
    if triangle_of(a) is None:
        return None
    entries = OPS["diagonal"](a)
    last = (entries.ndim - 1,)
    parts = OPS["prod"](OPS["sign"](entries), axes=last), OPS["sum"](OPS["log"](OPS["abs"](entries)), axes=last)
    shape = (*root.shape[:-1], 1)
    return OPS["concatenate"](*[OPS["reshape"](part, shape=shape) for part in parts], axis=root.ndim - 1)


def _triangular_inverse(a: Value) -> Value | None:
    triangle = triangle_of(a)
    if triangle is None:
        return None
    ones = lift(1.0, OPS["diagonal"](a))
    return OPS["triangular_solve"](
        triangle.base, OPS["diag"](ones), lower=triangle.lower, transposed=triangle.transposed, unit=False
    )


# --- one factor for a matrix and its transpose -----------------------------------------------------------


def _solved_turned(a: Value, b: Value, root: Value) -> Value | None:
    if not _is_turned(a):
        return None
    base = only_operand(a)
    return OPS["lu_solve"](OPS["lu"](base), base, b, transposed=not root.node["transposed"])


def _of_base(root: Value, a: Value) -> Value | None:
    """The determinant of a transpose is that of the matrix."""
    if not _is_turned(a):
        return None
    base = only_operand(a)
    return OPS[root.node.op.name](OPS["lu"](base), base)


def _inverse_turned(root: Value, a: Value) -> Value | None:
    inverse = _of_base(root, a)
    return None if inverse is None else transposed(inverse)


# --- inverses that only multiply -------------------------------------------------------------------------


def _solved(root: Value, inner: Value, a: Value, f: Value, y: Value) -> Value | None:
    """inv(A) B in the user's own formula is solved; a derivative shares the inverse that is there anyway."""
    product = Product.of(root, inner)
    if root.node.sweep != FORWARD or inner.ndim != 2 or len(set(product.mine) - set(product.labels)) != 1:
        return None
    first, second = product.mine[0], product.mine[1]
    kept, summed = (first, second) if second not in product.labels else (second, first)
    rest = product.other.replace(summed, "")
    order = tuple(product.other.index(label) for label in summed + rest)
    sides = OPS["transpose"](y, axes=order) if order != tuple(range(y.ndim)) else y
    if kept in rest or any(isinstance(extent, Dim) for extent in sides.shape[1:]):
        return None
    shape = (sides.shape[0], math.prod(map(int, sides.shape[1:]))) if sides.ndim > 2 else sides.shape
    solved = OPS["lu_solve"](f, a, OPS["reshape"](sides, shape=shape), transposed=first == summed)
    found = OPS["reshape"](solved, shape=sides.shape)
    axes = tuple((kept + rest).index(label) for label in product.labels)
    return OPS["transpose"](found, axes=axes) if axes != tuple(range(found.ndim)) else found


def _scaled(root: Value, k: Value, x: Value) -> Value:
    """A number leaves a linear op; so equal solves with other factors are one."""
    *given, _ = (Value(root.graph, operand) for operand in root.node.operands)
    return spread(k, root) * OPS[root.node.op.name](*given, x, **dict(root.node.attributes))


def _negated(root: Value, x: Value) -> Value:
    *given, _ = (Value(root.graph, operand) for operand in root.node.operands)
    return -OPS[root.node.op.name](*given, x, **dict(root.node.attributes))


SOLVES = {"lu_solve": (f, a), "cholesky_solve": (f, a), "triangular_solve": (a,)}
SOLVING = (
    *[
        Rule(f"{op}(k * x) -> k * {op}(x)", call(op)(*given, number("k", is_mild) * x).named("root"), _scaled)
        for op, given in SOLVES.items()
    ],
    *[Rule(f"{op}(-x) -> -{op}(x)", call(op)(*given, -x).named("root"), _negated) for op, given in SOLVES.items()],
    Rule("solve(triangular, b) -> triangular_solve", call("lu_solve")(f, a, b).named("root"), _substituted),
    Rule(
        "triangular_solve(T^T, b) -> triangular_solve(T, b, transposed)",
        call("triangular_solve")(a, b).named("root"),
        _of_base_triangle,
    ),
    Rule("diagonal(A^T) -> diagonal(A)", call("diagonal")(a), _diagonal_of_base),
    Rule("det(triangular) -> prod(diagonal)", call("lu_det")(f, a), _product_of_diagonal),
    Rule("slogdet(triangular) -> sum(log|diagonal|)", call("lu_slogdet")(f, a), _logarithms_of_diagonal),
    Rule("inv(triangular) -> triangular_solve(I)", call("lu_inverse")(f, a), _triangular_inverse),
    Rule("solve(A^T, b) -> solve(A, b, transposed)", call("lu_solve")(f, a, b).named("root"), _solved_turned),
    Rule("inv(A^T) -> inv(A)^T", call("lu_inverse")(f, a), _inverse_turned),
    *[Rule(f"{op}(A^T) -> {op}(A)", call(op)(f, a), _of_base) for op in ("lu_det", "lu_slogdet")],
    Rule(
        "inv(A) @ b -> solve(A, b)",
        call("contract")(call("lu_inverse")(f, a).named("inner"), placeholders("y")[0]),
        _solved,
    ),
)

# --- diagonals and triangles of products -----------------------------------------------------------------


def _diagonal_of_product(root: Value, inner: Value) -> Value | None:
    """The two last labels of the result become one: n products of rows and columns in the place of n^2."""
    node = inner.node
    i, j = list(node["labels"][-2:])
    first, second = node["x_labels"], node["y_labels"]
    if any({i, j} <= set(letters) for letters in (first, second)):
        return None
    x, y = (Value(root.graph, operand) for operand in node.operands)
    return OPS["contract"](
        x, y, x_labels=first.replace(j, i), y_labels=second.replace(j, i), labels=node["labels"][:-1]
    )


def _sum_of_product(root: Value, inner: Value) -> Value | None:
    """Summing a label that both operands have is summing it in the product."""
    node, axes = inner.node, root.node["axes"]
    gone = {label for axis, label in enumerate(node["labels"]) if axis in axes}
    if not all(label in node["x_labels"] and label in node["y_labels"] for label in gone):
        return None
    x, y = (Value(root.graph, operand) for operand in node.operands)
    labels = "".join(label for label in node["labels"] if label not in gone)
    return OPS["contract"](x, y, x_labels=node["x_labels"], y_labels=node["y_labels"], labels=labels)


def _triangle_of_triangle(root: Value, x: Value) -> Value | None:
    """A triangle of what has it already, or only its diagonal."""
    known = triangle_of(x)
    if known is None or root.node["k"] != 0:
        return None
    same = known.is_lower == (root.node.op.name == "tril")
    return x if same else OPS["diag"](OPS["diagonal"](x))


TRACES = (
    Rule(
        "diagonal(contract(x, y)) -> contract(x, y)",
        call("diagonal")(any_call("contract", "inner")),
        _diagonal_of_product,
    ),
    Rule(
        "sum(contract(x, y)), of shared labels -> contract(x, y)",
        call("sum")(any_call("contract", "inner")),
        _sum_of_product,
    ),
    *[
        Rule(f"{op}(triangular) -> itself or its diagonal", call(op)(x), _triangle_of_triangle)
        for op in ("tril", "triu")
    ],
)
