"""From index notation to matrix notation: labels become products, transposes, diagonals and sums.

A term is seen as a graph: labels are its nodes, matrices its edges. A summed label with one edge is a
matrix times a vector, with two a matrix times a matrix, with none an inner product. What has labels
with more edges, or factors with more axes, has no matrix form and stays an einsum.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from gradgen.formula.algebra import scaled as scaled_expr
from gradgen.formula.notation import Node, matmul, number, power, scaled, summed, times, total, transposed
from gradgen.formula.term import Base, Call, Delta, Expr, Factor, Split, Symbol, Term, components
from gradgen.ir import Extent

__all__ = ["arranged"]

LETTERS = "ijklpqrstuvwabcdefgh"


class _Shapeless(Exception):
    """A term without matrix form."""


class _Item(NamedTuple):
    """Factors and divisors that have the same labels."""

    labels: tuple[int, ...]
    factors: tuple[Node, ...]
    divisors: tuple[Node, ...] = ()

    @property
    def node(self) -> Node:
        return _quotient(self.factors, self.divisors, len(self.labels))

    def turned(self) -> _Item:
        return _Item(self.labels[::-1], tuple(map(transposed, self.factors)), tuple(map(transposed, self.divisors)))


def _quotient(factors: Sequence[Node], divisors: Sequence[Node], ndim: int) -> Node:
    return times(factors, divisors) if factors else Node("times", (number(1), *divisors), 1, ndim)


def arranged(expr: Expr, whole: bool = True, top: bool = False) -> Node:
    """An expr in matrix notation.

    Parameters
    ----------
    expr : Expr
        In normal form.
    whole : bool
        Whether it must have its full shape; in sums and products NumPy repeats what is constant along an axis.
    top : bool
        Whether it is a result, whose entries are shown where it has more than two axes.
    """
    if not expr.terms:
        return _filled(number(0), expr.shape) if whole else number(0)
    if expr.ndim > 2:
        return summed([_entries(term, expr, top) for term in expr.terms], expr.ndim)
    terms = [_term(term, expr.shape) for term in expr.terms]
    if whole and all(map(expr.repeats, expr.terms)):
        terms[0] = _filled(terms[0], expr.shape)
    return summed(terms, expr.ndim)


def _filled(node: Node, shape: tuple[Extent, ...]) -> Node:
    """Repeated to a shape."""
    if not shape:
        return node
    ones = Node("ones", data=shape, ndim=len(shape))
    if node.kind == "number":
        return scaled(node.data, [], ones, [])
    return Node("times", (node, ones), 2, len(shape))


# --- one term ------------------------------------------------------------------------------------------


def _term(term: Term, shape: tuple[Extent, ...]) -> Node:
    term = _with_nice_numbers(term)
    numerators: list[Node] = []
    divisors: list[Node] = []
    for factor in term.factors:
        if not factor.labels:
            (numerators if factor.power > 0 else divisors).append(power(_base(factor.base), abs(factor.power)))
    rest = [factor for factor in term.factors if factor.labels]
    try:
        scalars, body = _body(rest, len(shape))
    except _Shapeless:
        scalars, body = [], _einsum(rest, len(shape))
    numerators += scalars
    if body is not None and not body.ndim:
        numerators, body = [*numerators, body], None
    return scaled(
        term.coefficient,
        sorted(numerators, key=lambda node: node.size),
        body,
        sorted(divisors, key=lambda node: node.size),
    )


def _with_nice_numbers(term: Term) -> Term:
    """A minus goes into a sum that has one, and so does a number that divides: ``-(b - 4*x)/4`` is ``x - b/4``."""
    for position, factor in enumerate(term.factors):
        base = factor.base
        if isinstance(base, Expr) and factor.power in (1, 2, -1):
            by = max(abs(inner.coefficient) for inner in base.terms)
            front = term.coefficient * by**factor.power.numerator
            by = by if front.denominator < term.coefficient.denominator else Fraction(1)
            alone = sum(other.base == base for other in term.factors) == 1
            if term.coefficient < 0 and alone and factor.power != 2 and _has_minus(base):
                by = -by
            turned = Factor(scaled_expr(base, 1 / by), factor.labels, factor.power)
            others = (*term.factors[:position], turned, *term.factors[position + 1 :])
            term = Term(term.coefficient * by**factor.power.numerator, others)
    return term


def _has_minus(expr: Expr) -> bool:
    return any(term.coefficient < 0 for term in expr.terms)


def _body(factors: list[Factor], ndim: int) -> tuple[list[Node], Node | None]:
    """The scalars and the vector or matrix that factors with labels make."""
    items, scalars = [_item(factor) for factor in factors], []
    summed_labels = {label for factor in factors for label in factor.labels if label >= ndim}
    left: list[_Item] = []
    for part in components(factors, summed_labels):
        reduced = _contracted([items[position] for position in sorted(part)], ndim)
        scalars += [item.node for item in reduced if not item.labels]
        left += [item for item in reduced if item.labels]
    return scalars, _outer(_merged(left), ndim)


def _item(factor: Factor) -> _Item:
    if len(factor.labels) > 2 or isinstance(factor.base, Split):
        raise _Shapeless
    node = power(_base(factor.base), abs(factor.power))
    return _Item(factor.labels, (node,)) if factor.power > 0 else _Item(factor.labels, (), (node,))


def _outer(items: list[_Item], ndim: int) -> Node | None:
    """What is left at the axes: columns, rows and matrices."""
    at = {tuple(sorted(item.labels)): item if item.labels != (1, 0) else item.turned() for item in items}
    if ndim < 2 or not at:
        return at[(0,)].node if at else None
    column, row, inner = at.get((0,)), at.get((1,)), at.get((0, 1))
    if inner is None:
        if column and row:
            return Node("outer", (column.node, row.node), ndim=2)
        return Node("column", (column.node,), ndim=2) if column else row.node if row else None
    if inner.factors and all(node.kind == "identity" for node in inner.factors) and not inner.divisors:
        both = _Item((0,), *[(*(getattr(column, k, ())), *(getattr(row, k, ()))) for k in ("factors", "divisors")])
        return Node("diag", (both.node,), ndim=2) if column or row else inner.node
    left = [Node("diag", (column.node,), ndim=2)] if column else []
    right = [Node("diag", (row.node,), ndim=2)] if row else []
    return matmul(*left, inner.node, *right)


# --- summed labels, one after the other ----------------------------------------------------------------


def _contracted(items: list[_Item], ndim: int) -> list[_Item]:
    current = _merged(items)
    while summed_labels := sorted({label for item in current for label in item.labels if label >= ndim}):
        label = min(summed_labels, key=lambda k: (_edges(current, k) or 9, -k))
        current = _merged(_without(current, label))
    return current


def _edges(items: list[_Item], label: int) -> int:
    return sum(label in item.labels and len(item.labels) == 2 for item in items)


def _merged(items: list[_Item]) -> list[_Item]:
    """One item for each set of labels; a matrix with one label twice is its diagonal."""
    merged: dict[tuple[int, ...], _Item] = {}
    for item in items:
        if len(item.labels) == 2 and item.labels[0] == item.labels[1]:
            item = _Item(item.labels[:1], (Node("diagonal", (item.node,), ndim=1),))
        key = tuple(sorted(item.labels))
        before = merged.get(key)
        if before is not None and item.labels:
            item = item if item.labels == before.labels else item.turned()
            item = _Item(item.labels, before.factors + item.factors, before.divisors + item.divisors)
        elif before is not None:
            key = (-len(merged) - 1,)
        merged[key] = item
    return list(merged.values())


def _without(items: list[_Item], label: int) -> list[_Item]:
    rest = [item for item in items if label not in item.labels]
    vector = next((item for item in items if item.labels == (label,)), None)
    edges = [item for item in items if label in item.labels and len(item.labels) == 2]
    if not edges:
        assert vector is not None
        return [*rest, _Item((), (total(vector.node),))]
    if len(edges) == 1:
        edge = edges[0] if edges[0].labels[1] == label else edges[0].turned()
        product = matmul(edge.node, vector.node) if vector else Node("rows", (edge.node,), ndim=1)
        return [*rest, _Item(edge.labels[:1], (product,))]
    if len(edges) == 2:
        first = edges[0] if edges[0].labels[1] == label else edges[0].turned()
        second = edges[1] if edges[1].labels[0] == label else edges[1].turned()
        between = [Node("diag", (vector.node,), ndim=2)] if vector else []
        return [*rest, _Item((first.labels[0], second.labels[1]), (matmul(first.node, *between, second.node),))]
    raise _Shapeless


# --- bases ------------------------------------------------------------------------------------------------


def _base(base: Base) -> Node:
    ndim = len(base.shape)
    if isinstance(base, Symbol):
        return Node("name", (), (base.name, base.code), ndim, base.symmetric)
    if isinstance(base, Delta):
        return Node("identity", data=base.shape[0], ndim=2)
    if isinstance(base, Call):
        args = tuple(arranged(arg, whole=not base.elementwise) for arg in base.args)
        return Node("call", args, (base.name, base.attributes, base.shape), ndim, base.symmetric)
    if isinstance(base, Split):
        return Node("split", data=base.shape, ndim=ndim)
    return arranged(base, whole=False)


def _einsum(factors: Sequence[Factor], ndim: int) -> Node:
    """The product of factors as an einsum: what has no other form."""
    ordered = sorted(factors, key=lambda factor: -len(factor.labels))
    used = dict.fromkeys(label for factor in ordered for label in factor.labels)
    labels = {label: LETTERS[k] for k, label in enumerate(sorted(used, key=lambda label: min(label, ndim)))}
    words = ["".join(labels[label] for label in factor.labels) for factor in ordered]
    out = "".join(labels[axis] for axis in range(ndim) if axis in labels)
    return Node("einsum", tuple(map(_raised, ordered)), f"{','.join(words)}->{out}", len(out))


def _raised(factor: Factor) -> Node:
    node = power(_base(factor.base), abs(factor.power))
    return node if factor.power > 0 else _quotient((), (node,), len(factor.labels))


def _entries(term: Term, expr: Expr, top: bool) -> Node:
    """A term with more than two axes: its entries, written with their indices, or an einsum within another one."""
    plain = len(term.factors) == 1 and term.factors[0].labels == tuple(range(expr.ndim))
    if plain and not top:
        return scaled(term.coefficient, [], _raised(term.factors[0]), [])
    names = {axis: LETTERS[axis] for axis in range(expr.ndim)}
    for label in [label for factor in term.factors for label in factor.labels]:
        names.setdefault(label, LETTERS[len(names)])
    parts = tuple(_raised(factor) for factor in term.factors)
    words = tuple("".join(names[label] for label in factor.labels) for factor in term.factors)
    node = Node("entries", parts, (words, "".join(LETTERS[: expr.ndim]), expr.shape, top), expr.ndim)
    return scaled(Fraction(term.coefficient), [], node, [])
