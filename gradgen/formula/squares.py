"""Squares of sums: ``t**2 + 2*t + 1`` is ``(1 + t)**2``."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

from gradgen.formula.algebra import make
from gradgen.formula.term import Expr, Factor, Factors, Term

__all__ = ["with_squares"]

Root = tuple[Fraction, Factors]


def with_squares(expr: Expr) -> Expr:
    """An expr with three terms that make a square in the form of one."""
    if not 3 <= len(expr.terms) <= 12:
        return expr
    roots = [(term, root) for term in expr.terms if (root := _root(term, expr.ndim)) is not None]
    mixed = {term.body: term for term in expr.terms}
    for (one, (a, u)), (other, (b, v)) in itertools.combinations(roots, 2):
        middle = make(expr.shape, [(2 * a * b, (*u, *v))]).terms
        term = mixed.get(middle[0].body) if len(middle) == 1 else None
        if term is not None and abs(term.coefficient) == abs(middle[0].coefficient):
            sign = 1 if term.coefficient * middle[0].coefficient > 0 else -1
            inside = make(expr.shape, [(a, u), (sign * b, v)])
            square = Factor(inside, tuple(range(expr.ndim)), Fraction(2))
            rest = [(t.coefficient, t.factors) for t in expr.terms if t not in (one, other, term)]
            return make(expr.shape, [(Fraction(1), [square]), *rest])
    return expr


def _root(term: Term, ndim: int) -> Root | None:
    """What a term is the square of, if it is one of something that is not summed."""
    number = term.coefficient
    if number <= 0 or any(factor.power.denominator != 1 or factor.power % 2 for factor in term.factors):
        return None
    if any(label >= ndim for factor in term.factors for label in factor.labels):
        return None
    root = Fraction(math.isqrt(number.numerator), math.isqrt(number.denominator))
    return (root, tuple(Factor(f.base, f.labels, f.power / 2) for f in term.factors)) if root**2 == number else None
