"""The grammar of matrix notation: what is printed as text, LaTeX or NumPy.

    node = name | number | sum(node, …) | scaled(number, scalars, node, divisors) | matmul | times | …

Vectors are columns: ``inner(x, y)`` is ``x.T @ y`` and ``outer(x, y)`` is ``x @ y.T``.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from gradgen.formula.keyed import Keyed

__all__ = [
    "Node",
    "inner",
    "matmul",
    "number",
    "power",
    "scaled",
    "split_scaled",
    "summed",
    "times",
    "total",
    "transposed",
]


@dataclass(frozen=True, eq=False)
class Node(Keyed):
    """One operation of matrix notation.

    Parameters
    ----------
    kind : str
        ``name``, ``number``, ``sum``, ``scaled``, ``matmul``, ``times``, ``transpose``, ``outer``, ``inner``,
        ``diag``, ``diagonal``, ``trace``, ``total``, ``rows``, ``power``, ``norm``, ``identity``, ``ones``,
        ``column``, ``call``, ``einsum``, ``entries`` or ``split``.
    parts : tuple of Node
        What it is made of.
    data : object
        What else: the name, the number, the power, the number of parts that divide.
    ndim : int
        Number of axes.
    symmetric : bool
        Whether it is a matrix that equals its transpose, by what is known of its name or of its argument.
    """

    kind: str
    parts: tuple[Node, ...] = ()
    data: Any = None
    ndim: int = 0
    symmetric: bool = False

    def _identity(self) -> str:
        return f"{self.kind} {[part.key for part in self.parts]} {self.data} {self.ndim}"

    @functools.cached_property
    def size(self) -> int:
        """How many operations it consists of."""
        return 1 + sum(part.size for part in self.parts)

    def unique(self) -> dict[Node, None]:
        """Itself and all it is made of, each once."""
        found, todo = {self: None}, [self]
        while todo:
            for part in todo.pop().parts:
                if part not in found:
                    found[part] = None
                    todo.append(part)
        return found


def number(value: Fraction | int) -> Node:
    """A number."""
    return Node("number", data=Fraction(value))


def summed(terms: Sequence[Node], ndim: int) -> Node:
    """A sum, its numbers in front if that is one number for all."""
    if len(terms) == 1:
        return terms[0]
    terms = _ordered(list(terms))
    fronts = [_front(term) for term in terms]
    size = abs(fronts[0])
    if size != 1 and all(abs(front) == size for front in fronts):
        inner = [_times_number(term, 1 / size) for term in terms]
        return scaled(size, [], Node("sum", tuple(inner), ndim=ndim), [])
    return Node("sum", tuple(terms), ndim=ndim)


def _ordered(terms: list[Node]) -> list[Node]:
    """Numbers and what has no minus first, and a matrix before its transpose."""
    for k, term in enumerate(terms):
        plain = transposed(term) if term.ndim == 2 else term
        if plain != term and _turns(plain) < _turns(term) and plain in terms[k + 1 :]:
            other = terms.index(plain, k + 1)
            terms[k], terms[other] = plain, term
    first = next((k for k, term in enumerate(terms) if term.kind == "number" and term.data > 0), None)
    if first is None and _front(terms[0]) < 0:
        first = next((k for k, term in enumerate(terms) if _front(term) > 0), None)
    return terms if first is None else [terms[first], *[term for k, term in enumerate(terms) if k != first]]


def _front(term: Node) -> Fraction:
    if term.kind == "number":
        return Fraction(term.data)
    return Fraction(term.data[0]) if term.kind == "scaled" else Fraction(1)


def _times_number(term: Node, by: Fraction) -> Node:
    if term.kind == "number":
        return number(term.data * by)
    coefficient, _ = term.data
    numerators, body, divisors = split_scaled(term)
    return scaled(coefficient * by, numerators, body, divisors)


def scaled(front: Fraction, numerators: Sequence[Node], body: Node | None, divisors: Sequence[Node]) -> Node:
    """A number times scalars times a body, divided by scalars."""
    if not numerators and not divisors and (body is None or front == 1):
        return number(front) if body is None else body
    if front == 1 and not divisors and body is None and len(numerators) == 1:
        return numerators[0]
    parts = (*numerators, *([] if body is None else [body]), *divisors)
    return Node("scaled", parts, (front, (len(numerators), body is not None)), body.ndim if body else 0)


def split_scaled(node: Node) -> tuple[tuple[Node, ...], Node | None, tuple[Node, ...]]:
    """Scalars, body and divisors of a scaled node."""
    _, (count, has_body) = node.data
    rest = node.parts[count:]
    return node.parts[:count], rest[0] if has_body else None, rest[1:] if has_body else rest


def matmul(*parts: Node) -> Node:
    """A chain of matrices, a vector at its end perhaps."""
    flat = [inner for part in parts for inner in (part.parts if part.kind == "matmul" else (part,))]
    return flat[0] if len(flat) == 1 else Node("matmul", tuple(flat), ndim=flat[-1].ndim)


def times(factors: Sequence[Node], divisors: Sequence[Node]) -> Node:
    """Elementwise products and quotients; all of one shape."""
    if len(factors) == 1 and not divisors:
        return factors[0]
    above, below = _powers(factors), _powers(divisors)
    if len(above) == 1 and not below:
        return above[0]
    return Node("times", (*above, *below), len(above), above[0].ndim if above else below[0].ndim)


def _powers(factors: Sequence[Node]) -> list[Node]:
    """Equal factors as powers, all in order."""
    return sorted([power(node, Fraction(count)) for node, count in Counter(factors).items()], key=_order)


def _order(node: Node) -> tuple[int, str]:
    """Short factors first; the same factors always in the same order."""
    return node.size, str(node.data) if node.kind == "name" else node.key


def power(x: Node, exponent: Fraction) -> Node:
    """Each element to a positive power; half-odd powers of a sum of squares are those of a norm."""
    if exponent == 1:
        return x
    squares = _squared(x)
    if squares is not None and exponent.denominator == 2:
        return power(Node("norm", (squares,)), 2 * exponent)
    if squares is not None and squares.ndim == 2:
        return power(Node("norm", (squares,)), 2 * exponent)
    if exponent == Fraction(1, 2):
        return Node("call", (x,), ("sqrt", (), ()), x.ndim)
    return Node("power", (x,), exponent, x.ndim)


def _squared(x: Node) -> Node | None:
    """What a sum of squares is the sum of."""
    if x.kind == "inner" and x.parts[0] == x.parts[1]:
        return x.parts[0]
    return x.parts[0].parts[0] if x.kind == "power" and x.data == 2 and x.parts[0].kind == "norm" else None


def transposed(x: Node) -> Node:
    """The transpose, pushed as far in as it gets shorter there."""
    if x.kind == "transpose":
        return x.parts[0]
    if x.kind in ("identity", "diag") or x.symmetric:
        return x
    if x.kind == "matmul" and x.ndim == 2:
        return matmul(*[transposed(part) for part in reversed(x.parts)])
    if x.kind == "outer":
        return Node("outer", x.parts[::-1], ndim=2)
    if x.kind == "power":
        return Node("power", (transposed(x.parts[0]),), x.data, 2)
    if x.kind == "sum":
        turned = Node("sum", tuple(_ordered([transposed(part) for part in x.parts])), ndim=2)
        return turned if _turns(turned) <= _turns(x) else Node("transpose", (x,), ndim=2)
    if x.kind == "times" and any(part.kind == "transpose" for part in x.parts):
        return Node("times", tuple(transposed(part) for part in x.parts), x.data, 2)
    if x.kind == "scaled":
        numerators, body, divisors = split_scaled(x)
        assert body is not None
        return scaled(x.data[0], numerators, transposed(body), divisors)
    return Node("transpose", (x,), ndim=2)


def inner(x: Node, y: Node) -> Node:
    """``x.T @ y``; a form ``x.T @ A @ y`` has as few transposes as it can, a square is one of a single vector."""
    if y.kind != "matmul" and x.kind == "matmul":
        x, y = y, x
    if y.kind != "matmul" or x.kind == "matmul":
        return Node("inner", (x, y))
    *chain, last = y.parts
    turned = [transposed(part) for part in reversed(chain)]
    if last == x and turned == chain and len(chain) % 2 == 0:
        half = matmul(*chain[len(chain) // 2 :], last)
        return Node("inner", (half, half))
    if sum(map(_turns, turned)) < sum(map(_turns, chain)):
        return Node("inner", (last, matmul(*turned, x)))
    return Node("inner", (x, y))


def _turns(x: Node) -> int:
    return sum(node.kind == "transpose" for node in x.unique())


def total(x: Node) -> Node:
    """The sum of all elements: an inner product, a trace, a norm, where it is one."""
    if x.kind == "rows":
        return _total_of_matrix(x.parts[0])
    if x.kind == "diagonal":
        return Node("trace", x.parts)
    if x.kind == "times" and len(x.parts) == x.data and x.ndim == 1:
        first, *rest = x.parts
        return inner(first, times(rest, []))
    if x.kind == "power" and x.data == 2:
        return Node("inner", (x.parts[0], x.parts[0]))
    return Node("total", (x,))


def _total_of_matrix(x: Node) -> Node:
    if x.kind == "power" and x.data == 2:
        (inner,) = x.parts
        return Node("power", (Node("norm", inner.parts if inner.kind == "transpose" else x.parts),), Fraction(2))
    if x.kind == "times" and x.data == len(x.parts) == 2:
        first, second = x.parts
        if first.kind != "transpose" and second.kind == "transpose":
            return Node("trace", (matmul(first, second.parts[0]),))
        if first.kind == second.kind == "transpose":
            x = times([first.parts[0], second.parts[0]], [])
    if x.kind == "outer":
        return scaled(Fraction(1), [Node("total", (part,)) for part in x.parts], None, [])
    return Node("total", (x,))
