"""`FACTORED`: what a Cholesky factor is for. Looked for before differentiation, so that the derivative goes through the
matrix, which has simpler ones than its factor.
"""

from __future__ import annotations

from gradgen.ops import OPS, Value
from gradgen.rewrite.movement import only_operand
from gradgen.rewrite.pattern import call, placeholders
from gradgen.rewrite.rule import Rule

__all__ = ["FACTORED"]

factor, b, c = placeholders("factor b c")


def _is_factor(factor: Value) -> bool:
    return factor.node.op.name == "cholesky"


def _solved(factor: Value, b: Value) -> Value:
    return OPS["cholesky_solve"](factor, only_operand(factor), b)


def _solved_by_factor(inner: Value, root: Value, factor: Value, b: Value) -> Value | None:
    """L^-T (L^-1 b) is A^-1 b."""
    if not _is_factor(factor) or not root.node["transposed"] or inner.node["transposed"]:
        return None
    return _solved(factor, b)


def _logdet(total: Value, entries: Value, factor: Value) -> Value | None:
    """sum(log(diagonal(L))) is half of log det A."""
    if not _is_factor(factor) or total.node["axes"] != (entries.ndim - 1,):
        return None
    return 0.5 * OPS["cholesky_logdet"](factor, only_operand(factor))


def _rows(z: Value, factor: Value) -> int | None:
    """The axis of ``z = L^-1 b`` along which it was solved."""
    if not _is_factor(factor) or z.node["transposed"]:
        return None
    return z.ndim - (1 if z.ndim < factor.ndim else 2)


def _quadratic_form(z: Value, y: Value, factor: Value, b: Value, c: Value, root: Value) -> Value | None:
    """(L^-1 b)^T (L^-1 c) is b^T A^-1 c, for vectors, columns and whole matrices."""
    node, rows = root.node, _rows(z, factor)
    if rows is None or z.ndim != y.ndim:
        return None
    # A product of the two with their operands in the other order is as good.
    first, second = (c, b) if node.operands[0] == y.id else (b, c)
    x_labels, y_labels, labels = node["x_labels"], node["y_labels"], node["labels"]
    if x_labels[rows] != y_labels[rows] or x_labels[rows] in labels:
        return None
    return OPS["contract"](first, _solved(factor, second), x_labels=x_labels, y_labels=y_labels, labels=labels)


def _sum_of_squares(z: Value, factor: Value, b: Value, root: Value) -> Value | None:
    """The sum of (L^-1 b)^2 along its columns is that of b * (A^-1 b)."""
    axes = root.node["axes"]
    return OPS["sum"](b * _solved(factor, b), axes=axes) if _rows(z, factor) in axes else None


z, y = call("triangular_solve")(factor, b).named("z"), call("triangular_solve")(factor, c).named("y")
FACTORED = (
    Rule(
        "L^-T (L^-1 b) -> solve(A, b), A = L L^T",
        call("triangular_solve")(factor, z.named("inner")).named("root"),
        _solved_by_factor,
    ),
    Rule(
        "sum(log(diagonal(L))) -> log det A / 2, A = L L^T",
        call("sum")(call("log")(call("diagonal")(factor).named("entries"))).named("total"),
        _logdet,
    ),
    Rule("(L^-1 b)^T (L^-1 c) -> b^T solve(A, c), A = L L^T", call("contract")(z, y).named("root"), _quadratic_form),
    Rule("sum((L^-1 b)^2) -> sum(b * solve(A, b)), A = L L^T", call("sum")(z * z).named("root"), _sum_of_squares),
)
