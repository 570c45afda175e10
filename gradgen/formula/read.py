"""From the optimised graph to index notation: one small rule for each op that moves or combines elements."""

from __future__ import annotations

from collections.abc import Callable, Collection
from fractions import Fraction
from typing import Any

import numpy as np

from gradgen.formula.algebra import einsum, factor_expr, number, scaled, size, symbol
from gradgen.formula.apply import apply, elementwise
from gradgen.formula.guards import guards, unguarded
from gradgen.formula.linalg import LINALG
from gradgen.formula.term import Base, Call, Delta, Expr, Split, Symbol
from gradgen.ir import Extent, Graph, Node, size_of
from gradgen.ir.graph import FORWARD, constant_array
from gradgen.ops import OPS

__all__ = ["read"]

# Longer arrays of numbers nobody reads.
LONGEST_ARRAY = 64


def read(
    graph: Graph, simplified: Callable[[Expr], Expr], symmetric: Collection[str] = ()
) -> tuple[list[Expr], dict[str, str]]:
    """The outputs of a graph in index notation, and the names that the user gave to values.

    Parameters
    ----------
    graph : Graph
        Optimised.
    simplified : callable
        What becomes of the argument of a function that is not linear.
    symmetric : collection of str
        Arguments that are symmetric matrices.
    """
    reader = _Reader(graph, simplified, symmetric)
    names: dict[str, str] = {}
    for identity in graph.live():
        node, expr = graph[identity], reader.read(identity)
        if identity in graph.names and node.operands and node.sweep == FORWARD:
            names.setdefault(simplified(expr).key, graph.names[identity])
    return [reader.output(identity) for identity in graph.outputs], names


class _Reader:
    """Reads a graph in order; ``known`` has what was read, ``values`` the arrays that depend on no argument."""

    def __init__(self, graph: Graph, simplified: Callable[[Expr], Expr], symmetric: Collection[str]) -> None:
        self.graph, self.simplified, self.symmetric = graph, simplified, symmetric
        self.known: dict[int, Expr] = {}
        self.guards = guards(graph)
        self.values: dict[int, np.ndarray] = {}

    def read(self, identity: int) -> Expr:
        """Read a node whose operands have been read."""
        through = unguarded(self.graph, identity, self.guards)
        self._evaluate(identity)
        self.known[identity] = expr = self._node(identity) if through is None else self.known[through]
        return expr

    def output(self, identity: int) -> Expr:
        """What was read; an array of numbers as such."""
        expr, value = self.known[identity], self.values.get(identity)
        factors = [factor for term in expr.terms for factor in term.factors]
        if value is None or all(isinstance(factor.base, Delta) or _is_unit(factor.base) for factor in factors):
            return expr
        return _array(value)

    def _evaluate(self, identity: int) -> None:
        """What depends on no argument, and is short enough to be written down."""
        node = self.graph[identity]
        if node.op.name in ("input", "extent") or any(operand not in self.values for operand in node.operands):
            return
        size_ = size_of(node.type.shape)
        if size_ is not None and size_ <= LONGEST_ARRAY:
            arrays = [self.values[operand] for operand in node.operands]
            self.values[identity] = np.asarray(OPS[node.op.name].numpy(*arrays, **dict(node.attributes)))

    def _node(self, identity: int) -> Expr:
        node = self.graph[identity]
        name, operands = node.op.name, [self.known[operand] for operand in node.operands]
        if name == "input":
            return self._argument(identity, node)
        made = RULES[name](node, *operands) if name in RULES else None
        if made is not None:
            return made
        if name == "astype":
            return elementwise(name, [self.simplified(operands[0])], node.attributes)
        if OPS[name].is_elementwise:
            return apply(name, operands if name in _LINEAR else [self.simplified(operand) for operand in operands])
        value = self.values.get(identity)
        if value is not None and name not in _SPARSE:
            return _array(value)
        args = [self.simplified(operand) for operand in operands]
        made = LINALG[name](node, *args) if name in LINALG else None
        if made is None and value is not None:
            return _array(value)
        return factor_expr(Call(name, tuple(args), node.type.shape, False, node.attributes)) if made is None else made

    def _argument(self, identity: int, node: Node) -> Expr:
        name = self.graph.names.get(identity, f"array_{identity}")
        return factor_expr(Symbol(name, node.type.shape, symmetric=name in self.symmetric))


def _is_unit(base: Base) -> bool:
    return isinstance(base, Call) and base.name == "unit"


# What makes arrays that are nearly all zeros of others: unit vectors, rows of the identity.
_SPARSE = frozenset({"embed", "place", "concatenate"})
_LINEAR = frozenset({"add", "subtract", "negative", "multiply", "copy"})


def _array(array: np.ndarray) -> Expr:
    """An array of numbers: one number, a multiple of the identity, or as it is written down."""
    if array.size and np.all(array == array.flat[0]) and np.all(np.isfinite(array)):
        return number(_fraction(array.flat[0]), array.shape)
    if array.ndim == 0:
        name = _special(float(array))
        return symbol(name, (), name.replace("nan", "np.nan").replace("inf", "np.inf"))
    if array.ndim == 2 and array.shape[0] == array.shape[1] and np.array_equal(array, array[0, 0] * np.eye(len(array))):
        return scaled(factor_expr(Delta(array.shape)), _fraction(array[0, 0]))
    shown = str(array.tolist()).replace(".0,", ",").replace(".0]", "]")
    full = str(array.tolist()).replace("nan", "np.nan").replace("inf", "np.inf")
    return factor_expr(Symbol(shown, array.shape, f"np.array({full})"))


def _special(value: float) -> str:
    return "nan" if value != value else "inf" if value > 0 else "-inf"


def _fraction(value: Any) -> Fraction:
    """The short fraction that this is but for a rounding error, or the number itself."""
    exact = Fraction(float(value))
    short = exact.limit_denominator(10_000)
    return short if abs(short - exact) <= abs(exact) * 2**-52 else exact


def _broadcast(node: Node, x: Expr) -> Expr:
    return einsum([(x, node["axes"])], node.type.shape)


def _transpose(node: Node, x: Expr) -> Expr:
    where = {axis: position for position, axis in enumerate(node["axes"])}
    return einsum([(x, [where[axis] for axis in range(x.ndim)])], node.type.shape)


def _contract(node: Node, x: Expr, y: Expr) -> Expr:
    out = node["labels"]
    rest = [letter for letter in dict.fromkeys(node["x_labels"] + node["y_labels"]) if letter not in out]
    labels = {letter: position for position, letter in enumerate([*out, *rest])}
    pairs = ((x, node["x_labels"]), (y, node["y_labels"]))
    return einsum([(expr, [labels[letter] for letter in letters]) for expr, letters in pairs], node.type.shape)


def _sum(node: Node, x: Expr) -> Expr:
    kept = [axis for axis in range(x.ndim) if axis not in node["axes"]]
    labels = {axis: position for position, axis in enumerate([*kept, *node["axes"]])}
    return einsum([(x, [labels[axis] for axis in range(x.ndim)])], node.type.shape)


def _diag(node: Node, x: Expr) -> Expr:
    n = x.ndim
    delta = factor_expr(Delta((x.shape[-1], x.shape[-1])))
    return einsum([(x, range(n)), (delta, (n - 1, n))], node.type.shape)


def _diagonal(node: Node, x: Expr) -> Expr:
    n = x.ndim
    return einsum([(x, (*range(n - 1), n - 2))], node.type.shape)


# --- reshape -----------------------------------------------------------------------------------------


def _reshape(node: Node, x: Expr) -> Expr | None:
    """Axes of extent 1 come and go; an axis that only deltas know is split, and split ones are joined."""
    groups = _groups(x.shape, node.type.shape)
    if groups is None:
        return None
    ndim, labels, operands = len(node.type.shape), dict[int, int](), list[tuple[Expr, Any]]()
    for inner, outer in groups:
        if len(inner) == len(outer) == 1:
            labels[inner[0]] = outer[0]
        elif not inner:
            continue
        elif not outer:
            labels[inner[0]] = ndim + inner[0]
        elif len(inner) == 1 and _only_deltas(x, inner[0]):
            labels[inner[0]] = ndim + inner[0]
            parts = tuple(node.type.shape[axis] for axis in outer)
            operands.append((factor_expr(Split((x.shape[inner[0]], *parts))), (ndim + inner[0], *outer)))
        else:
            return None
    return einsum([(x, [labels[axis] for axis in range(x.ndim)]), *operands], node.type.shape)


def _only_deltas(x: Expr, axis: int) -> bool:
    factors = [factor for term in x.terms for factor in term.factors if axis in factor.labels]
    return all(isinstance(factor.base, Delta | Split) for factor in factors)


def _groups(before: tuple[Extent, ...], after: tuple[Extent, ...]) -> list[tuple[list[int], list[int]]] | None:
    """Runs of axes that hold the same elements before and after; axes of extent 1 by themselves."""
    inner = [axis for axis, extent in enumerate(before) if extent != 1]
    outer = [axis for axis, extent in enumerate(after) if extent != 1]
    groups: list[tuple[list[int], list[int]]] = [([axis], []) for axis, extent in enumerate(before) if extent == 1]
    while inner and outer:
        left, right = [inner.pop(0)], [outer.pop(0)]
        while (a := _extent(before, left)) != (b := _extent(after, right)):
            if isinstance(a, str) or isinstance(b, str):
                return None
            source, part = (inner, left) if a < b else (outer, right)
            if not source:
                return None
            part.append(source.pop(0))
        groups.append((left, right))
    return None if inner or outer else groups


def _extent(shape: tuple[Extent, ...], axes: list[int]) -> int | str:
    total = 1
    for axis in axes:
        extent = shape[axis]
        if not isinstance(extent, int):
            return str(extent)
        total *= extent
    return total


RULES: dict[str, Callable[..., Expr | None]] = {
    "constant": lambda node: _array(constant_array(node)),
    "extent": lambda node: size(node["extent"]),
    "broadcast": _broadcast,
    "transpose": _transpose,
    "contract": _contract,
    "sum": _sum,
    "diag": _diag,
    "diagonal": _diagonal,
    "reshape": _reshape,
    "astype": lambda node, x: x if node.type.dtype.kind == "f" else None,
    "stop_gradient": lambda node, x: x,
}
