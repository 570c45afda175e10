"""The shortest of the forms that one expr has: as it is, multiplied out, and with common factors in front."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from gradgen.formula.algebra import make
from gradgen.formula.common import factored
from gradgen.formula.squares import with_squares
from gradgen.formula.term import Call, Delta, Expr, Factor, Factors, Term

__all__ = ["Simplifier", "cost"]

# More terms than this are not multiplied out: nobody reads them.
MOST_TERMS = 24
# What is so many times longer when it is multiplied out does not become the shortest again.
WORST = 4.0
# A call that is longer gets a name when it is used again.
LONGEST_CALL = 3.0
# What a vector costs that stands among matrices: one must think which way it is repeated.
REPEATED = 4.0


class Simplifier:
    """Simplifies exprs; each once."""

    def __init__(self) -> None:
        self._done: dict[str, Expr] = {}
        self._costs: dict[str, float] = {}

    def __call__(self, expr: Expr) -> Expr:
        """The shortest form that was found."""
        if expr.key not in self._done:
            inner = self._parts(expr)
            inner = with_squares(inner)
            forms = [inner, self.factored(inner)]
            spread = _expanded(inner)
            if spread is not None and spread != inner and self.cost(spread) < WORST * self.cost(inner):
                forms += [spread, self.factored(spread)]
            if any(factor.labels for term in inner.terms for factor in term.factors):
                forms.append(self._collected(inner if spread is None else spread))
            forms += [self._fronted(form) for form in forms]
            best = min(forms, key=self.cost)
            self._done[expr.key] = self._done[best.key] = best
        return self._done[expr.key]

    def by_key(self, key: str) -> Expr:
        """A form that was found before."""
        return self._done[key]

    def factored(self, expr: Expr) -> Expr:
        """With common factors in front, as long as that makes it shorter."""
        return factored(expr, self.cost)

    def _collected(self, expr: Expr) -> Expr:
        """Ordered by matrices: each stands once, with a simplified number in front."""
        numbers: dict[str, list[tuple[Fraction, Factors]]] = {}
        bodies: dict[str, Factors] = {}
        for term in expr.terms:
            body = tuple(factor for factor in term.factors if factor.labels)
            key = Term(Fraction(1), body).body
            bodies[key] = body
            alone = tuple(factor for factor in term.factors if not factor.labels)
            numbers.setdefault(key, []).append((term.coefficient, alone))
        if len(numbers) == len(expr.terms):
            return expr
        terms = [(self(make((), products)), bodies[key]) for key, products in numbers.items()]
        return make(expr.shape, [(Fraction(1), (Factor(number, ()), *body)) for number, body in terms])

    def _fronted(self, expr: Expr) -> Expr:
        """With what all terms share in front, and the rest simplified by itself."""
        first, *others = expr.terms or (None,)
        if not others or first is None:
            return expr
        shared = [factor for factor in first.factors if all(label < expr.ndim for label in factor.labels)]
        front = [least for factor in shared if (least := _least(factor, expr.terms)) is not None]
        if not front:
            return expr
        back = [Factor(factor.base, factor.labels, -factor.power) for factor in front]
        rest = self(make(expr.shape, [(term.coefficient, (*term.factors, *back)) for term in expr.terms]))
        return make(expr.shape, [(Fraction(1), (*front, Factor(rest, tuple(range(expr.ndim)))))])

    def _parts(self, expr: Expr) -> Expr:
        """With the sums in it simplified."""
        if not any(isinstance(factor.base, Expr) for term in expr.terms for factor in term.factors):
            return expr
        return make(expr.shape, [(term.coefficient, [self._part(f) for f in term.factors]) for term in expr.terms])

    def _part(self, factor: Factor) -> Factor:
        base = self(factor.base) if isinstance(factor.base, Expr) else factor.base
        return Factor(base, factor.labels, factor.power)

    def cost(self, expr: Expr) -> float:
        """How long it is to read: symbols, operators and parentheses."""
        if expr.key not in self._costs:
            terms = sum([_term_cost(term, self.cost) for term in expr.terms]) + 0.3 * len(expr.terms)
            self._costs[expr.key] = terms + (REPEATED * sum(map(expr.repeats, expr.terms)) if expr.ndim > 1 else 0.0)
        return self._costs[expr.key]


def cost(expr: Expr) -> float:
    """How long an expr is to read."""
    return Simplifier().cost(expr)


def _term_cost(term: Term, of: Callable[[Expr], float]) -> float:
    number = 0.0 if abs(term.coefficient) == 1 else 0.5
    return number + max(0.2, sum([_factor_cost(factor, of) for factor in term.factors]))


def _factor_cost(factor: Factor, of: Callable[[Expr], float]) -> float:
    base, raised = factor.base, 0.0 if abs(factor.power) == 1 else 0.6
    if isinstance(base, Expr):
        return of(base) + 0.4 + raised
    if isinstance(base, Call):
        return min(1.0 + sum([of(arg) for arg in base.args]), LONGEST_CALL) + raised
    return (0.8 if isinstance(base, Delta) else 1.0) + raised


def _least(factor: Factor, terms: Sequence[Term]) -> Factor | None:
    """The power of a factor that all terms have; None if one has none, or an opposite one."""
    powers = []
    for term in terms:
        same = [other.power for other in term.factors if other.base == factor.base and other.labels == factor.labels]
        if not same or (same[0] > 0) != (factor.power > 0):
            return None
        powers.append(same[0])
    return Factor(factor.base, factor.labels, min(powers, key=abs))


# --- multiplying out -----------------------------------------------------------------------------------


def _expanded(expr: Expr) -> Expr | None:
    """All products of sums multiplied out; None where that gets out of hand."""
    products: list[tuple[Fraction, Sequence[Factor]]] = []
    for term in expr.terms:
        partial: list[tuple[Fraction, tuple[Factor, ...]]] = [(term.coefficient, ())]
        for factor in term.factors:
            for _ in range(_times(factor)):
                partial = [(c * d, (*fs, g)) for c, fs in partial for d, g in _summands(factor)]
            if not _times(factor):
                partial = [(c, (*fs, factor)) for c, fs in partial]
            if len(partial) + len(products) > MOST_TERMS:
                return None
        products += partial
    result = make(expr.shape, products)
    if result == expr or not any(_times(factor) for term in result.terms for factor in term.factors):
        return result
    return _expanded(result)


def _times(factor: Factor) -> int:
    """How many times a sum stands in a product; 0 for what is not multiplied out."""
    whole = factor.power.denominator == 1 and 0 < factor.power <= 2
    return int(factor.power) if isinstance(factor.base, Expr) and len(factor.base.terms) > 1 and whole else 0


def _summands(factor: Factor) -> list[tuple[Fraction, Factor]]:
    assert isinstance(factor.base, Expr)
    base = factor.base
    alone = [Expr(base.shape, (Term(Fraction(1), term.factors),)) for term in base.terms]
    return [(term.coefficient, Factor(x, factor.labels)) for term, x in zip(base.terms, alone, strict=True)]
