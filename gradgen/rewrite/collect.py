"""Common factors of the sums in a derivative are taken out, where that saves work.

    s + -0.1 * (s * x) + 0.1 * (s * (1 - x))  ->  s * (1.1 - 0.2 * x)

So the adjoint of a chain costs one product a step, as the slope does that one carries along by hand. A
factor leaves only what nobody else uses. In derivatives only: a user's own sum is rounded as it was written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from gradgen.ir import FORWARD, Graph, rebuild
from gradgen.ops import Value, lift
from gradgen.rewrite.conditions import is_mild

__all__ = ["collect_factors"]

# Of longer sums and products only so many parts are looked at, since each factor is tried with each term.
MOST = 32
SUMS = ("add", "subtract", "negative")


@dataclass(frozen=True)
class Term:
    """``coefficient`` times the product of some values."""

    coefficient: float
    factors: tuple[int, ...] = ()

    @property
    def products(self) -> int:
        """How many multiplications it takes."""
        return max(len(self.factors) - (abs(self.coefficient) == 1.0), 0)

    def without(self, factor: int) -> Term:
        """What is left when a factor is taken out."""
        at = self.factors.index(factor)
        return Term(self.coefficient, self.factors[:at] + self.factors[at + 1 :])


class Collected(NamedTuple):
    """``factor * sum(inner) + sum(rest)``; no factor is 1."""

    factor: int | None
    inner: list[Term]
    rest: list[Term]

    @property
    def cost(self) -> int:
        """Operations."""
        if self.factor is None:
            return _cost(self.inner)
        return _cost(self.inner) + _cost([*self.rest, Term(2.0, (self.factor,))])


def _cost(terms: Sequence[Term]) -> int:
    """Operations of a sum, where to add a product is one with the product."""
    plain = sum(1 for term in terms if not term.products)
    return sum(term.products for term in terms) + max(plain - 1, 0)


def collect_factors(graph: Graph, fired: Counter[str]) -> Graph:
    """A new graph in which the sums of derivatives have their common factors outside."""
    sums = _Sums(graph)
    found = {root: collected for root in sums.roots() if (collected := sums.collected(root)) is not None}
    if not found:
        return graph

    def other(target: Graph, identity: int, mapping: dict[int, int]) -> int | None:
        if identity not in found:
            return None
        fired["s * x + s * y -> s * (x + y), in a derivative, where that saves work"] += 1
        target.source, target.sweep = graph[identity].source, graph[identity].sweep
        factor, inner, rest = found[identity]
        build = _builder(target, mapping, Value(target, mapping[graph[identity].operands[0]]))
        total = build(inner, None)
        if factor is not None:
            total = Value(target, mapping[factor]) * total
        return (build(rest, total) if rest else total).id

    return rebuild(rebuild(graph, other))


def _builder(target: Graph, mapping: dict[int, int], like: Value) -> Callable[[Sequence[Term], Value | None], Value]:
    """What adds terms to a sum, a number first."""

    def product(term: Term) -> Value:
        made = None
        for factor in term.factors:
            value = Value(target, mapping[factor])
            made = value if made is None else made * value
        size = abs(term.coefficient)
        if made is None:
            return lift(size, like)
        return made if size == 1.0 else lift(size, made) * made

    def build(terms: Sequence[Term], total: Value | None) -> Value:
        for term in sorted(terms, key=lambda term: bool(term.factors)):
            made = product(term)
            if total is None:
                total = -made if term.coefficient < 0 else made
            else:
                total = total - made if term.coefficient < 0 else total + made
        assert total is not None  # there is a term
        return total

    return build


class _Sums:
    """The sums of the derivatives in a graph, taken apart."""

    def __init__(self, graph: Graph) -> None:
        self.graph, self.live = graph, graph.live()
        self.uses = Counter(operand for identity in self.live for operand in graph[identity].operands)
        self.uses.update(graph.outputs)

    def roots(self) -> Iterator[int]:
        """The sums that are no part of another one."""
        sums = [identity for identity in self.live if self._is(identity, *SUMS)]
        parts = {part for identity in sums for part in self.graph[identity].operands if self._is_part(part, *SUMS)}
        return (identity for identity in sums if identity not in parts)

    def collected(self, root: int) -> Collected | None:
        """The form that takes the least work, if it is another one."""
        terms = self._terms(root)
        forms = [Collected(None, self._merged(terms), [])]
        counts = Counter(factor for term in terms for factor in dict.fromkeys(term.factors))
        for factor in (factor for factor, count in counts.items() if count > 1):
            inner = [term.without(factor) for term in terms if factor in term.factors]
            rest = [term for term in terms if factor not in term.factors]
            forms.append(Collected(factor, self._merged(inner), rest))
        best = min(forms, key=lambda form: form.cost)
        return best if best.cost < _cost(terms) else None

    def _terms(self, root: int) -> list[Term]:
        terms: list[Term] = []
        todo = [(root, 1.0)]
        while todo:
            identity, sign = todo.pop()
            node = self.graph[identity]
            if identity == root or (len(terms) + len(todo) < MOST and self._is_part(identity, *SUMS)):
                last = sign if node.op.name == "add" else -sign
                signs = (last,) if len(node.operands) == 1 else (sign, last)
                todo += reversed(list(zip(node.operands, signs, strict=True)))
            else:
                terms.append(self._term(identity, sign))
        return terms

    def _term(self, identity: int, coefficient: float) -> Term:
        factors: list[int] = []
        todo = [identity]
        while todo:
            current = todo.pop()
            number = self._number(current)
            if number is not None:
                coefficient *= number
            elif len(factors) + len(todo) < MOST and self._is_part(current, "multiply"):
                todo += reversed(self.graph[current].operands)
            else:
                factors.append(current)
        return Term(coefficient, tuple(factors))

    def _merged(self, terms: list[Term]) -> list[Term]:
        """Numbers in one, and into it the numbers in other terms: ``1 - 0.1 x + 0.1 (1 - x)`` is ``1.1 - 0.2 x``.

        Only where nothing cancels and the number stays about what it was: so not the zero of ``1 - x`` at 1.
        """
        numbers = [term.coefficient for term in terms if not term.factors]
        slopes = {term.factors: term.coefficient for term in terms if term.factors}
        if not numbers or min(numbers) * max(numbers) <= 0 or len(slopes) + len(numbers) < len(terms):
            return terms
        number = sum(numbers)
        for factors, coefficient in list(slopes.items()):
            offset, slope, x = self._straight(factors) or (0.0, 0.0, -1)
            met = slopes.get((x,), 0.0)
            if met * slope * coefficient > 0 and 0 < offset * coefficient / number <= 1:
                number += offset * coefficient
                slopes[x,] = met + slope * coefficient
                del slopes[factors]
        return [Term(number), *(Term(coefficient, factors) for factors, coefficient in slopes.items())]

    def _straight(self, factors: tuple[int, ...]) -> tuple[float, float, int] | None:
        """A single value as ``offset + slope * x``, the slope 1 or -1."""
        node = self.graph[factors[0]]
        if len(factors) > 1 or node.op.name not in ("add", "subtract"):
            return None
        last = 1.0 if node.op.name == "add" else -1.0
        for number, own, x, slope in zip(node.operands, (1.0, last), reversed(node.operands), (last, 1.0), strict=True):
            offset = self._number(number)
            if offset is not None:
                return own * offset, slope, x
        return None

    def _number(self, identity: int) -> float | None:
        """The number that every element of a value is, if it is a constant of ordinary size."""
        node = self.graph[identity]
        if node.op.name == "broadcast" and node["axes"] == ():
            node = self.graph[node.operands[0]]
        if node.op.name != "constant" or node.type.shape or node.type.dtype.kind != "f":
            return None
        number = float(np.frombuffer(node["data"], node["dtype"])[0])
        return number if is_mild(number) else None

    def _is(self, identity: int, *ops: str) -> bool:
        node = self.graph[identity]
        return node.op.name in ops and node.sweep != FORWARD and node.type.dtype.kind == "f"

    def _is_part(self, identity: int, *ops: str) -> bool:
        """Whether only one other value uses this one, so that it may be taken apart."""
        return self.uses[identity] == 1 and self._is(identity, *ops)
